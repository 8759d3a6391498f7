/** What an upstream's answer means where it is no good one: the pure part of an exchange. */
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib"
import { maxRefusalBytes } from "@clawdbot/domain/Auth/CommitGate"
import { upstreamUnavailable } from "@clawdbot/domain/Auth/errorAnswer"
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
        return gunzipSync(body, limit).toString("utf8")
      case "br":
        return brotliDecompressSync(body, limit).toString("utf8")
      case "deflate":
        return inflateSync(body, limit).toString("utf8")
      default:
        return ""
    }
  } catch {
    return ""
  }
}

/** Whether answers of a status never have a body (RFC 9110 §15.3.5, §15.4.5). */
export const isBodyless = (status: number): boolean => status === 204 || status === 304

/**
 * Our own words for a provider that gave none. Trying again may help, so the client is not told
 * otherwise.
 */
export const badGateway = (
  failure: UpstreamFailure,
  answerHeaders: Readonly<Record<string, string>>
): HeldAnswer => {
  const answer = upstreamUnavailable(failure, {
    requestId: newRequestId(),
    host: "On the gateway host"
  })
  return {
    status: answer.status,
    headers: [...Object.entries(answer.headers), ...Object.entries(answerHeaders)].flat(),
    body: Buffer.from(answer.body)
  }
}
