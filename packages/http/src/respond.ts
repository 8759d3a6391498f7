/**
 * Errors of our own as answers in the provider's envelope (decision D29), rendered once, at the
 * edge.
 */

import { randomBytes } from "node:crypto"
import type { ServerResponse } from "node:http"
import type { ErrorAnswer } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import type { ResolveError } from "@clawdbot/domain/Auth/AuthResolver"
import { credentialFailure } from "@clawdbot/domain/Auth/credentialFailure"
import { toResponse } from "@clawdbot/domain/Auth/errorAnswer"

/** An id for an answer that the provider did not give. */
export const newRequestId = (): string => `clawdbot_${randomBytes(12).toString("hex")}`

/** The answer to a request that got no credential. `now` in epoch ms. */
export const renderError = (error: ResolveError, now: number): ErrorAnswer =>
  toResponse(credentialFailure(error), now, {
    requestId: newRequestId(),
    host: "On the gateway host"
  })

/** Sends an answer of our own, unless one is under way already. */
export const send = (
  response: ServerResponse,
  answer: ErrorAnswer,
  added: Readonly<Record<string, string>>
): void => {
  if (response.headersSent || response.destroyed) return
  response.writeHead(answer.status, {
    ...answer.headers,
    "content-length": Buffer.byteLength(answer.body),
    ...added
  })
  response.end(answer.body)
}
