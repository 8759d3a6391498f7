/**
 * `TokenEndpoint` over HTTP (docs/provider.md): one JSON request on a connection of its
 * own, https or loopback only, no redirects, the proxies of the environment honoured (decision
 * D26c). The client is loaded when a login is refreshed for the first time.
 */
import { isLoopback } from "@clawdbot/domain/Auth/upstreamOrigin"
import { Environment, trustedValues, type Variable } from "@clawdbot/domain/Environment/Environment"
import {
  TokenEndpoint,
  type TokenRequest,
  TokenRequestFailed,
  type UnreadAnswer
} from "@clawdbot/domain/OAuth/TokenEndpoint"
import { readAnswer } from "@clawdbot/domain/OAuth/tokenAnswer"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Dispatcher } from "undici"
import { codeOf } from "../File/FileFailure.ts"
import type { ProxyFor } from "../Upstream/proxySettings.ts"
import * as ProxySettings from "../Upstream/proxySettings.ts"
import { unpackAnswer } from "./unpackAnswer.ts"

/** Of an answer no more than this is read, in bytes. */
const maxAnswer = 64 * 1024

/** Whether a token may be sent there at all. */
const isSafe = (url: URL): boolean =>
  url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))

const open = async (proxyFor: ProxyFor | undefined): Promise<Dispatcher> => {
  const { connect } = await import("./tokenConnection.ts")
  return connect(proxyFor)
}

interface Exchange {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly encoding: string | undefined
  readonly bytes: Buffer
}

/**
 * An exchange that did not come to an answer: `out` tells whether the request may have been seen.
 */
class Cut extends Error {
  readonly out: boolean
  readonly code: string
  constructor(out: boolean, code: string) {
    super(code)
    this.out = out
    this.code = code
  }
}

/** Nothing was sent: the lease had become somebody else's meanwhile. */
class Fenced extends Error {}

const header = (value: string | ReadonlyArray<string> | undefined): string | undefined => {
  if (typeof value === "string") return value
  return value?.[0]
}

const exchange = (
  dispatcher: Dispatcher,
  url: URL,
  body: string,
  mayAsk: () => boolean
): Promise<Exchange> =>
  new Promise((resolve, reject) => {
    let out = false
    let status = 0
    let retryAfter: string | undefined
    let encoding: string | undefined
    let size = 0
    const chunks: Array<Buffer> = []
    const done = () => resolve({ status, retryAfter, encoding, bytes: Buffer.concat(chunks) })
    dispatcher.dispatch(
      {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: "POST",
        reset: true,
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          // Asked for, which does not mean granted: see `unpackAnswer`.
          "accept-encoding": "identity",
          "anthropic-beta": "oauth-2025-04-20",
          "user-agent": "clawdbot"
        },
        body
      },
      {
        // Connected, and right before the bytes go out.
        onRequestStart: (controller) => {
          if (mayAsk()) out = true
          else controller.abort(new Fenced())
        },
        onResponseStart: (_controller, statusCode, headers) => {
          status = statusCode
          retryAfter = header(headers["retry-after"])
          encoding = header(headers["content-encoding"])
        },
        onResponseData: (controller, chunk) => {
          size += chunk.length
          chunks.push(chunk)
          if (size <= maxAnswer) return
          // Whatever this is, it is no token answer. What was read so far says the rest.
          controller.pause()
          done()
        },
        onResponseEnd: done,
        onResponseError: (_controller, cause) =>
          reject(cause instanceof Fenced ? cause : new Cut(out, reasonOf(cause)))
      }
    )
  })

/** The system's code of the innermost cause: a time-out over several addresses hides it inside. */
const reasonOf = (cause: unknown): string => {
  const inner = cause instanceof AggregateError ? cause.errors[0] : undefined
  return codeOf(inner ?? cause)
}

const cutOff = (cause: unknown): TokenRequestFailed => {
  if (cause instanceof Fenced)
    return new TokenRequestFailed({
      cause: "fenced",
      detail: "the lease ended",
      transient: false,
      uncertain: false
    })
  return new TokenRequestFailed({
    cause: "offline",
    detail: cause instanceof Cut ? cause.code : codeOf(cause),
    transient: true,
    uncertain: !(cause instanceof Cut) || cause.out
  })
}

const refused = (detail: string): TokenRequestFailed =>
  new TokenRequestFailed({ cause: "offline", detail, transient: false, uncertain: false })

const rawOf = ({ bytes, encoding, status }: Exchange): UnreadAnswer => ({
  status,
  encoding,
  bytes: Redacted.make(bytes.toString("base64"))
})

/** Looks at a kept answer as at one that just came. */
const reread = (raw: UnreadAnswer) => {
  const bytes = Buffer.from(Redacted.value(raw.bytes), "base64")
  const body = unpackAnswer(bytes, raw.encoding)
  return Either.getRight(readAnswer({ status: raw.status, retryAfter: undefined, body }))
}

const refreshThrough = Effect.fn("TokenEndpointHttp.refresh")(function* (
  variables: Effect.Effect<ReadonlyMap<string, Variable>>,
  request: TokenRequest
) {
  const url = yield* Effect.try({
    try: () => new URL(request.tokenUrl),
    catch: () => refused("not a URL")
  })
  if (!isSafe(url)) return yield* refused("the token endpoint must be https, or http to loopback")
  const proxyFor = yield* Either.mapLeft(
    ProxySettings.fromVariables(trustedValues(yield* variables)),
    ({ message }) => refused(message)
  )
  const body = JSON.stringify({
    grant_type: "refresh_token",
    refresh_token: Redacted.value(request.refreshToken),
    client_id: request.clientId
  })
  const answer = yield* Effect.acquireUseRelease(
    Effect.promise(() => open(proxyFor)),
    (dispatcher) =>
      Effect.tryPromise({
        try: () => exchange(dispatcher, url, body, request.mayAsk ?? (() => true)),
        catch: cutOff
      }),
    // Also what ends an exchange that was interrupted. Nobody waits for it: an answer is on its way
    // into the journal.
    (dispatcher) => Effect.sync(() => void dispatcher.destroy().catch(() => undefined))
  )
  return yield* readAnswer({
    status: answer.status,
    retryAfter: answer.retryAfter,
    body: unpackAnswer(answer.bytes, answer.encoding),
    raw: rawOf(answer),
    now: yield* Clock.currentTimeMillis
  })
})

/** The endpoint that a request names. */
export const make = Effect.map(Environment, ({ base }) => ({
  refresh: (request: TokenRequest) => refreshThrough(base, request),
  reread
}))

/** The layer of {@link make}. */
export const layer: Layer.Layer<TokenEndpoint, never, Environment> = Layer.effect(
  TokenEndpoint,
  make
)
