/** What an upstream's answer means where it is no good one: the pure part of an exchange. */
import * as zlib from "node:zlib"
import { make as makeError } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import { maxRefusalBytes } from "@clawdbot/domain/Auth/CommitGate"
import { classifyNoAnswer } from "@clawdbot/domain/Health/classify"
import type { UpstreamFailure } from "@clawdbot/domain/Health/UpstreamFailure"
import { newRequestId } from "../respond.ts"
import type { HeldAnswer } from "./Answer.ts"

/**
 * A body as text, unpacked; empty when it cannot be, or is not whole. Only for reading: the bytes
 * are handed on untouched.
 */
export const readable = (
  encoding: string | undefined,
  body: Buffer,
  maxOutputLength = maxRefusalBytes
): string => {
  const limit = { maxOutputLength }
  try {
    switch (encoding?.trim().toLowerCase()) {
      case undefined:
      case "":
      case "identity":
        return body.toString("utf8")
      case "gzip":
      case "x-gzip":
        return zlib.gunzipSync(body, limit).toString("utf8")
      case "br":
        return zlib.brotliDecompressSync(body, limit).toString("utf8")
      case "deflate":
        return zlib.inflateSync(body, limit).toString("utf8")
      default:
        return ""
    }
  } catch {
    return ""
  }
}

const codeOf = (error: unknown): string => {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code
  return "UNKNOWN"
}

/** Whether the other side closed the connection, as it may do with one that was kept open. */
export const isClosedUnread = (error: unknown): boolean =>
  ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(codeOf(error))

/** Whether an answer's length and its bytes disagree. */
export const isLengthMismatch = (error: unknown): boolean =>
  codeOf(error) === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"

/** Whether answers of a status never have a body (RFC 9110 §15.3.5, §15.4.5). */
export const isBodyless = (status: number): boolean => status === 204 || status === 304

/** A connection that failed, by the client library's code. */
export const noAnswer = (error: unknown): UpstreamFailure => {
  const code = codeOf(error)
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return classifyNoAnswer("timeout", code)
  if (code === "ECONNREFUSED") return classifyNoAnswer("refused", code)
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return classifyNoAnswer("dns", code)
  if (/CERT|TLS|SSL/.test(code)) return classifyNoAnswer("tls", code)
  return classifyNoAnswer("reset", code)
}

/**
 * Our own words for a provider that gave none. Trying again may help, so the client is not told
 * otherwise.
 */
export const badGateway = (
  failure: UpstreamFailure,
  answerHeaders: Readonly<Record<string, string>>
): HeldAnswer => {
  const late = failure.class === "timeout"
  const answer = makeError({
    status: late ? 504 : 502,
    type: late ? "timeout_error" : "api_error",
    message: failure.message ?? "no response from the provider",
    code: "UpstreamUnavailable",
    requestId: newRequestId(),
    retryable: true
  })
  return {
    status: answer.status,
    headers: [...Object.entries(answer.headers), ...Object.entries(answerHeaders)].flat(),
    body: Buffer.from(answer.body)
  }
}
