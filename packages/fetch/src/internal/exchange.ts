/** One request through credentials, from a web request to a web response. */
import { carryDetached, type SentRequest } from "@clawdbot/domain/Auth/carry"
import type { Credentials, StreamedAnswer, Request as Wanted } from "@clawdbot/domain/Credentials"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"

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

/** Fails with the reason of whoever gives a request up, when that happens. */
const abortOf = (signal: AbortSignal): Effect.Effect<never, unknown> =>
  Effect.async((resume) => {
    const fail = () => resume(Effect.fail(signal.reason))
    if (signal.aborted) return fail()
    signal.addEventListener("abort", fail, { once: true })
    return Effect.sync(() => signal.removeEventListener("abort", fail))
  })

/** The whole exchange. The signal of the request is the caller's, also for the answer's body. */
export const exchange = (
  credentials: typeof Credentials.Service,
  request: Request,
  wanted: Wanted,
  send: Send
): Effect.Effect<Response> =>
  Effect.gen(function* () {
    const runtime = yield* Effect.runtime<never>()
    const { headers, method, signal, url } = request
    const body = new Uint8Array(yield* Effect.promise(() => request.arrayBuffer()))
    const carried = { method, url, headers: Object.fromEntries(headers), body }
    const answer = yield* carryDetached(credentials, carried, wanted, sendBy(send))
    const { bytes, status } = answer
    const head = { status, headers: answer.headers }
    if (bytes === undefined) return new Response(null, head)
    const read = Stream.interruptWhen(bytes, abortOf(signal))
    // Its body ends also where it is not read.
    const close = () => Runtime.runFork(runtime)(answer.close)
    signal.addEventListener("abort", close, { once: true })
    return new Response(Stream.toReadableStreamRuntime(read, runtime), head)
  })
