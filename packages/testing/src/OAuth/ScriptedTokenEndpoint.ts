/**
 * A real token endpoint on loopback over the strict authority of {@link "./TokenFamilies.ts"}: for
 * tests of processes. It counts for itself, and can be told what becomes of the next requests.
 */

import * as http from "node:http"
import * as zlib from "node:zlib"
import { defined, ifDefined } from "@clawdbot/domain/Document/defined"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as TokenFamilies from "./TokenFamilies.ts"
import * as TokenScript from "./TokenScript.ts"

/** The endpoint while its scope is open. */
export interface ScriptedTokenEndpoint {
  readonly url: string
  readonly families: TokenFamilies.TokenFamilies
  readonly script: TokenScript.TokenScript
  /** What came in: headers and parsed body of each request. */
  readonly requests: ReadonlyArray<{
    readonly headers: http.IncomingHttpHeaders
    readonly body: unknown
  }>
  /** Grants whose client was gone before the answer was handed to it. */
  readonly undelivered: () => number
}

const maxRequestBytes = 64 * 1024

const readBody = async (request: http.IncomingMessage): Promise<unknown> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxRequestBytes) return undefined
    chunks.push(bytes)
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"))
    return value
  } catch {
    return undefined
  }
}

const field = (body: unknown, name: string): string => {
  const value =
    typeof body === "object" && body !== null
      ? Object.entries(body).find(([key]) => key === name)?.[1]
      : ""
  if (typeof value === "string") return value
  return ""
}

const send = (
  response: http.ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {}
): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(typeof body === "string" ? body : JSON.stringify(body))
}

const packings: Readonly<
  Record<
    NonNullable<TokenScript.TokenStep["packed"]>,
    { readonly encoding: string | undefined; readonly pack: (text: string) => Buffer }
  >
> = {
  gzip: { encoding: "gzip", pack: (text) => zlib.gzipSync(text) },
  "bare gzip": { encoding: undefined, pack: (text) => zlib.gzipSync(text) },
  deflate: { encoding: "deflate", pack: (text) => zlib.deflateSync(text) },
  "raw deflate": { encoding: "deflate", pack: (text) => zlib.deflateRawSync(text) },
  br: { encoding: "br", pack: (text) => zlib.brotliCompressSync(text) },
  unknown: { encoding: "x-unknown", pack: (text) => zlib.gzipSync(text).reverse() }
}

const sendGranted = (
  response: http.ServerResponse,
  step: TokenScript.TokenStep,
  tokens: TokenFamilies.IssuedTokens
): void => {
  const answer = TokenScript.grantedAnswer(step, tokens)
  const text = JSON.stringify(step.reword === undefined ? answer : step.reword(answer))
  const packing = ifDefined(step.packed, (packed) => packings[packed])
  response.writeHead(200, {
    "content-type": "application/json",
    ...defined({
      "content-encoding": packing?.encoding === undefined ? undefined : packing.encoding
    })
  })
  response.end(packing === undefined ? text : packing.pack(text))
}

/** Starts one on a free port. */
export const make: Effect.Effect<ScriptedTokenEndpoint, never, Scope.Scope> = Effect.gen(
  function* () {
    const families = TokenFamilies.make()
    const script = TokenScript.make()
    const requests: Array<{ readonly headers: http.IncomingHttpHeaders; readonly body: unknown }> =
      []
    const timers = new Set<NodeJS.Timeout>()
    let undelivered = 0

    const pause = (ms: number | undefined): Promise<void> => {
      if (ms === undefined) return Promise.resolve()
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          timers.delete(timer)
          resolve()
        }, ms)
        timers.add(timer)
      })
    }

    const answer = async (
      request: http.IncomingMessage,
      response: http.ServerResponse
    ): Promise<void> => {
      const body = await readBody(request)
      requests.push({ headers: request.headers, body })
      const step = script.next()
      await pause(step.beforeMs)
      if (step.instead !== undefined) {
        return send(response, step.instead.status, step.instead.body, step.instead.headers)
      }
      if (
        request.method !== "POST" ||
        !(request.headers["content-type"] ?? "").startsWith("application/json")
      ) {
        return send(response, 400, { error: "invalid_request" })
      }
      if (field(body, "grant_type") !== "refresh_token")
        return send(response, 400, { error: "unsupported_grant_type" })
      if (field(body, "client_id") === "") return send(response, 401, { error: "invalid_client" })
      // Like a server that does not begin the work of a client that hung up.
      if (request.socket.destroyed) return
      const redeemed = families.redeem(field(body, "refresh_token"), {
        ...defined({ keepRefresh: step.keepRefresh, account: step.account })
      })
      await pause(step.afterMs)
      if (step.lose === true) {
        undelivered += 1
        response.destroy()
        return
      }
      if (redeemed._tag === "Refused") {
        return send(response, 400, {
          error: "invalid_grant",
          error_description: "Refresh token not found or invalid"
        })
      }
      if (request.socket.destroyed) undelivered += 1
      sendGranted(response, step, redeemed.tokens)
    }

    const server = http.createServer((request, response) => {
      answer(request, response).catch(() => response.destroy())
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.async<void>((resume) => {
          for (const timer of timers) clearTimeout(timer)
          server.closeAllConnections()
          server.close(() => resume(Effect.void))
        })
    )
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    return {
      url: `http://127.0.0.1:${port}/v1/oauth/token`,
      families,
      script,
      requests,
      undelivered: () => undelivered
    }
  }
)
