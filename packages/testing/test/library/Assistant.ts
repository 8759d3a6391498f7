import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as AuthHeaders from "@clawdbot/domain/Anthropic/AuthHeaders"
import * as AttemptResult from "@clawdbot/domain/Auth/AttemptResult"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import { Failover } from "@clawdbot/domain/Auth/Failover"
import { classifyNoAnswer } from "@clawdbot/domain/Health/classify"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { Clock, Effect, Redacted } from "effect"

/** Sends one request with one credential. */
const send = (body: string, model: string) => (use: CredentialUse) =>
  Effect.gen(function* () {
    const [name, value] = Redacted.value(AuthHeaders.authorization(use))
    const answer = yield* Effect.promise((signal) =>
      fetch(`${use.origin}${use.basePath}/v1/messages`, {
        method: "POST",
        redirect: "manual",
        signal,
        headers: {
          "content-type": "application/json",
          "anthropic-version": "2023-06-01",
          "anthropic-beta": AuthHeaders.betas(use.kind, []),
          [name]: value
        },
        body
      }).then(
        async (response) => ({ response, text: await response.text() }),
        () => undefined
      )
    )
    if (answer === undefined) {
      return { _tag: "Refused" as const, value: "", failure: classifyNoAnswer("reset", "fetch") }
    }
    const { response, text } = answer
    const header = (key: string) => response.headers.get(key) ?? undefined
    const now = yield* Clock.currentTimeMillis
    return AttemptResult.fromResponse(
      { status: response.status, header, body: text, now, model },
      text
    )
  })

/**
 * Asks Claude. The next credential is tried when one is limited, out of credit or refused;
 * `conversation` keeps the prompt cache warm.
 */
export const ask = (question: string, conversation: string) =>
  Effect.gen(function* () {
    const model = "claude-opus-4-5"
    const body = JSON.stringify({
      model,
      max_tokens: 200,
      messages: [{ role: "user", content: question }]
    })
    const request = { agent: AgentId.main, provider: ProviderId.anthropic, model, conversation }
    const { result, trail } = yield* (yield* Failover).run(request, send(body, model))
    return { text: result.value, answeredBy: trail.at(-1)?.profile }
  })
