/** The data plane: one request to `/v1/*`, from the client's token to the last byte (design.md, "The path of a request"). */
import type { IncomingMessage, ServerResponse } from "node:http"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { make as makeError } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import { type RequestFacts, scan } from "@clawdbot/domain/Anthropic/RequestScan"
import { providerEntry } from "@clawdbot/domain/Auth/AmbientKey"
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
import { readBody } from "./readBody.ts"

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

/** The handler. `answerHeaders` go on every answer. */
export const make = (answerHeaders: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const failover = yield* Failover
    const configs = yield* ConfigStore
    const paths = yield* StatePaths
    const client = yield* UpstreamClient
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()

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

    const serve = Effect.fnUntraced(function* (request: IncomingMessage, response: ServerResponse) {
      const body = yield* readBody(request)
      const { config } = yield* configs.load
      const facts = body.length === 0 ? {} : scan(body)
      const outgoing: Outgoing = {
        method: request.method ?? "GET",
        path: request.url ?? "/",
        rawHeaders: request.rawHeaders,
        body,
        model: facts.model,
        stream: facts.stream === true,
        configuredHeaders: providerEntry(config, ProviderId.anthropic)?.headers ?? noHeaders,
        answerHeaders
      }
      const { result } = yield* failover.run(authRequest(request, config, facts), (use) =>
        exchange(client, outgoing, response, now, use)
      )
      if (result._tag === "Refused" && result.value !== undefined) sendHeld(response, result.value)
    })

    return (request: IncomingMessage, response: ServerResponse): Effect.Effect<void> =>
      serve(request, response).pipe(
        Effect.catchTags({
          BodyIncomplete: () => Effect.sync(() => response.destroy()),
          BodyTooLarge: ({ limit }) =>
            Effect.sync(() => {
              // The rest of the body is not read; the connection cannot be used again.
              send(
                response,
                makeError({
                  status: 413,
                  type: "request_too_large",
                  message: `the request body is larger than ${limit} bytes`,
                  code: "BodyTooLarge",
                  requestId: newRequestId()
                }),
                { ...answerHeaders, connection: "close" }
              )
            })
        }),
        Effect.catchAll((error) =>
          Effect.map(Clock.currentTimeMillis, (at) => send(response, renderError(error, at), answerHeaders))
        )
      )
  })
