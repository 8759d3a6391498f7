/** The data plane: one request to `/v1/*`, from the client's token to the last byte (design.md, "The path of a request"). */
import type { IncomingMessage, ServerResponse } from "node:http"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { type ErrorAnswer, make as makeError } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import { type RequestFacts, scan } from "@clawdbot/domain/Anthropic/RequestScan"
import { providerEntry } from "@clawdbot/domain/Auth/AmbientKey"
import type { Trail } from "@clawdbot/domain/Auth/Attempt"
import type { AuthRequest } from "@clawdbot/domain/Auth/AuthRequest"
import { Failover } from "@clawdbot/domain/Auth/Failover"
import type { Config } from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { UpstreamClient } from "@clawdbot/node/Upstream/UpstreamClient"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { newRequestId, renderError, send } from "../respond.ts"
import { sendHeld } from "./Answer.ts"
import { exchange, type Outgoing } from "./exchange.ts"
import * as Pinned from "./pinned.ts"
import { makeBudget, openShare, readBody, type Share } from "./readBody.ts"
import { bodyFor, configuredTtl } from "./ttlBody.ts"

const one = (value: string | ReadonlyArray<string> | undefined): string | undefined => {
  const text = typeof value === "string" ? value : value?.[0]
  return text === undefined || text.trim() === "" ? undefined : text.trim()
}

/** What keeps a conversation on its credential (decision D16). */
const conversationOf = (request: IncomingMessage, facts: RequestFacts): string | undefined => {
  const own = one(request.headers["x-clawdbot-session"])
  if (own !== undefined) return own
  const session = one(request.headers["x-claude-code-session-id"])
  if (session === undefined) return facts.userId
  const agent = one(request.headers["x-claude-code-agent-id"])
  return agent === undefined ? session : `${session} ${agent}`
}

const noHeaders: Readonly<Record<string, string>> = {}

/** How long the rest of a refused body is read and thrown away, in ms. */
const lingerMs = 5_000

/**
 * Answers a request whose body is not wanted. The body goes on being read for a while: a connection that is closed while the client still
 * writes takes the answer with it.
 */
const refuseBody = (
  request: IncomingMessage,
  response: ServerResponse,
  answer: ErrorAnswer,
  answerHeaders: Readonly<Record<string, string>>
): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    if (response.destroyed || response.headersSent) return resume(Effect.void)
    const done = () => resume(Effect.void)
    response.writeHead(answer.status, {
      ...answer.headers,
      "content-length": Buffer.byteLength(answer.body),
      connection: "close",
      ...answerHeaders
    })
    response.write(answer.body)
    request.on("end", done)
    request.on("close", done)
    request.resume()
  }).pipe(Effect.timeoutOption(lingerMs), Effect.zipRight(Effect.sync(() => void response.end())))

/** What became of one request: for a log line. No body, no secret; epoch ms. */
export interface Served {
  readonly method: string
  readonly path: string
  readonly model: string | undefined
  readonly startedAt: number
  readonly endedAt: number
  /** The status the client got. */
  readonly status: number
  readonly trail: Trail
}

/** The handler. `answerHeaders` go on every answer; `observe` hears of every request that reached the provider. */
export const make = (
  answerHeaders: Readonly<Record<string, string>>,
  observe: (served: Served) => Effect.Effect<void>
) =>
  Effect.gen(function* () {
    const failover = yield* Failover
    const configs = yield* ConfigStore
    const paths = yield* StatePaths
    const client = yield* UpstreamClient
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const pinned = yield* Pinned.make
    const budget = makeBudget()

    const authRequest = (request: IncomingMessage, config: Config, facts: RequestFacts): AuthRequest => {
      const named = one(request.headers["x-clawdbot-agent"])
      const conversation = conversationOf(request, facts)
      return {
        agent: named === undefined ? AgentRegistry.fromConfig(config, paths).defaultAgent : AgentId.normalize(named),
        provider: ProviderId.anthropic,
        ...(facts.model !== undefined ? { model: facts.model } : {}),
        ...(conversation !== undefined ? { conversation } : {})
      }
    }

    const serve = Effect.fnUntraced(function* (request: IncomingMessage, response: ServerResponse, share: Share) {
      const body = yield* readBody(request, share)
      const { config } = yield* configs.load
      const facts = body.length === 0 ? {} : scan(body)
      const method = request.method ?? "GET"
      const path = request.url ?? "/"
      const asked = authRequest(request, config, facts)
      const outgoing: Outgoing = {
        method,
        path,
        rawHeaders: request.rawHeaders,
        model: facts.model,
        stream: facts.stream === true,
        configuredHeaders: providerEntry(config, ProviderId.anthropic)?.headers ?? noHeaders,
        answerHeaders,
        ...pinned.listener(asked, method, path)
      }
      const bound = yield* pinned.bind(asked, { path, body })
      const bodyOf = yield* bodyFor(body, configuredTtl(config, method, path, facts.model))
      const startedAt = now()
      const { result, trail } = yield* failover.run(bound, (use) =>
        Effect.flatMap(bodyOf(use), (sent) => exchange(client, outgoing, response, now, use, sent))
      )
      if (result._tag === "Refused" && result.value !== undefined) sendHeld(response, result.value)
      yield* observe({
        method: outgoing.method,
        path: outgoing.path,
        model: facts.model,
        startedAt,
        endedAt: now(),
        status: response.statusCode,
        trail
      })
    })

    const refusedBody = (
      request: IncomingMessage,
      response: ServerResponse,
      options: Omit<Parameters<typeof makeError>[0], "requestId">
    ) => refuseBody(request, response, makeError({ ...options, requestId: newRequestId() }), answerHeaders)

    return (request: IncomingMessage, response: ServerResponse): Effect.Effect<void> => {
      const share = openShare(budget)
      return serve(request, response, share).pipe(
        Effect.catchTags({
          BodyIncomplete: () => Effect.sync(() => void response.destroy()),
          BodyTooLarge: ({ _tag, limit }) =>
            refusedBody(request, response, {
              status: 413,
              type: "request_too_large",
              message: `the request body is larger than ${limit} bytes`,
              code: _tag
            }),
          TooMuchAtOnce: ({ _tag }) =>
            refusedBody(request, response, {
              status: 529,
              type: "overloaded_error",
              message: "the gateway holds as many request bodies as it can; try again in a moment",
              code: _tag,
              retryAfterSeconds: 1
            })
        }),
        Effect.catchAll((error) =>
          Effect.map(Clock.currentTimeMillis, (at) => send(response, renderError(error, at), answerHeaders))
        ),
        Effect.ensuring(Effect.sync(share.close))
      )
    }
  })
