/**
 * Whether the gateway carries out an action of the dashboard (decision D26a). Pure: everything that
 * is known of the request is a fact, and every refusal an error with its cure.
 */
import type { Explanation } from "@clawdbot/domain/Auth/Explanation"
import * as Schema from "effect/Schema"
import type { PageSession } from "../DashboardSession.ts"
import type { Action } from "./Action.ts"

/** How long after its link was opened a page may do what needs a fresh one, in ms. */
export const freshMs = 5 * 60_000
/** The shortest time between two actions, in ms. */
export const betweenActionsMs = 1_000

const freshLink =
  "run clawdbot dashboard on the gateway host, open the link, and do it within 5 minutes"

/** `gateway.dashboard` allows no actions. */
export class DashboardReadOnly extends Schema.TaggedError<DashboardReadOnly>()(
  "DashboardReadOnly",
  {}
) {
  readonly status = 403
  readonly cure = "clawdbot config set gateway.dashboard manage, then restart the gateway"
  override get message() {
    return "this dashboard is read-only"
  }
}

/** The request comes from no page that has a session: tokens do not stand for one. */
export class SessionMissing extends Schema.TaggedError<SessionMissing>()("SessionMissing", {}) {
  readonly status = 401
  readonly cure = "run clawdbot dashboard on the gateway host and open the link"
  override get message() {
    return "this action needs a dashboard session"
  }
}

/** The request does not say that it comes from the dashboard's own page. */
export class OriginNotOwn extends Schema.TaggedError<OriginNotOwn>()("OriginNotOwn", {}) {
  readonly status = 403
  readonly cure = "use the dashboard itself, or the command"
  override get message() {
    return "actions are accepted only from the dashboard's own page"
  }
}

/** The body is not one of the actions. What it holds is not repeated: it may be a secret. */
export class ActionMalformed extends Schema.TaggedError<ActionMalformed>()("ActionMalformed", {}) {
  readonly status = 400
  readonly cure = "load the dashboard again: it may be that of another version"
  override get message() {
    return "the request is not a JSON document with an action that this gateway knows"
  }
}

/** The nonce was used already, is too old, or was not made for this session. */
export class NonceUsed extends Schema.TaggedError<NonceUsed>()("NonceUsed", {}) {
  readonly status = 409
  readonly cure = "confirm the action again"
  override get message() {
    return "this confirmation was already used or has expired; nothing was changed"
  }
}

/** What is asked for needs a session whose link was opened a short time ago. */
export class FreshLinkRequired extends Schema.TaggedError<FreshLinkRequired>()(
  "FreshLinkRequired",
  { what: Schema.String }
) {
  readonly status = 403
  readonly cure = freshLink
  override get message() {
    return `${this.what} needs a link that was opened less than 5 minutes ago`
  }
}

/** A secret would cross a network in the clear. */
export class SecretInTheClear extends Schema.TaggedError<SecretInTheClear>()(
  "SecretInTheClear",
  {}
) {
  readonly status = 403
  readonly cure = "on the gateway host: clawdbot models auth paste-token --provider anthropic"
  override get message() {
    return "a credential is accepted only over loopback or https"
  }
}

/** Actions come faster than a person acts. */
export class TooManyActions extends Schema.TaggedError<TooManyActions>()("TooManyActions", {}) {
  readonly status = 429
  readonly cure = "wait a second and confirm it again"
  override get message() {
    return "one action a second is carried out; nothing was changed"
  }
}

/** Why an action is refused. */
export type ActionRefused =
  | DashboardReadOnly
  | SessionMissing
  | OriginNotOwn
  | ActionMalformed
  | NonceUsed
  | FreshLinkRequired
  | SecretInTheClear
  | TooManyActions

/** What is known of a request before its body is read. */
export interface RequestFacts {
  readonly isManaged: boolean
  readonly session: PageSession | undefined
  readonly origin: string | undefined
  /** The `Host` header. */
  readonly host: string | undefined
  readonly contentType: string | undefined
}

/** Why the body of a request is not even read. */
export const refuseRequest = (facts: RequestFacts): ActionRefused | undefined => {
  const { contentType, host, isManaged, origin, session } = facts
  // Whether actions are allowed at all is nothing that a stranger has to know.
  if (session === undefined) return new SessionMissing()
  if (!isManaged) return new DashboardReadOnly()
  if (host === undefined || (origin !== `http://${host}` && origin !== `https://${host}`))
    return new OriginNotOwn()
  // No page of another site can send this type without asking first.
  if (!/^application\/json\s*(;|$)/i.test(contentType ?? "")) return new ActionMalformed()
  return undefined
}

/** What is known when the body was read; times in epoch ms. */
export interface ActionFacts {
  readonly session: PageSession
  readonly isNonceGood: boolean
  readonly isEncrypted: boolean
  /** Whether the action is about the only credential that is usable now. */
  readonly isLastUsable: boolean
  readonly now: number
  /** When the last action was carried out. */
  readonly lastAt: number | undefined
}

/** What of an action needs a fresh link, in words. */
const needsFresh = ({ action }: Action, isLastUsable: boolean): string | undefined => {
  if (action === "add") return "adding a credential"
  if (action === "order") return "changing the order"
  if (action === "disable" && isLastUsable) return "disabling the last usable credential"
  return undefined
}

/** Whether a session may do now what needs a fresh link. */
export const isFresh = ({ startedAt }: PageSession, now: number): boolean =>
  now >= startedAt && now - startedAt < freshMs

/** Why an action is not carried out. */
export const refuseAction = (
  action: Action,
  { isEncrypted, isLastUsable, isNonceGood, lastAt, now, session }: ActionFacts
): ActionRefused | undefined => {
  if (!isNonceGood) return new NonceUsed()
  if (action.action === "add" && !isEncrypted) return new SecretInTheClear()
  const what = needsFresh(action, isLastUsable)
  if (what !== undefined && !isFresh(session, now)) return new FreshLinkRequired({ what })
  // A clock that was set back stops nobody.
  if (lastAt !== undefined && Math.abs(now - lastAt) < betweenActionsMs) return new TooManyActions()
  return undefined
}

/** Whether nothing else could be used now if a profile were disabled. */
export const isLastUsable = (
  { candidates }: Pick<Explanation, "candidates">,
  profile: string
): boolean =>
  candidates.some((one) => one.profile === profile) &&
  !candidates.some((one) => one.profile !== profile && one.state === "ready")
