/**
 * The scripted provider without a socket: as an `HttpClient` layer, on the test's clock, and as a
 * `fetch`. It is as strict about credentials and headers as the real one.
 *
 * @since 0.1.0
 */

import { encode } from "@clawdbot/domain/Anthropic/utf8"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import type { Piece, Played } from "./ScriptedAnthropic/Played.ts"
import * as Script from "./ScriptedAnthropic/Script.ts"
import * as Socketless from "./ScriptedAnthropic/socketless.ts"

/**
 * What one request gets: a good answer, an overload, an error with a status in the provider's
 * envelope, or any step of `ScriptedAnthropic/Script`, broken streams among them.
 *
 * @since 0.1.0
 * @category models
 */
export type Step =
  | "ok"
  | "overloaded"
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | Script.Step

/**
 * By secret, or by the name of a login of `TestCredentials`: what each request gets, one after the
 * other; the last one stays.
 *
 * @since 0.1.0
 * @category models
 */
export type Scripts = Readonly<Record<string, ReadonlyArray<Step>>>

const errorTypes: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error"
}

const stepOf = (step: Step): Script.Step => {
  if (step === "ok") return Script.ok()
  if (step === "overloaded") return Script.overloaded
  if ("_tag" in step) return step
  const { headers = {}, status } = step
  if (status < 300) return Script.ok({ headers })
  const type = errorTypes[status] ?? "api_error"
  return { _tag: "Error", status, type, message: `scripted ${type}`, headers }
}

const scriptsOf = (scripts: Scripts): Readonly<Record<string, Script.Script>> =>
  Object.fromEntries(
    Object.entries(scripts).map(([name, steps]) => {
      const [first = "ok", ...rest] = steps
      return [name, Script.inTurn(stepOf(first), ...rest.map(stepOf))]
    })
  )

/** A connection that breaks off, as the system says it. */
class ConnectionLost extends Error {
  readonly code = "ECONNRESET"
  constructor() {
    super("the scripted connection broke off")
  }
}

const pieceOf = (piece: Piece): Stream.Stream<Uint8Array, ConnectionLost> => {
  switch (piece._tag) {
    case "Data": {
      const { data } = piece
      return Stream.make(typeof data === "string" ? encode(data) : data)
    }
    case "Pause":
      return Stream.drain(Stream.fromEffect(Effect.sleep(piece.ms)))
    case "Silence":
      return Stream.never
    case "Lost":
    case "Garbage":
      return Stream.fail(new ConnectionLost())
  }
}

const bytesOf = (pieces: ReadonlyArray<Piece>): Stream.Stream<Uint8Array, ConnectionLost> =>
  Stream.fromIterable(pieces).pipe(Stream.rechunk(1), Stream.flatMap(pieceOf))

/** The head of what is played, when its time has come. */
const headOf = (played: Played) =>
  Effect.gen(function* () {
    if (played.delayMs > 0) yield* Effect.sleep(played.delayMs)
    if (played._tag !== "Answer") {
      if (played._tag === "Silence") return yield* Effect.never
      return yield* Effect.fail(new ConnectionLost())
    }
    const { headers, pieces, status } = played
    return { status, headers, bytes: bytesOf(pieces) }
  })

const bodyOf = ({ body }: HttpClientRequest) => {
  switch (body._tag) {
    case "Uint8Array":
      return Effect.succeed(body.body)
    case "Stream":
      return Effect.map(Stream.runCollect(body.stream), (chunks) => Buffer.concat([...chunks]))
    default:
      return Effect.succeed(new Uint8Array())
  }
}

/**
 * The provider as an `HttpClient`. Pauses of its script go by the clock in force, so that
 * `TestClock` moves them.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as TestAnthropic from "@clawdbot/testing/TestAnthropic"
 *
 * export const Provider = TestAnthropic.layer({
 *   "key-a": [{ status: 429, headers: { "retry-after": "120" } }, "ok"],
 *   "key-b": ["ok"]
 * })
 */
export const layer = (scripts: Scripts): Layer.Layer<HttpClient.HttpClient> =>
  Layer.sync(HttpClient.HttpClient, () => {
    const answer = Socketless.make(scriptsOf(scripts))
    return HttpClient.make((request, url) =>
      Effect.gen(function* () {
        const runtime = yield* Effect.runtime<never>()
        const body = yield* bodyOf(request)
        const { headers, method } = request
        const { bytes, status, ...head } = yield* headOf(
          answer({ method, url: url.toString(), headers, body })
        )
        return HttpClientResponse.fromWeb(
          request,
          new Response(Stream.toReadableStreamRuntime(bytes, runtime), {
            status,
            headers: Headers.fromInput(head.headers)
          })
        )
      }).pipe(
        Effect.mapError(
          (cause) => new HttpClientError.RequestError({ request, reason: "Transport", cause })
        )
      )
    )
  })

/** Fails with the reason of whoever gives a request up, when that happens. */
const abortOf = (signal: AbortSignal): Effect.Effect<never, unknown> =>
  Effect.async((resume) => {
    const fail = () => resume(Effect.fail(signal.reason))
    if (signal.aborted) return fail()
    signal.addEventListener("abort", fail, { once: true })
    return Effect.sync(() => signal.removeEventListener("abort", fail))
  })

/**
 * The provider as a `fetch`, on the real clock.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fetch = (scripts: Scripts): typeof globalThis.fetch => {
  const answer = Socketless.make(scriptsOf(scripts))
  return async (input, init) => {
    const request = new Request(input, init)
    const body = new Uint8Array(await request.arrayBuffer())
    const headers = Object.fromEntries(request.headers)
    const { method, signal, url } = request
    const head = headOf(answer({ method, url, headers, body }))
    const { bytes, status, ...rest } = await Effect.runPromise(head, { signal }).catch((cause) => {
      if (signal.aborted) throw signal.reason
      throw new TypeError("fetch failed", { cause })
    })
    const read = Stream.interruptWhen(bytes, abortOf(signal))
    const stream = Stream.toReadableStreamRuntime(read, Runtime.defaultRuntime)
    return new Response(stream, { status, headers: rest.headers })
  }
}
