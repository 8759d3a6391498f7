/**
 * The requests of a page that acts: `GET` says what it may do and gives a nonce, `POST` carries out
 * one action. Loaded with the first such request.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isLoopbackName } from "../../ClientAuth.ts"
import { bodyOf } from "../../control/webBridge.ts"
import type { GatewayOptions } from "../../GatewayOptions.ts"
import { hostname } from "../../requestForm.ts"
import type { DashboardSession, PageSession } from "../DashboardSession.ts"
import { Action, type ActionOutcome } from "./Action.ts"
import { entryOf } from "./AuditLog.ts"
import type { ActionFailed, DashboardActions } from "./DashboardActions.ts"
import {
  ActionMalformed,
  type ActionRefused,
  freshMs,
  isLastUsable,
  refuseAction,
  refuseRequest,
  SessionMissing
} from "./decideAction.ts"

/** The header with the nonce of one action. */
export const nonceHeader = "x-clawdbot-nonce"

/** What the actions of one gateway are made of. */
export interface ActionSources extends Pick<GatewayOptions, "status"> {
  readonly sessions: DashboardSession
  /** Undefined where the dashboard is read-only. */
  readonly actions: DashboardActions | undefined
  /** Go on every response. */
  readonly answerHeaders: Readonly<Record<string, string>>
}

/** Whether a request came from this machine to a name of this machine. */
const isLoopback = ({ headers, socket }: IncomingMessage): boolean => {
  const host = hostname(headers.host ?? "")
  const remote = (socket.remoteAddress ?? "").replace(/^::ffff:/, "")
  return host !== undefined && isLoopbackName(host) && isLoopbackName(remote)
}

/** A proxy's origin was held against `gateway.hosts` before anything else. */
const isEncrypted = (request: IncomingMessage): boolean =>
  isLoopback(request) || request.headers.origin?.startsWith("https://") === true

const decode = Schema.decodeUnknown(Schema.parseJson(Action))

/** The action of a body. What is wrong with it is not said: it may hold a secret. */
const readAction = (request: IncomingMessage): Effect.Effect<Action, ActionMalformed> =>
  Effect.tryPromise({ try: () => bodyOf(request), catch: () => new ActionMalformed() }).pipe(
    Effect.flatMap((body) => decode(body?.toString("utf8"))),
    Effect.mapError(() => new ActionMalformed())
  )

/** Answers the requests of a page that acts. */
export type HandleActions = (
  request: IncomingMessage,
  response: ServerResponse
) => Effect.Effect<void>

/** Makes the handler of one gateway. */
export const make = ({
  actions,
  answerHeaders,
  sessions,
  status
}: ActionSources): HandleActions => {
  let lastAt: number | undefined

  const send = (response: ServerResponse, code: number, document: unknown) =>
    Effect.sync(() => {
      if (response.headersSent || response.destroyed) return
      const body = Buffer.from(JSON.stringify(document))
      response.writeHead(code, {
        "content-type": "application/json",
        "content-length": body.length,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        ...answerHeaders
      })
      response.end(body)
    })

  const refuse = (response: ServerResponse, error: ActionRefused | ActionFailed) =>
    send(response, error.status, { _tag: nameOf(error), message: error.message, cure: error.cure })

  /** Without a status nothing says that there is another one. */
  const isAboutLast = (action: Action): Effect.Effect<boolean> => {
    if (action.action !== "disable") return Effect.succeed(false)
    return status(ifDefined(action.agent, AgentId.normalize)).pipe(
      Effect.map(({ explanation }) => isLastUsable(explanation, action.profile)),
      Effect.orElseSucceed(() => true)
    )
  }

  const capabilities = (request: IncomingMessage, session: PageSession) => ({
    mode: actions === undefined ? "read-only" : "manage",
    nonce: actions === undefined ? "" : sessions.createNonce(session.id),
    freshUntil: session.startedAt + freshMs,
    isLoopback: isLoopback(request)
  })

  const carryOut = Effect.fnUntraced(function* (
    carrier: DashboardActions,
    action: Action,
    session: PageSession
  ) {
    yield* carrier.audit.check
    const exit = yield* Effect.either(carrier.carryOut(action))
    const at = yield* Clock.currentTimeMillis
    const [outcome, failure]: [ActionOutcome | undefined, string | undefined] =
      exit._tag === "Right" ? [exit.right, undefined] : [undefined, exit.left.name]
    yield* carrier.audit
      .append(entryOf(action, session.id, at, outcome, failure))
      .pipe(Effect.catchAll(({ message }) => Effect.logWarning(message)))
    return yield* exit
  })

  const act = Effect.fnUntraced(function* (request: IncomingMessage) {
    const session = sessions.pageSession(request)
    const { "content-type": contentType, host, origin } = request.headers
    const isManaged = actions !== undefined
    const early = refuseRequest({ isManaged, session, origin, host, contentType })
    if (early !== undefined) return yield* Effect.fail(early)
    if (session === undefined || actions === undefined) return yield* new SessionMissing()
    const nonce = String(request.headers[nonceHeader] ?? "")
    const isNonceGood = yield* sessions.useNonce(session.id, nonce)
    const action = yield* readAction(request)
    const refusal = refuseAction(action, {
      session,
      isNonceGood,
      isEncrypted: isEncrypted(request),
      isLastUsable: yield* isAboutLast(action),
      now: yield* Clock.currentTimeMillis,
      lastAt
    })
    if (refusal !== undefined) return yield* Effect.fail(refusal)
    lastAt = yield* Clock.currentTimeMillis
    const { message, undo } = yield* carryOut(actions, action, session)
    return { message, undo }
  })

  return (request, response) => {
    if (request.method === "POST") {
      return act(request).pipe(
        Effect.matchEffect({
          onFailure: (error) => refuse(response, error),
          onSuccess: (outcome) => send(response, 200, outcome)
        })
      )
    }
    return Effect.suspend(() => {
      const session = sessions.pageSession(request)
      if (session === undefined) return refuse(response, new SessionMissing())
      return send(response, 200, capabilities(request, session))
    })
  }
}

const nameOf = (error: ActionRefused | ActionFailed): string =>
  error._tag === "ActionFailed" ? error.name : error._tag
