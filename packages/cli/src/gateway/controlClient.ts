/**
 * The client of a running gateway's control plane, made from its contract, over the Unix socket of
 * the state folder (decision D26a). Loaded only where a gateway is asked for something.
 */

import { request as ask, type IncomingMessage } from "node:http"
import { Readable } from "node:stream"
import { defined } from "@clawdbot/domain/Document/defined"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { ControlApi } from "@clawdbot/http/control/Api"
import { socketPath } from "@clawdbot/http/control/ControlSocket"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError } from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"

/**
 * A gateway that says nothing for so long is as good as none, in ms. A refresh may be under way.
 */
const maxWaitMs = 30_000

const headersOf = (message: IncomingMessage): Array<[string, string]> =>
  Object.entries(message.headers).flatMap(([name, value]): Array<[string, string]> => {
    if (value === undefined) return []
    return [[name, Array.isArray(value) ? value.join(", ") : value]]
  })

const bodyOf = (request: HttpClientRequest): Uint8Array | undefined => {
  if (request.body._tag === "Uint8Array") return request.body.body
  return undefined
}

/** HTTP over a Unix socket. */
const overSocket = (file: string): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    Effect.async((resume) => {
      const body = bodyOf(request)
      const asked = ask(
        {
          socketPath: file,
          method: request.method,
          path: `${url.pathname}${url.search}`,
          headers: {
            ...request.headers,
            host: "localhost",
            ...defined({ "content-length": body?.length })
          },
          timeout: maxWaitMs
        },
        (message) =>
          resume(
            Effect.succeed(
              HttpClientResponse.fromWeb(
                request,
                new Response(Readable.toWeb(message) as ReadableStream, {
                  status: message.statusCode ?? 500,
                  headers: headersOf(message)
                })
              )
            )
          )
      )
      asked.once("timeout", () => asked.destroy(new Error("the gateway does not answer")))
      asked.once("error", (cause) =>
        resume(Effect.fail(new RequestError({ request, reason: "Transport", cause })))
      )
      asked.end(body)
      return Effect.sync(() => asked.destroy())
    })
  )

/**
 * The control plane of the gateway that runs on this state folder. Calls fail with `RequestError`
 * where none does.
 */
export const control = Effect.flatMap(StatePaths, ({ stateDir }) =>
  HttpApiClient.makeWith(ControlApi, {
    httpClient: overSocket(socketPath(stateDir)),
    baseUrl: "http://localhost"
  })
)
