import * as http from "node:http"
import type { AddressInfo } from "node:net"
import * as net from "node:net"
import { TokenEndpoint, type TokenRequestFailed } from "@clawdbot/domain/OAuth/TokenEndpoint"
import * as TokenEndpointHttp from "@clawdbot/node/OAuth/TokenEndpointHttp"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as ScriptedTokenEndpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import * as TokenScript from "@clawdbot/testing/OAuth/TokenScript"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

const secret = "sk-ant-ort01-planted-0123456789"

const direct = Layer.provide(TokenEndpointHttp.layer, EnvironmentMemory.layer())

const ask = (tokenUrl: string, refreshToken = secret) =>
  Effect.flatMap(TokenEndpoint, (endpoint) =>
    endpoint.refresh({ refreshToken: Redacted.make(refreshToken), clientId: "client", tokenUrl })
  ).pipe(Effect.provide(direct))

const failed = (tokenUrl: string) =>
  Effect.map(Effect.flip(ask(tokenUrl)), (failure) => {
    assert.notInclude(`${failure.message} ${JSON.stringify(failure)}`, secret)
    if (failure._tag === "GrantRefused") throw new Error("no refusal was expected")
    return failure
  })

/** A server that does as it likes with a connection. */
const rawServer = (onSocket: (socket: net.Socket) => void) =>
  Effect.acquireRelease(
    Effect.async<net.Server>((resume) => {
      const server = net.createServer((socket) => {
        socket.on("error", () => undefined)
        onSocket(socket)
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  ).pipe(Effect.map((server) => `http://127.0.0.1:${portOf(server)}/token`))

const portOf = (server: net.Server): number => {
  const address: AddressInfo | string | null = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

const respond = (text: string) =>
  rawServer((socket) => {
    socket.once("data", () => socket.end(text))
  })

describe("TokenEndpointHttp", () => {
  it.scopedLive("redeems with one JSON request", () =>
    Effect.gen(function* () {
      const endpoint = yield* ScriptedTokenEndpoint.make
      const tokens = endpoint.families.signIn("me")
      const grant = yield* ask(endpoint.url, tokens.refresh)
      assert.isTrue(endpoint.families.isCurrent(Redacted.value(grant.access)))
      assert.strictEqual(grant.accountId, "me")
      assert.strictEqual(grant.expiresInMs, 28_800_000)
      const [request] = endpoint.requests
      assert.deepStrictEqual(request?.body, {
        grant_type: "refresh_token",
        refresh_token: tokens.refresh,
        client_id: "client"
      })
      assert.strictEqual(request?.headers["content-type"], "application/json")
    })
  )

  it.scopedLive("asks for plain bytes, and reads packed ones all the same", () =>
    Effect.gen(function* () {
      const endpoint = yield* ScriptedTokenEndpoint.make
      for (const packed of ["gzip", "bare gzip", "deflate", "raw deflate", "br"] as const) {
        endpoint.script.push({ packed })
        const grant = yield* ask(endpoint.url, endpoint.families.signIn().refresh)
        assert.isTrue(endpoint.families.isCurrent(Redacted.value(grant.access)), packed)
      }
      assert.strictEqual(endpoint.requests[0]?.headers["accept-encoding"], "identity")
    })
  )

  it.scopedLive("takes an answer as it is whose header says that it is packed", () =>
    Effect.gen(function* () {
      const body = '{"access_token":"sk-ant-oat01-a"}'
      const url = yield* respond(
        `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n${body}`
      )
      assert.strictEqual(Redacted.value((yield* ask(url)).access), "sk-ant-oat01-a")
    })
  )

  it.scopedLive("keeps an answer that it cannot unpack, to be read again later", () =>
    Effect.gen(function* () {
      const server = yield* ScriptedTokenEndpoint.make
      server.script.push({ packed: "unknown" })
      const { refresh } = server.families.signIn()
      const failure = yield* Effect.flip(ask(server.url, refresh)).pipe(
        Effect.filterOrDieMessage((failure) => failure._tag === "TokenRequestFailed", "not refused")
      )
      assert.deepInclude(failure, { cause: "malformed", uncertain: true, transient: false })
      const unread = failure.unread
      assert.strictEqual(unread?.encoding, "x-unknown")
      if (unread === undefined) return
      const { reread } = yield* TokenEndpoint
      assert.isTrue(Option.isNone(reread(unread)))
      // As a version would see it that knows this packing.
      const bytes = Buffer.from(Redacted.value(unread.bytes), "base64").reverse()
      const known = { ...unread, encoding: "gzip", bytes: Redacted.make(bytes.toString("base64")) }
      const grant = Option.getOrThrow(reread(known))
      assert.isTrue(server.families.isCurrent(Redacted.value(grant.access)))
    }).pipe(Effect.provide(direct))
  )

  it.scopedLive("knows a refusal", () =>
    Effect.gen(function* () {
      const endpoint = yield* ScriptedTokenEndpoint.make
      const failure = yield* Effect.flip(ask(endpoint.url))
      assert.deepInclude(failure, { _tag: "GrantRefused", code: "invalid_grant", status: 400 })
    })
  )

  it.scopedLive("knows a throttle, a page and a failure", () =>
    Effect.gen(function* () {
      const endpoint = yield* ScriptedTokenEndpoint.make
      endpoint.script.push(
        TokenScript.throttled(3_600),
        TokenScript.html(200),
        TokenScript.html(502)
      )
      assert.deepInclude(yield* failed(endpoint.url), {
        cause: "throttled",
        retryAfterMs: 3_600_000,
        uncertain: false
      })
      assert.deepInclude(yield* failed(endpoint.url), { cause: "malformed", uncertain: true })
      assert.deepInclude(yield* failed(endpoint.url), { cause: "server", uncertain: true })
    })
  )

  it.scopedLive("knows whether a request was out when the connection broke", () =>
    Effect.gen(function* () {
      const endpoint = yield* ScriptedTokenEndpoint.make
      endpoint.script.push({ lose: true })
      const tokens = endpoint.families.signIn()
      const lost: TokenRequestFailed = yield* Effect.flip(ask(endpoint.url, tokens.refresh)).pipe(
        Effect.filterOrDieMessage((failure) => failure._tag === "TokenRequestFailed", "not refused")
      )
      assert.deepInclude(lost, { cause: "offline", uncertain: true })
      assert.strictEqual(endpoint.families.counters().grants, 1)
      // Nobody listens on a port that was just given back.
      const closed = yield* Effect.scoped(respond(""))
      assert.deepInclude(yield* failed(closed), {
        cause: "offline",
        detail: "ECONNREFUSED",
        uncertain: false
      })
      assert.deepInclude(yield* failed("https://token.invalid/token"), {
        cause: "offline",
        uncertain: false
      })
    })
  )

  it.scopedLive("follows no redirect", () =>
    Effect.gen(function* () {
      const endpoint = yield* ScriptedTokenEndpoint.make
      const url = yield* respond(
        `HTTP/1.1 307 Temporary Redirect\r\nlocation: ${endpoint.url}\r\ncontent-length: 0\r\n\r\n`
      )
      assert.deepInclude(yield* failed(url), {
        cause: "malformed",
        detail: "status 307",
        transient: false
      })
      assert.lengthOf(endpoint.requests, 0)
    })
  )

  it.scopedLive("reads no more of an answer than an answer can be", () =>
    Effect.gen(function* () {
      const url = yield* rawServer((socket) => {
        socket.once("data", () => {
          socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
          const chunk = `1000\r\n${"x".repeat(0x1000)}\r\n`
          const more = () => {
            while (socket.writable && socket.write(chunk));
          }
          socket.on("drain", more)
          more()
        })
      })
      assert.deepInclude(yield* failed(url), { cause: "malformed", uncertain: true })
    })
  )

  it.scopedLive("sends a token nowhere in the clear", () =>
    Effect.gen(function* () {
      for (const url of [
        "http://example.com/token",
        "http://127.0.0.1.example.com/",
        "ftp://127.0.0.1/",
        "nonsense"
      ]) {
        assert.deepInclude(yield* failed(url), {
          cause: "offline",
          transient: false,
          uncertain: false
        })
      }
    })
  )

  it.scopedLive("closes its connection when nobody waits any more", () =>
    Effect.gen(function* () {
      let closed: () => void = () => undefined
      const gone = new Promise<void>((resolve) => {
        closed = resolve
      })
      let arrived: () => void = () => undefined
      const there = new Promise<void>((resolve) => {
        arrived = resolve
      })
      const server = http.createServer((request) => {
        request.socket.on("close", () => closed())
        arrived()
      })
      yield* Effect.acquireRelease(
        Effect.async<void>((resume) => {
          server.listen(0, "127.0.0.1", () => resume(Effect.void))
        }),
        () => Effect.sync(() => server.close())
      )
      const asking = yield* Effect.fork(ask(`http://127.0.0.1:${portOf(server)}/token`))
      yield* Effect.promise(() => there)
      yield* Fiber.interrupt(asking)
      yield* Effect.promise(() => gone)
    })
  )
})
