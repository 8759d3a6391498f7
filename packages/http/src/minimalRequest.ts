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
import { wholeAnswer } from "@clawdbot/node/Upstream/wholeAnswer"
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

const exchange = (
  client: Pick<Dispatcher, "dispatch">,
  { headers, maxTokens, model }: MinimalRequest,
  use: CredentialUse
) => {
  const body = JSON.stringify({
    model,
    max_tokens: maxTokens,
    messages: [{ role: "user", content: "Reply with OK." }]
  })
  const raw = ["content-type", "application/json", "anthropic-version", "2023-06-01"]
  return wholeAnswer(
    client,
    {
      origin: use.origin,
      path: `${use.basePath}/v1/messages`,
      method: "POST",
      headers: toUpstream({ raw, configured: headers, use, identity: true }),
      body
    },
    maxAnswerBytes
  )
}

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
