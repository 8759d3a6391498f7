/** Sends one document to a collector. */
import type { UpstreamClient } from "@clawdbot/node/Upstream/UpstreamClient"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** How long a collector may take, in ms. */
const timeoutMs = 10_000

/** A collector did not take what it was sent. */
export class ExportFailed extends Schema.TaggedError<ExportFailed>()("ExportFailed", {
  /** Without its query. */
  url: Schema.String,
  /** A status, or a system's error code. */
  reason: Schema.String,
  /** Whether the same may be sent once more: the collector is away, or asks to wait. */
  isTemporary: Schema.Boolean
}) {
  override get message() {
    return (
      `the collector ${this.url} did not accept traces or metrics (${this.reason}); ` +
      "requests are not affected; check gateway.otel.endpoint or OTEL_EXPORTER_OTLP_ENDPOINT"
    )
  }
}

const temporary = new Set([408, 429, 502, 503, 504])

const codeOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return "unknown"
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name
}

/** Posts a body of JSON, through the proxies of the environment. What is answered is not read. */
export const postJson = (
  client: Context.Tag.Service<UpstreamClient>,
  address: string,
  headers: Readonly<Record<string, Redacted.Redacted>>,
  body: string | Uint8Array
): Effect.Effect<void, ExportFailed> =>
  Effect.async<void, ExportFailed>((resume, signal) => {
    const { origin, pathname, search } = new URL(address)
    const url = `${origin}${pathname}`
    let status = 0
    const fail = (reason: string, isTemporary: boolean) =>
      resume(Effect.fail(new ExportFailed({ url, reason, isTemporary })))
    client.dispatch(
      {
        origin,
        path: `${pathname}${search}`,
        method: "POST",
        body,
        headers: {
          ...Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [name, Redacted.value(value)])
          ),
          "content-type": "application/json"
        },
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs
      },
      {
        onConnect: (abort) => {
          if (signal.aborted) abort()
          else signal.addEventListener("abort", () => abort(), { once: true })
        },
        onHeaders: (received) => {
          status = received
          return true
        },
        onData: () => true,
        onComplete: () => {
          if (status >= 200 && status < 300) return resume(Effect.void)
          fail(String(status), temporary.has(status))
        },
        onError: (error) => fail(codeOf(error), true)
      }
    )
  }).pipe(
    Effect.timeoutFail({
      duration: timeoutMs,
      onTimeout: () =>
        new ExportFailed({
          url: new URL(address).origin,
          reason: "ETIMEDOUT",
          isTemporary: true
        })
    })
  )
