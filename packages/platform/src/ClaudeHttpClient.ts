/**
 * An `HttpClient` for the Messages API that has credentials: failover, cooldowns, refreshes and
 * streams, for `@effect/ai-anthropic` and for everything else that takes an `HttpClient`.
 *
 * @since 0.1.0
 */
import { carryDetached, type SentRequest } from "@clawdbot/domain/Auth/carry"
import { Credentials, type Request, type StreamedAnswer } from "@clawdbot/domain/Credentials"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import { bodyBytes } from "./internal/bodyBytes.ts"

/** Sends once, as the request was made but for its address, its headers and its credential. */
const sendBy =
  (client: HttpClient.HttpClient, { method }: HttpClientRequest.HttpClientRequest) =>
  ({ body, headers, url }: SentRequest) => {
    const bare = HttpClientRequest.get(url, { headers }).pipe(HttpClientRequest.setMethod(method))
    const sent =
      body === undefined
        ? bare
        : HttpClientRequest.setBody(bare, HttpBody.uint8Array(body, headers["content-type"]))
    return Effect.map(
      client.execute(sent),
      (response): StreamedAnswer<HttpClientError.ResponseError> => ({
        status: response.status,
        headers: response.headers,
        bytes: Stream.catchAll(response.stream, (error) => {
          if (error.reason === "EmptyBody") return Stream.empty
          return Stream.fail(error)
        })
      })
    )
  }

/**
 * The client over the one that is there, which sends. Every reason why there is no answer arrives
 * as one of the provider's own: 401, 402, 429, 502 or 503 in its envelope. The host of a request's
 * URL does not matter: a credential goes to its own address.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Request = {}
): Effect.Effect<HttpClient.HttpClient, never, Credentials | HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const credentials = yield* Credentials
    const client = yield* HttpClient.HttpClient
    return HttpClient.make((request, url, signal) =>
      Effect.gen(function* () {
        const runtime = yield* Effect.runtime<never>()
        const { bytes: body, contentType } = yield* Effect.mapError(
          bodyBytes(request),
          (cause) => new HttpClientError.RequestError({ request, reason: "Encode", cause })
        )
        const { method } = request
        const headers =
          contentType === undefined
            ? request.headers
            : { ...request.headers, "content-type": contentType }
        const carried = { method, url: url.toString(), headers, body }
        const answer = yield* carryDetached(credentials, carried, options, sendBy(client, request))
        const close = () => Runtime.runFork(runtime)(answer.close)
        signal.addEventListener("abort", close, { once: true })
        const { bytes, headers: answered, status } = answer
        const stream = bytes === undefined ? null : Stream.toReadableStreamRuntime(bytes, runtime)
        return HttpClientResponse.fromWeb(
          request,
          new Response(stream, { status, headers: answered })
        )
      })
    )
  })

/**
 * The same as the layer of `HttpClient`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as MachineCredentials from "@clawdbot/node/MachineCredentials"
 * import * as ClaudeHttpClient from "@clawdbot/platform/ClaudeHttpClient"
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import { Layer } from "effect"
 *
 * export const Client = ClaudeHttpClient.layer().pipe(
 *   Layer.provide([MachineCredentials.layer(), FetchHttpClient.layer])
 * )
 */
export const layer = (
  options: Request = {}
): Layer.Layer<HttpClient.HttpClient, never, Credentials | HttpClient.HttpClient> =>
  Layer.effect(HttpClient.HttpClient, make(options))
