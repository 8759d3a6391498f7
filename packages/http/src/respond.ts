/**
 * Errors of our own as answers in the provider's envelope (decision D29), rendered once, at the
 * edge.
 */

import { randomBytes } from "node:crypto"
import type { ServerResponse } from "node:http"
import { type ErrorAnswer, make } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import {
  type AllInCooldown,
  clearArguments,
  type NoApiKey,
  type NoCredentials
} from "@clawdbot/domain/Auth/AuthError"
import type { ResolveError } from "@clawdbot/domain/Auth/AuthResolver"
import { defined } from "@clawdbot/domain/Document/defined"
import { backoffMs } from "@clawdbot/domain/OAuth/freshness"
import type { OAuthRefreshFailed } from "@clawdbot/domain/OAuth/OAuthError"
import { textIf, textOf } from "@clawdbot/domain/Text/textIf"

/** An id for an answer that the provider did not give. */
export const newRequestId = (): string => `clawdbot_${randomBytes(12).toString("hex")}`

const seconds = (fromMs: number, toMs: number): number =>
  Math.max(1, Math.ceil((toMs - fromMs) / 1000))

const allInCooldown = (error: AllInCooldown, now: number): ErrorAnswer => {
  const heldBack = textIf(
    error.heldBack.length !== 0,
    ` ${error.heldBack.join(", ")} was not used: beside a subscription, a pay-per-use key ` +
      "is used only with auth.payAsYouGoFallback: true."
  )
  // Without a time there is nothing that waiting would end.
  const retryAfterSeconds = error.retryAt === 0 ? undefined : seconds(now, error.retryAt)
  const first = textOf(retryAfterSeconds, (left) => ` The next request is possible in ${left} s.`)
  const clear = clearArguments(error)
  const cure = textOf(
    clear,
    ({ agent, profile }) =>
      `; to end a cooldown now: clawdbot models auth clear ${profile} --agent ${agent}`
  )
  const common = {
    message:
      `${error.message}.${first}${heldBack} On the gateway ` +
      `host: clawdbot models status${cure}`,
    code: error._tag,
    requestId: newRequestId(),
    ...defined({ retryAfterSeconds })
  }
  if (error.outOfCredit)
    return make({ ...common, status: 402, type: "billing_error", retryable: false })
  if (error.refused)
    return make({ ...common, status: 401, type: "authentication_error", retryable: false })
  return make({ ...common, status: 429, type: "rate_limit_error" })
}

/** Why each profile that could have answered did not. */
const reasons = (error: NoApiKey | NoCredentials): string =>
  error.explanation.rejected
    .flatMap(({ detail, profile }) => (detail === undefined ? [] : [`${profile}: ${detail}`]))
    .join("; ")

const cureOf = (error: NoApiKey | NoCredentials): string => {
  const cure = error._tag === "NoCredentials" ? error.cure : undefined
  if (cure === undefined)
    return (
      "Add one on the gateway host: clawdbot models auth paste-token --provider " +
      `${error.provider} --agent ${error.agent}, or: clawdbot onboard`
    )
  return `On the gateway host: ${cure}`
}

/**
 * Not the client's fault, and over by itself: nothing was changed, and the next request tries again
 * (decision D6).
 */
const notRefreshed = (error: OAuthRefreshFailed, now: number): ErrorAnswer =>
  make({
    status: 503,
    type: "api_error",
    message:
      `${error.message}. Nothing was deleted, and the refresh is retried ` +
      "automatically. On the gateway " +
      `host: clawdbot models auth refresh ${error.profile} --agent ${error.agent}`,
    code: error._tag,
    requestId: newRequestId(),
    retryAfterSeconds: Math.max(
      Math.ceil(backoffMs / 1000),
      error.retryAt === undefined ? 0 : seconds(now, error.retryAt)
    )
  })

/** The answer to a request that got no credential. `now` in epoch ms. */
export const renderError = (error: ResolveError, now: number): ErrorAnswer => {
  switch (error._tag) {
    case "AllInCooldown":
      return allInCooldown(error, now)
    case "OAuthRefreshFailed":
      return notRefreshed(error, now)
    case "NoApiKey":
    case "NoCredentials":
      return make({
        status: 401,
        type: "authentication_error",
        message:
          `${error.message}.${textIf(reasons(error) !== "", ` ${reasons(error)}.`)} ` +
          `${cureOf(error)}`,
        code: error._tag,
        requestId: newRequestId()
      })
    case "ConfigInvalid":
    case "ConfigUnavailable":
      return make({
        status: 500,
        type: "api_error",
        message: `${error.message}. On the gateway host: clawdbot config validate`,
        code: error._tag,
        requestId: newRequestId()
      })
    case "StoreCorrupt":
    case "StoreTooNew":
    case "StoreLocked":
    case "StoreUnavailable":
      return make({
        status: 500,
        type: "api_error",
        message: `${error.message}. On the gateway host: clawdbot models status`,
        code: error._tag,
        requestId: newRequestId()
      })
  }
}

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
