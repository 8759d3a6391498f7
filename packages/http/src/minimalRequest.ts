/**
 * The smallest real request there is, with one credential: what a probe sends. Nothing of the
 * answer is kept but what it says of the credential.
 */

import type { AttemptResult } from "@clawdbot/domain/Auth/AttemptResult"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import { defined } from "@clawdbot/domain/Document/defined"
import { classify, classifyNoAnswer } from "@clawdbot/domain/Health/classify"
import { noAnswer } from "@clawdbot/domain/Health/noAnswer"
import { readUsage } from "@clawdbot/domain/Health/readUsage"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Dispatcher } from "undici"
import { toUpstream } from "./dataPlane/forwardHeaders.ts"

/**
 * What is asked. `headers` are `models.providers.<id>.headers`; `timeoutMs` is for the whole
 * exchange.
 */
export interface MinimalRequest {
  readonly model: string
  readonly maxTokens: number
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** Of an answer no more than this is read, in bytes. */
const maxAnswerBytes = 256 * 1024

interface Answer {
  readonly status: number
  readonly header: (name: string) => string | undefined
  readonly body: string
}

const exchange = (
  client: Pick<Dispatcher, "dispatch">,
  { headers, maxTokens, model }: MinimalRequest,
  use: CredentialUse
): Effect.Effect<Answer, unknown> =>
  Effect.async((resume, signal) => {
    const body = JSON.stringify({
      model,
      max_tokens: maxTokens,
      messages: [{ role: "user", content: "Reply with OK." }]
    })
    const raw = ["content-type", "application/json", "anthropic-version", "2023-06-01"]
    const chunks: Array<Buffer> = []
    let size = 0
    let status = 0
    let header: Answer["header"] = () => undefined
    const done = () =>
      resume(Effect.succeed({ status, header, body: Buffer.concat(chunks).toString("utf8") }))
    client.dispatch(
      {
        origin: use.origin,
        path: `${use.basePath}/v1/messages`,
        method: "POST",
        headers: toUpstream({ raw, configured: headers, use, identity: true }),
        body
      },
      {
        onRequestStart: (controller) => {
          signal.addEventListener("abort", () => controller.abort(new Error("the time is up")))
        },
        onResponseStart: (_controller, statusCode, answered) => {
          status = statusCode
          header = (name) => {
            const value = answered[name]
            if (typeof value === "string") return value
            return value?.[0]
          }
        },
        onResponseData: (controller, chunk) => {
          size += chunk.length
          chunks.push(chunk)
          if (size <= maxAnswerBytes) return
          controller.pause()
          done()
        },
        onResponseEnd: done,
        onResponseError: (_controller, cause) => resume(Effect.fail(cause))
      }
    )
  })

/** Sends it. Interruption ends the request. */
export const send = Effect.fn("minimalRequest.send")(function* (
  client: Pick<Dispatcher, "dispatch">,
  request: MinimalRequest,
  use: CredentialUse
) {
  const refused = (failure: ReturnType<typeof classifyNoAnswer>): AttemptResult<void> => ({
    _tag: "Refused",
    value: undefined,
    failure
  })
  const answered = yield* exchange(client, request, use).pipe(
    Effect.map((answer) => ({ answer })),
    Effect.catchAll((cause) => Effect.succeed({ failure: noAnswer(cause) })),
    Effect.timeoutTo({
      duration: request.timeoutMs,
      onTimeout: () => ({ failure: classifyNoAnswer("timeout", "ETIMEDOUT") }),
      onSuccess: (outcome) => outcome
    })
  )
  if ("failure" in answered) return refused(answered.failure)
  const { body, header, status } = answered.answer
  const now = yield* Clock.currentTimeMillis
  const asked = { model: request.model }
  if (status >= 300) {
    return refused(
      status < 400
        ? {
            class: "format",
            status,
            message: "the provider's address redirects; redirects are not followed",
            windows: []
          }
        : classify({ status, header, body, now, asked })
    )
  }
  const organization = header("anthropic-organization-id")
  const result: AttemptResult<void> = {
    _tag: "Answered",
    value: undefined,
    windows: readUsage(header, asked, now),
    ...defined({ organization })
  }
  return result
})
