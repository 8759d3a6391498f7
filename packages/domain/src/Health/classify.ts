/**
 * An answer of the provider as a failure class, and what it rests until when (decisions D9, D33,
 * D34): by `error_code` first, then by the beginning of the provider's sentence, then by status.
 * Pure.
 */

import { type ProviderError, read } from "../Anthropic/ErrorEnvelope.ts"
import { listOf } from "../Document/listIf.ts"
import { type HeaderReader, readRetryAfter } from "./answerHeaders.ts"
import { bodyTime, nextMonth } from "./bodyTime.ts"
import { type FailureClass, traitsOf } from "./FailureClass.ts"
import { hasRejectedWindow } from "./planLimits.ts"
import { type RequestShape, type RequestTarget, requestTarget } from "./RequestTarget.ts"
import { readUsage } from "./readUsage.ts"
import { meaningOf } from "./refusals.ts"
import { askedScope, refusedLimits } from "./refusedLimits.ts"
import { credential, type KnownScope } from "./Scope.ts"
import type { UpstreamFailure } from "./UpstreamFailure.ts"
import type { Window, WindowSource } from "./Window.ts"

/** Headers that only the provider sets. */
const ownHeaders = [
  "request-id",
  "anthropic-organization-id",
  "anthropic-ratelimit-unified-status",
  "anthropic-ratelimit-requests-limit",
  "anthropic-ratelimit-tokens-limit",
  "anthropic-ratelimit-input-tokens-limit",
  "anthropic-fast-input-tokens-limit"
]

const hasOwnHeader = (header: HeaderReader): boolean => {
  if (ownHeaders.some((name) => header(name) !== undefined)) return true
  for (const name of header.names?.() ?? [])
    if (name.toLowerCase().startsWith("anthropic-")) return true
  return false
}

/** Headers that name a time to come back. */
const retryHeaders = ["retry-after", "retry-after-ms"]

/** Headers that name a limit. */
const limitHeaders = [
  "anthropic-ratelimit-unified-status",
  "anthropic-ratelimit-unified-reset",
  "anthropic-ratelimit-unified-5h-status",
  "anthropic-ratelimit-unified-7d-status",
  "anthropic-ratelimit-requests-limit",
  "anthropic-ratelimit-tokens-limit",
  "anthropic-ratelimit-input-tokens-limit",
  "anthropic-fast-input-tokens-limit"
]

/** What a status means where neither a code nor a sentence says more. */
const byStatus = (status: number, errorType: string | undefined): FailureClass => {
  switch (status) {
    case 401:
      return "auth"
    case 402:
      return "billing"
    case 403:
      if (errorType === "permission_error" || errorType === "authentication_error") return "auth"
      return "format"
    case 408:
      return "timeout"
    case 429:
      return "rate_limit"
    case 503:
    case 529:
      return "overloaded"
  }
  if (status >= 400 && status < 500) return "format"
  return "server"
}

/** The status that an error event inside a 200 would have had. */
const statusOfType: ReadonlyMap<string, number> = new Map([
  ["invalid_request_error", 400],
  ["authentication_error", 401],
  ["billing_error", 402],
  ["permission_error", 403],
  ["not_found_error", 404],
  ["timeout_error", 408],
  ["request_too_large", 413],
  ["rate_limit_error", 429],
  ["overloaded_error", 529]
])

/** A refusal with everything that is known of it. */
interface Answer {
  readonly status: number
  readonly header: HeaderReader
  readonly error: ProviderError
  readonly target: RequestTarget
  readonly now: number
}

/** What follows from a refusal. */
interface Verdict {
  readonly class: FailureClass
  /** What rests where no window says it. */
  readonly scope?: KnownScope | undefined
  /** Windows that block; `until` is known. */
  readonly windows: ReadonlyArray<Window>
}

const windowOf = (
  now: number,
  failureClass: FailureClass,
  scope: KnownScope,
  until: number,
  source: WindowSource
): Window => ({ scope, until, class: failureClass, source, observedAt: now })

/** A limit: every bucket that was refused for, each until its own end. */
const limited = ({ error, header, now, target }: Answer): Verdict => {
  const limits = refusedLimits(header, target, bodyTime(error, now), now)
  return {
    class: "rate_limit",
    scope: limits[0]?.scope,
    windows: limits.flatMap(({ scope, source, until }) =>
      listOf(until, (until) => [windowOf(now, "rate_limit", scope, until, source)])
    )
  }
}

/** A refusal of the credential, until the time that the answer names, if any. */
const refusedCredential = (
  { error, header, now, target }: Answer,
  failureClass: FailureClass,
  end: "month" | undefined
): Verdict => {
  // A credential that may not use one resource may use the others.
  const scope =
    failureClass === "auth" && target.path !== undefined ? askedScope(target) : credential
  const block = (until: number, source: WindowSource): Verdict => ({
    class: failureClass,
    scope,
    windows: [windowOf(now, failureClass, scope, until, source)]
  })
  const retryAt = readRetryAfter(header, now)
  if (retryAt !== undefined) return block(retryAt, "retry-after")
  const bodyAt = failureClass === "auth" ? undefined : bodyTime(error, now)
  if (bodyAt !== undefined) return block(bodyAt, "body")
  if (end === "month") return block(nextMonth(now), "usual")
  return { class: failureClass, scope, windows: [] }
}

const judge = (answer: Answer): Verdict => {
  const { error, header, status } = answer
  const has = (names: ReadonlyArray<string>) => names.some((name) => header(name) !== undefined)
  const hasRetryAfter = has(retryHeaders)
  const meaning = meaningOf({
    status,
    code: error.code,
    message: error.message,
    hasRetryAfter,
    namesLimits: hasRetryAfter || has(limitHeaders)
  })
  const found = meaning?.class ?? byStatus(status, error.type)
  const { about } = traitsOf(found)
  // A spent window of the plan is why, whatever the sentence says.
  const isSpent = about === "use" && status === 429 && hasRejectedWindow(header)
  if (found === "rate_limit" || isSpent) return limited(answer)
  if (about === "credential") return refusedCredential(answer, found, meaning?.end)
  return { class: found, windows: [] }
}

/** What people are told of a wall; the client gets its answer as it is. */
const wallMessage =
  "the response is not from the provider but from a proxy, firewall or login page on the way to it"

/** The longest that the word of a wall is taken for a limit, in ms. */
const maxWallPauseMs = 60_000

/**
 * An answer of something between us and the provider (decision D34): it knows nothing of
 * credentials. Only its 429 is believed, for a minute.
 */
const judgeWall = ({ header, now, status, target }: Answer): Verdict => {
  if (status !== 429) return { class: status === 408 ? "timeout" : "format", windows: [] }
  const until = Math.min(readRetryAfter(header, now) ?? Infinity, now + maxWallPauseMs)
  const scope = askedScope(target)
  return {
    class: "rate_limit",
    scope,
    windows: [windowOf(now, "rate_limit", scope, until, "wall")]
  }
}

const described = ({ code, message, requestId, type }: ProviderError) => ({
  errorType: type,
  errorCode: code,
  message: message?.slice(0, 300),
  requestId
})

/**
 * A whole answer that is not 2xx, to a request for `asked`. `body` is text (decompressed), at most
 * what is needed to read the envelope; `now` in epoch ms.
 */
export const classify = (options: {
  readonly status: number
  readonly header: HeaderReader
  readonly body: string
  readonly now: number
  readonly asked: RequestShape
  /** True where the provider itself answered for sure. Default: by what the answer holds. */
  readonly fromProvider?: boolean | undefined
}): UpstreamFailure => {
  const { asked, body, fromProvider = false, header, now, status } = options
  const error = read(body)
  const answer: Answer = { status, header, error: error ?? {}, target: requestTarget(asked), now }
  const isWall = !fromProvider && status < 500 && error === undefined && !hasOwnHeader(header)
  const verdict = isWall ? judgeWall(answer) : judge(answer)
  return {
    ...described(isWall ? { message: wallMessage } : answer.error),
    requestId: error?.requestId ?? header("request-id"),
    status,
    class: verdict.class,
    scope: verdict.scope,
    retryAt: readRetryAfter(header, now),
    windows: [...readUsage(header, asked, now), ...verdict.windows]
  }
}

const noHeaders: HeaderReader = () => undefined

/**
 * The `data` of an SSE event `error` that came inside a 200. The headers came before it went wrong:
 * they show quotas, and say nothing about the failure.
 */
export const classifyEvent = (
  data: string,
  header: HeaderReader,
  now: number,
  asked: RequestShape
): UpstreamFailure => {
  const error = read(data) ?? {}
  const status = statusOfType.get(error.type ?? "") ?? 500
  const target = requestTarget(asked)
  const {
    class: failureClass,
    scope,
    windows
  } = judge({
    status,
    header: noHeaders,
    error,
    target,
    now
  })
  return {
    ...described(error),
    status: 200,
    class: failureClass,
    scope,
    windows: [...readUsage(header, asked, now), ...windows]
  }
}

const connectionWords = {
  timeout: "the provider did not respond in time",
  reset: "the connection to the provider was closed before a response arrived",
  refused: "the provider's address refused the connection",
  dns: "the provider's host name could not be resolved",
  tls: "no secure connection to the provider could be made"
} as const

/**
 * No answer came at all. Always the weather: a connection says nothing about a credential (decision
 * D10).
 */
export const classifyNoAnswer = (
  reason: "timeout" | "reset" | "refused" | "dns" | "tls",
  code: string
): UpstreamFailure => ({
  class: reason === "timeout" ? "timeout" : "server",
  message: reason === "timeout" ? connectionWords.timeout : `${connectionWords[reason]} (${code})`,
  windows: []
})
