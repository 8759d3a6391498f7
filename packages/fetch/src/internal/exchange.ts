/** One request through credentials, from a web request to a web response. */
import { carry, type SentRequest } from "@clawdbot/domain/Auth/carry"
import type { Credentials, StreamedAnswer, Request as Wanted } from "@clawdbot/domain/Credentials"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** Whether answers of a status never have a body (RFC 9110 §15.3.5, §15.4.5). */
const isBodyless = (status: number): boolean => status === 204 || status === 304

/** What sends once: the global `fetch`, or one of the program's own. */
export type Send = (request: SentRequest, signal: AbortSignal) => Promise<Response>

/** An error of the sender, as it was thrown. */
class NotSent extends Data.TaggedError("NotSent")<{
  readonly message: string
  readonly cause: unknown
}> {}

const notSent = (cause: unknown): NotSent =>
  new NotSent({ message: "the request could not be sent", cause })

const sendBy = (send: Send) => (request: SentRequest) =>
  Effect.gen(function* () {
    // It ends with the exchange, be it after the last byte of the answer.
    const controller = yield* Effect.acquireRelease(
      Effect.sync(() => new AbortController()),
      (controller) => Effect.sync(() => controller.abort())
    )
    const response = yield* Effect.tryPromise({
      try: () => send(request, controller.signal),
      catch: notSent
    })
    const { body, headers, status } = response
    const bytes = body === null ? Stream.empty : Stream.fromReadableStream(() => body, notSent)
    const answer: StreamedAnswer<NotSent> = { status, headers: plainHeaders(headers), bytes }
    return answer
  })

/** A `fetch` unpacks what it gets: its body is no longer what these headers say. */
const plainHeaders = (headers: Headers): Readonly<Record<string, string>> => {
  const { "content-encoding": _encoding, ...others } = Object.fromEntries(headers)
  return others
}

/** The whole exchange. `signal` is the caller's. */
export const exchange = (
  credentials: typeof Credentials.Service,
  request: Request,
  wanted: Wanted,
  send: Send
): Effect.Effect<Response> =>
  Effect.gen(function* () {
    const runtime = yield* Effect.runtime<never>()
    const { headers, method, url } = request
    const body = new Uint8Array(yield* Effect.promise(() => request.arrayBuffer()))
    const carried = { method, url, headers: Object.fromEntries(headers), body }
    // It lasts as long as the answer.
    const scope = yield* Scope.make()
    const close = Scope.close(scope, Exit.void)
    const answer = yield* carry(credentials, carried, wanted, sendBy(send)).pipe(
      Scope.extend(scope),
      Effect.onError(() => close)
    )
    const { bytes, status } = answer
    const stop = () => Runtime.runFork(runtime)(close)
    request.signal.addEventListener("abort", stop, { once: true })
    const stream = Stream.toReadableStreamRuntime(Stream.ensuring(bytes, close), runtime)
    if (isBodyless(status)) yield* close
    return new Response(isBodyless(status) ? null : stream, { status, headers: answer.headers })
  })
