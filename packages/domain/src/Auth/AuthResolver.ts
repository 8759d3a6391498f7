/**
 * Which credential a request gets (docs/architecture.md, "The path of a request"; requirements S10,
 * S11 and S12), without sending anything: for programs that send their requests themselves.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { ifDefined } from "../Document/defined.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import type { OngoingTrial } from "../Health/Trial.ts"
import * as ModelCatalog from "../Model/ModelCatalog.ts"
import type { OAuthRefreshFailed } from "../OAuth/OAuthError.ts"
import { OAuthRefresh } from "../OAuth/OAuthRefresh.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { Sendable } from "./Attempts.ts"
import type { AuthError } from "./AuthError.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import { beginTrial } from "./beginTrial.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import { prepareUse } from "./prepareUse.ts"
import {
  choose,
  explain as explainBy,
  isTrial,
  type PassedOver,
  passedOver,
  type Snapshot,
  unanswered
} from "./Snapshot.ts"
import { type FactsError, Snapshots } from "./Snapshots.ts"

export type { FactsError } from "./Snapshots.ts"

/** Any reason why a request gets no credential. */
export type ResolveError = AuthError | FactsError | OAuthRefreshFailed

/**
 * A request that names no model, with the credential first that could answer for the agent's own
 * model now. Only a wish: any other may still be handed out.
 */
const forDefaultModel = (snapshot: Snapshot, request: AuthRequest, now: number): AuthRequest => {
  const { model, path, preferred, profile } = request
  const isOpen = [model, path, preferred, profile].every((fact) => fact === undefined)
  if (!isOpen) return request
  const { config } = snapshot.stored.config
  const { defaultConfigured, resolvedDefault } = ModelCatalog.forAgent(config, request.agent)
  if (!defaultConfigured || resolvedDefault.provider !== request.provider) return request
  const forModel = { ...request, model: resolvedDefault.model }
  const choice = choose(snapshot, forModel, now, { tried: new Set(), trials: false })
  if (choice._tag === "Unavailable") return request
  return { ...request, preferred: choice.candidate.profile }
}

const make = Effect.gen(function* () {
  const snapshots = yield* Snapshots
  const healths = yield* HealthStore
  const refresh = yield* OAuthRefresh

  /**
   * The credential a request gets now, with what is needed to record what comes of it. A login
   * that cannot be refreshed is passed over with its reason. `lifeMs` is how long the secret
   * will be kept by whoever asks. A credential that is cooling down is handed out as a trial
   * when no other one is ready (decision D32).
   */
  const issue = Effect.fn("AuthResolver.issue")(function* (asked: AuthRequest, lifeMs = 0) {
    const tried = new Set<ProfileId>()
    const broken: Array<OAuthRefreshFailed> = []
    let notBefore = 0
    for (;;) {
      const snapshot = snapshots.current(asked) ?? (yield* snapshots.load(asked))
      const now = yield* Clock.currentTimeMillis
      const request = forDefaultModel(snapshot, asked, now)
      const choice = choose(snapshot, request, now, { tried, trials: notBefore === 0 })
      if (choice._tag === "Unavailable")
        return yield* unanswered(snapshot, request, now, broken, notBefore)
      const { candidate } = choice
      const issued = (use: CredentialUse, trial?: OngoingTrial): Sendable => ({
        candidate,
        snapshot,
        request,
        use,
        trial
      })
      if (choice._tag === "Use" && lifeMs === 0) return issued(choice.use)
      tried.add(candidate.profile)
      const ready = yield* Effect.either(
        prepareUse(refresh, candidate, snapshot.stored.upstream, lifeMs)
      )
      if (Either.isLeft(ready)) {
        broken.push(ready.left)
        continue
      }
      if (!isTrial(request, candidate)) return issued(ready.right)
      const begun = yield* beginTrial(healths, candidate, ready.right, "issued")
      if (begun._tag === "Begun") return issued(ready.right, begun.trial)
      // Where another request was faster, what it recorded says when the next one is due.
      notBefore = begun.retryAt
      tried.delete(candidate.profile)
    }
  })

  /** The credential alone: for whoever hands it on, and hears nothing of what comes of it. */
  const resolve = (asked: AuthRequest, lifeMs = 0) =>
    Effect.map(issue(asked, lifeMs), ({ use }) => use)

  /**
   * Which credentials are no choice at a time (epoch ms), where that is known without waiting
   * for anything; undefined where {@link explain} has to read first.
   */
  const passedOverNow = (request: AuthRequest, now: number): PassedOver | undefined =>
    ifDefined(snapshots.current(request), (snapshot) => passedOver(snapshot, request, now))

  /** The dry run: who would answer and why (docs/architecture.md). */
  const explain = Effect.fn("AuthResolver.explain")(function* (request: AuthRequest) {
    const found = yield* Effect.either(snapshots.get(request))
    if (Either.isRight(found))
      return explainBy(found.right, request, yield* Clock.currentTimeMillis)
    const error = found.left
    if (error._tag === "NoApiKey" || error._tag === "NoCredentials") return error.explanation
    return yield* error
  })

  return { issue, resolve, explain, passedOverNow } as const
})

export class AuthResolver extends Effect.Service<AuthResolver>()(
  "@clawdbot/domain/Auth/AuthResolver",
  {
    dependencies: [Snapshots.Default],
    effect: make
  }
) {}

/** The service itself, for who gives services without layers. */
export const service = Effect.map(make, (made) => new AuthResolver(made))
