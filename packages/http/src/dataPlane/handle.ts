/**
 * The data plane: one request to `/v1/*`, from the client's token to the last byte
 * (docs/architecture.md, "The path of a request").
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { ErrorAnswer } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import type { TrailEntry } from "@clawdbot/domain/Auth/Attempt"
import { AuthResolver, type ResolveError } from "@clawdbot/domain/Auth/AuthResolver"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import { Failover, type Walked } from "@clawdbot/domain/Auth/Failover"
import type { Client } from "@clawdbot/domain/Client/ClientTokens"
import type { Config } from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { standardTimeouts, UpstreamClient } from "@clawdbot/node/Upstream/UpstreamClient"
import * as Effect from "effect/Effect"
import type { Budgets } from "../Budgets.ts"
import { type ClientTurns, requestCost } from "../FairScheduler.ts"
import { renderError, send } from "../respond.ts"
import { type Exchanged, sendHeld } from "./Answer.ts"
import { isRefused, makeAdmission } from "./admission.ts"
import { type BodyShare, makeBudget } from "./BodyBudget.ts"
import { bodyLimit } from "./bodyLimit.ts"
import { CacheWatch } from "./CacheWatch.ts"
import * as Exchange from "./exchange.ts"
import { HeldRequests } from "./HeldRequests.ts"
import type { Incoming } from "./Incoming.ts"
import * as OtherModels from "./otherModels.ts"
import * as Pinned from "./pinned.ts"
import * as PrepareRequest from "./prepareRequest.ts"
import { type BegunBody, type BodyError, readBody } from "./readBody.ts"
import { bodyRefused, lingerMs, refuseBody, refuseTinyChunks } from "./refuseBody.ts"
import { RequestAgents, tooManyAgents } from "./requestAgents.ts"
import { type LocalResponse, type ServedRequest, skippedProfiles } from "./ServedRequest.ts"
import { type Rest, type Run, step } from "./step.ts"
import { bodyFor } from "./ttlBody.ts"
import * as Uploads from "./uploads.ts"

const limitOf = ({ method, url }: IncomingMessage): number => bodyLimit(method, url ?? "/")

/**
 * Takes a request. `run` runs what comes of it that has to wait for more than a body and an answer.
 */
export type DataPlane = (
  request: IncomingMessage,
  response: ServerResponse,
  run: Run,
  client: Client | undefined,
  turns: ClientTurns
) => void

/** A body that is not held. */
const nothing = Buffer.alloc(0)

/** How the data plane is set up. */
export interface DataPlaneOptions {
  /** Go on every answer. */
  readonly answerHeaders: Readonly<Record<string, string>>
  /**
   * Hears of every request that wanted a credential, and says what has to be done about it, if
   * anything.
   */
  readonly observe: (served: ServedRequest) => Effect.Effect<void> | undefined
  /** Hears of every other one. */
  readonly answered: (request: IncomingMessage, answer: LocalResponse) => void
  /**
   * Whether `observe` is told which profiles a request passed over: that takes a dry run for each.
   */
  readonly recordsSkipped: boolean
  /** Whether `observe` is told what a trace is made of. */
  readonly isTraced: boolean
  /** What clients may use; undefined where none has a budget. */
  readonly budgets?: Budgets | undefined
  /** How long a body that passes through may stand still, in ms. */
  readonly uploadIdleMs: number
}

/** The handler. */
export const make = ({
  answerHeaders,
  answered,
  budgets,
  isTraced,
  recordsSkipped,
  observe,
  uploadIdleMs
}: DataPlaneOptions) =>
  Effect.gen(function* () {
    const resolver = yield* AuthResolver
    const failover = yield* Failover
    const configs = yield* ConfigStore
    const paths = yield* StatePaths
    const upstream = yield* UpstreamClient
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const pinned = yield* Pinned.make
    const uploads = yield* Uploads.make(now, answerHeaders)
    const uploadTimes = { idleMs: uploadIdleMs, answerMs: standardTimeouts.headersMs }
    const bodies = makeBudget()
    const held = new HeldRequests()
    const orOther = OtherModels.make(failover, upstream, now)
    const admit = makeAdmission(budgets, now)
    const prepare = yield* PrepareRequest.make({
      answerHeaders,
      cache: new CacheWatch(),
      isTraced,
      recordsSkipped,
      now,
      observe,
      pinned
    })
    const agents = new RequestAgents(paths)

    const reportLocal = ({ client, request }: Incoming, code: string, status: number) =>
      answered(request, { at: now(), status, client: client?.name, code })

    /** A response of the gateway's own. */
    const respond = (incoming: Incoming, code: string, answer: ErrorAnswer): void => {
      send(incoming.response, answer, answerHeaders)
      reportLocal(incoming, code, answer.status)
    }

    const beforeFirst = (config: Config, { client }: Incoming) =>
      budgets?.beforeFirst(config, client?.name)

    /** The config in force, once what a request is decided by was read. */
    const ready = Effect.fnUntraced(function* (incoming: Incoming) {
      const { config } = yield* configs.load
      yield* beforeFirst(config, incoming) ?? Effect.void
      return config
    })

    const serveBy = (config: Config, incoming: Incoming, body: Buffer, run: Run): Rest => {
      const agent = agents.of(incoming, config)
      if (agent === undefined) return void respond(incoming, "TooManyAgents", tooManyAgents())
      const { response } = incoming
      const admission = admit(config, incoming, body, body.length)
      if (isRefused(admission)) return void respond(incoming, admission.code, admission)
      const { facts } = admission
      const prepared = prepare(config, incoming, agent, admission, body, run)
      const { asked, outgoing, startedAt, ttl } = prepared
      // Before the first attempt, whose outcome would count as a reason.
      const known = recordsSkipped ? resolver.passedOverNow(asked, startedAt) : undefined
      let skipped = ifDefined(known, skippedProfiles)
      const finish = ({ result, trail }: Walked<Exchanged>): Rest => {
        if (result._tag === "Refused" && result.value !== undefined)
          sendHeld(response, result.value)
        return prepared.report(trail, undefined, skipped)
      }
      const trail: Array<TrailEntry> = []
      const fail = (error: ResolveError): Effect.Effect<void> => {
        send(response, renderError(error, now()), answerHeaders)
        return prepared.report(trail, error._tag, skipped) ?? Effect.void
      }
      const asking = { path: outgoing.path, body, state: facts.state, now: startedAt }
      const found = pinned.creatorOf(agent, asking)
      const bodyOf = bodyFor(body, ttl)
      const attempt = (use: CredentialUse, onAccepted: () => void) =>
        Exchange.exchange(upstream, outgoing, response, now, use, bodyOf(use), onAccepted)
      const sending =
        found === undefined && (skipped !== undefined || !recordsSkipped)
          ? failover.begin(asked, startedAt)
          : undefined
      const hold = () =>
        held.holding(response, (wait) => {
          prepared.held = wait
        })
      if (sending === undefined) {
        return Effect.gen(function* () {
          if (recordsSkipped) skipped ??= skippedProfiles(yield* resolver.explain(asked))
          const creator = Effect.isEffect(found) ? yield* found : found
          const bound = yield* pinned.bind(asked, creator)
          const walked = failover.run(bound, attempt, trail, undefined, hold())
          const last = orOther(walked, config, incoming, admission, body, prepared, trail)
          yield* finish(yield* last) ?? Effect.void
        }).pipe(Effect.catchAll(fail))
      }
      // Nearly every request: everything is known, and the first credential answers. Whatever else
      // happens goes on as an effect.
      const sentBody = bodyOf(sending.use)
      Exchange.send(upstream, outgoing, response, now, sending.use, sentBody, (result) =>
        step(run, () => {
          const sent = failover.end(sending, result, now())
          if (result._tag === "Answered" || result._tag === "Abandoned")
            return finish({ result, trail: [sent.entry] })
          const walked = failover.run(asked, attempt, trail, sent, hold())
          return orOther(walked, config, incoming, admission, body, prepared, trail).pipe(
            Effect.flatMap((last) => finish(last) ?? Effect.void),
            Effect.catchAll(fail)
          )
        })
      )
      return undefined
    }

    /** A request whose body passes through: one credential, chosen by the beginning. */
    const upload = (
      incoming: Incoming,
      begun: BegunBody,
      share: BodyShare,
      run: Run
    ): Effect.Effect<void> =>
      Effect.gen(function* () {
        const config = yield* ready(incoming)
        const { request, response } = incoming
        const agent = agents.of(incoming, config)
        if (agent === undefined) {
          reportLocal(incoming, "TooManyAgents", 400)
          return yield* refuseBody(request, response, tooManyAgents(), answerHeaders)
        }
        const admission = admit(config, incoming, undefined, begun.size)
        if (isRefused(admission)) {
          reportLocal(incoming, admission.code, admission.status)
          return yield* refuseBody(request, response, admission, answerHeaders)
        }
        const prepared = prepare(config, incoming, agent, admission, nothing, run)
        const { asked, outgoing, report } = prepared
        const skipped = recordsSkipped ? skippedProfiles(yield* resolver.explain(asked)) : undefined
        const trail: Array<TrailEntry> = []
        const failure = yield* uploads.serve({
          response,
          asked,
          outgoing,
          source: { request, begun, limit: limitOf(request), times: uploadTimes },
          onBeginningSent: share.close,
          trail
        })
        yield* report(trail, failure, skipped) ?? Effect.void
      }).pipe(
        Effect.catchAll((error) =>
          Effect.suspend(() => {
            const answer = renderError(error, now())
            reportLocal(incoming, error._tag, answer.status)
            return refuseBody(incoming.request, incoming.response, answer, answerHeaders)
          })
        )
      )

    const serve = (incoming: Incoming, body: Buffer, run: Run): Rest => {
      const known = configs.current()
      const isReady = known !== undefined && beforeFirst(known.config, incoming) === undefined
      if (isReady) return serveBy(known.config, incoming, body, run)
      return ready(incoming).pipe(
        Effect.flatMap((config) => serveBy(config, incoming, body, run) ?? Effect.void),
        Effect.catchAll((error) =>
          Effect.sync(() => respond(incoming, error._tag, renderError(error, now())))
        )
      )
    }

    /** A request whose body did not come, or not as it should. */
    const refuse = (incoming: Incoming, error: BodyError): Rest => {
      const { turns, request, response } = incoming
      if (error._tag === "BodyIncomplete") {
        // Where the server itself ended it, for its slowness, the status says so.
        reportLocal(incoming, error._tag, response.statusCode === 200 ? 0 : response.statusCode)
        return void response.destroy()
      }
      const answer = bodyRefused(error)
      reportLocal(incoming, error._tag, answer.status)
      if (error._tag === "BodyInTinyChunks")
        return void refuseTinyChunks(request, response, answer, answerHeaders)
      return refuseBody(request, response, answer, answerHeaders, { totalMs: lingerMs, turns })
    }

    const handle: DataPlane = (request, response, run, client, turns) => {
      const incoming: Incoming = { request, response, client, turns }
      const share = bodies.open(client?.name ?? "")
      let isWaiting = false
      // A body that waits for its client's time is held, also when the client has left meanwhile.
      response.on("close", () => {
        if (!isWaiting) share.close()
      })
      const serveBody = (body: Buffer | BegunBody | BodyError) => {
        turns.spend(requestCost)
        step(run, () => {
          if (Buffer.isBuffer(body)) return serve(incoming, body, run)
          if (body._tag === "BegunBody") return upload(incoming, body, share, run)
          return refuse(incoming, body)
        })
      }
      readBody(request, share, limitOf(request), turns, (body) => {
        if (!turns.isOver()) return serveBody(body)
        isWaiting = true
        turns.defer(() => {
          isWaiting = false
          if (response.destroyed) share.close()
          serveBody(body)
        })
      })
    }
    return handle
  })
