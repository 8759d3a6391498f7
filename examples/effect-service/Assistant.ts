// A service that asks Claude with whichever credential can answer, over any HttpClient.
import { requestHeaders } from "@clawdbot/domain/Credential" // clawdbot
import { Credentials } from "@clawdbot/domain/Credentials" // clawdbot
import { HttpBody, HttpClient } from "@effect/platform"
import { Effect } from "effect"

const model = "claude-opus-4-5"

export const ask = (question: string) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const body = { model, max_tokens: 64, messages: [{ role: "user", content: question }] }
    const { use } = yield* Credentials // clawdbot
    // Its errors are typed: AllInCooldown, LoginEnded, NoCredentials, ProviderRefused …
    const answer = yield* use(
      { model },
      (
        credential // clawdbot
      ) =>
        Effect.gen(function* () {
          const response = yield* client.post(`${credential.baseUrl}/v1/messages`, {
            headers: { "anthropic-version": "2023-06-01", ...requestHeaders(credential) },
            body: HttpBody.unsafeJson(body)
          })
          const { headers, status } = response
          return { status, headers, text: yield* response.text }
        })
    )
    return { status: answer.status, answeredBy: answer.answeredBy }
  })
