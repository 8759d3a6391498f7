import { IncomingMessage } from "node:http"
import { Socket } from "node:net"
import { BodyBudget } from "@clawdbot/http/dataPlane/BodyBudget"
import { maxHeld } from "@clawdbot/http/dataPlane/bodyLimit"
import { readBody, TooMuchAtOnce } from "@clawdbot/http/dataPlane/readBody"
import { FairScheduler } from "@clawdbot/http/FairScheduler"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Gateway from "../src/startGateway.ts"
import {
  ask,
  clientToken,
  dial,
  gatewayOptions,
  hear,
  onTheWire,
  type Started,
  until,
  withGateway
} from "./world.ts"

const ok = { script: { ka: () => Script.ok() } }
const mebibyte = 1024 * 1024
const close = { connection: "close" }

/** One exchange over a bare socket. */
const say = (started: Started, options: Parameters<typeof onTheWire>[1]) =>
  Effect.promise(async () => {
    const socket = await dial(started)
    const heard = hear(socket)
    socket.write(onTheWire(started, { ...options, headers: { ...close, ...options?.headers } }))
    return await heard
  })

describe("limits", () => {
  it.scopedLive(
    "a body of 32 MB passes; one byte more is refused with a whole answer, announced or not",
    () =>
      withGateway(ok, (started) =>
        Effect.gen(function* () {
          const frame = '{"model":"claude-opus-4-5","pad":""}'
          const largest = frame.replace('""', `"${"x".repeat(32 * mebibyte - frame.length)}"`)
          assert.strictEqual((yield* ask(started, { body: largest })).status, 200)
          assert.strictEqual(started.upstream.requests[0]?.body.length, 32 * mebibyte)
          const announced = yield* say(started, { body: `${largest} ` })
          assert.match(announced.text, /^HTTP\/1\.1 413 /)
          assert.include(announced.text, '"type":"request_too_large"')
          assert.match(announced.text, /request-id: clawdbot_/)
          const chunked = yield* Effect.promise(async () => {
            const socket = await dial(started)
            const heard = hear(socket)
            const head =
              `POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${clientToken}\r\n` +
              "transfer-encoding: chunked\r\n\r\n"
            socket.write(head)
            const piece = `100000\r\n${"x".repeat(mebibyte)}\r\n`
            for (let sent = 0; sent < 34 && !socket.destroyed; sent++) socket.write(piece)
            socket.write("0\r\n\r\n")
            return await heard
          })
          assert.match(chunked.text, /^HTTP\/1\.1 413 /)
          assert.strictEqual(started.upstream.requests.length, 1)
        })
      )
  )

  it.scopedLive("headers over 64 KB are refused", () =>
    withGateway(ok, (started) =>
      Effect.gen(function* () {
        const heard = yield* say(started, { headers: { "x-long": "x".repeat(65 * 1024) } })
        assert.match(heard.text, /^HTTP\/1\.1 431 /)
        assert.strictEqual(started.upstream.requests.length, 0)
      })
    )
  )

  it(
    "all bodies together share one budget, one client " + "takes half of it, and all is given back",
    () => {
      const budget = new BodyBudget(10)
      const [mine, mineToo, other, third] = ["one", "one", "other", "third"].map((client) =>
        budget.open(client)
      )
      assert.isTrue(mine?.take(3))
      assert.isTrue(mineToo?.take(2))
      assert.isFalse(mineToo?.take(1))
      assert.isFalse(other?.take(6))
      assert.isTrue(other?.take(4))
      assert.isFalse(third?.take(2))
      assert.isTrue(third?.take(1))
      assert.strictEqual(budget.held, 10)
      mine?.close()
      mine?.close()
      assert.strictEqual(budget.held, 7)
      assert.isTrue(third?.take(3))
      for (const share of [mineToo, other, third]) share?.close()
      assert.strictEqual(budget.held, 0)
      assert.isTrue(mine?.take(5))
    }
  )

  it.effect("a body that would exceed the budget is refused", () =>
    Effect.gen(function* () {
      const request = new IncomingMessage(new Socket())
      const share = new BodyBudget(6).open("one")
      request.push("four")
      request.push(null)
      const read = yield* Effect.async<unknown>((resume) =>
        readBody(request, share, maxHeld, new FairScheduler(() => 0).of(""), (body) =>
          resume(Effect.succeed(body))
        )
      )
      assert.instanceOf(read, TooMuchAtOnce)
    })
  )
})

describe("doors", () => {
  it.scopedLive("only this machine's own names are served", () =>
    withGateway(ok, (started) =>
      Effect.gen(function* () {
        for (const host of [
          "evil.example",
          "evil.example:18789",
          "127.0.0.1.evil.example",
          "",
          "10.0.0.1"
        ]) {
          const { text } = yield* say(started, { host })
          assert.match(text, /^HTTP\/1\.1 40[03] /, host)
        }
        for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80"]) {
          const { text } = yield* say(started, { host })
          assert.match(text, /^HTTP\/1\.1 200 /, host)
        }
      })
    )
  )

  it.scopedLive(
    "off loopback, its addresses and the names it was given are served, others are not",
    () =>
      withGateway({ ...ok, gateway: { host: "0.0.0.0", hosts: ["claude.home"] } }, (started) =>
        Effect.gen(function* () {
          for (const host of ["claude.home:18789", "192.168.1.4", "localhost"]) {
            assert.match((yield* say(started, { host })).text, /^HTTP\/1\.1 200 /, host)
          }
          assert.match((yield* say(started, { host: "rebound.example" })).text, /^HTTP\/1\.1 403 /)
        })
      )
  )

  it.scopedLive("bound to loopback, the names it was given are served as well, exactly these", () =>
    withGateway({ ...ok, gateway: { hosts: ["host.docker.internal", "claude.home"] } }, (started) =>
      Effect.gen(function* () {
        for (const host of [
          "host.docker.internal:18789",
          "claude.home",
          "CLAUDE.home",
          "localhost"
        ])
          assert.match((yield* say(started, { host })).text, /^HTTP\/1\.1 200 /, host)
        for (const host of [
          "evil.example",
          "x.claude.home",
          "claude.home.evil.example",
          "10.0.0.1"
        ]) {
          const { text } = yield* say(started, { host })
          assert.match(text, /^HTTP\/1\.1 403 /, host)
          assert.include(text, `the Host \\"${host}\\" is not allowed; add it to gateway.hosts`)
        }
      })
    )
  )

  it.scopedLive(
    "a page of the gateway's own name is served behind a proxy with a certificate",
    () =>
      withGateway({ ...ok, gateway: { hosts: ["claude.home"] } }, (started) =>
        Effect.gen(function* () {
          const from = (host: string, origin: string) =>
            say(started, { host, headers: { origin, "sec-fetch-site": "same-origin" } })
          for (const [host, origin, status] of [
            ["claude.home", "https://claude.home", 200],
            ["claude.home", "http://claude.home", 200],
            ["claude.home", "https://other.home", 403],
            ["claude.home", "https://claude.home:8443", 403],
            ["localhost", "https://localhost", 403]
          ] as const) {
            const { text } = yield* from(host, origin)
            assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `), `${host} ${origin}`)
          }
        })
      )
  )

  it.scopedLive(
    "what a base URL adds to /v1/ is taken off; what leads nowhere names the base URL",
    () =>
      withGateway(ok, (started) =>
        Effect.gen(function* () {
          for (const path of ["//v1/messages", "/v1/v1/messages", "/v1//messages?beta=true"])
            assert.strictEqual((yield* ask(started, { path })).status, 200, path)
          assert.deepStrictEqual(
            started.upstream.requests.map(({ path }) => path),
            ["/v1/messages", "/v1/messages", "/v1/messages?beta=true"]
          )
          for (const path of ["/messages", "/anthropic/v1/messages", "/v1"]) {
            const answer = yield* ask(started, { path })
            assert.strictEqual(answer.status, 404, path)
            assert.include(answer.text, `set the client's base URL to ${started.gateway.url}`)
          }
          // A token is wanted all the same.
          const stranger = yield* ask(started, {
            path: "//v1/messages",
            headers: { "x-api-key": "x" }
          })
          assert.strictEqual(stranger.status, 401)
        })
      )
  )

  it.scopedLive("a path never leaves /v1/, however its dots are written", () =>
    withGateway(ok, (started) =>
      Effect.gen(function* () {
        for (const path of [
          "/v1/../api/oauth/usage",
          "/v1/%2e%2E/x",
          "/v1/.%2e/x",
          "/v1/..%2fx",
          "/v1/./messages",
          "/v1/..",
          "/v1"
        ]) {
          const { text } = yield* say(started, { path })
          assert.match(text, /^HTTP\/1\.1 404 /, path)
        }
        assert.strictEqual(started.upstream.requests.length, 0)
        yield* say(started, { path: "/v1/models/claude..x?after_id=../y", method: "GET", body: "" })
        assert.strictEqual(started.upstream.requests.length, 1)
      })
    )
  )

  it.scopedLive(
    "the client token is found in either header, beside whatever stands in the other",
    () =>
      withGateway(ok, (started) =>
        Effect.gen(function* () {
          const own = {
            "x-api-key": clientToken,
            authorization: "Bearer sk-ant-oat01-of-the-client"
          }
          assert.strictEqual((yield* ask(started, { headers: own })).status, 200)
          const seen = JSON.stringify(started.upstream.requests[0]?.rawHeaders)
          assert.notInclude(seen, "of-the-client")
          assert.notInclude(seen, clientToken)
        })
      )
  )

  it.scopedLive(
    "hop-by-hop and forwarding headers stay here, the rest passes in both directions",
    () =>
      withGateway(
        {
          script: {
            ka: () => Script.ok({ headers: { "x-provider": "kept", "keep-alive": "timeout=5" } })
          }
        },
        (started) =>
          Effect.gen(function* () {
            const { text } = yield* say(started, {
              body: '{"model":"m"}',
              headers: {
                connection: "close, x-named",
                "x-named": "dropped",
                "x-forwarded-for": "10.0.0.1",
                forwarded: "for=10.0.0.1",
                via: "1.1 x",
                te: "trailers",
                "x-clawdbot-agent": "main",
                "x-clawdbot-session": "s",
                "anthropic-version": "2026-10-21",
                "anthropic-anything": "kept",
                "user-agent": "person/1",
                "accept-encoding": "gzip, zstd, br;q=0.5"
              }
            })
            const headers = started.upstream.requests[0]?.headers ?? {}
            for (const name of [
              "x-named",
              "x-forwarded-for",
              "forwarded",
              "via",
              "te",
              "x-clawdbot-agent",
              "x-clawdbot-session"
            ]) {
              assert.notProperty(headers, name)
            }
            assert.deepInclude(headers, {
              "anthropic-version": "2026-10-21",
              "anthropic-anything": "kept",
              "user-agent": "person/1",
              "accept-encoding": "gzip, br;q=0.5"
            })
            assert.match(text, /^x-provider: kept\r$/m)
            assert.match(text, /^anthropic-organization-id: org_scripted\r$/m)
          })
      )
  )
})

describe("the end", () => {
  it.scopedLive(
    "a gateway that is told to stop finishes the request under way, and takes no other",
    () =>
      withGateway(
        { script: { ka: () => Script.ok({ text: "one two three four five", gapMs: 20 }) } },
        (outer) =>
          Effect.gen(function* () {
            const answer = yield* Effect.scoped(
              Effect.gen(function* () {
                const gateway = yield* Gateway.start({ ...gatewayOptions, drainMs: 10_000 })
                const started = { ...outer, gateway }
                const socket = yield* Effect.promise(() => dial(started))
                const heard = hear(socket)
                // The connection is left open: the gateway closes it when the answer is out.
                socket.write(onTheWire(started))
                yield* Effect.promise(() => until(() => outer.upstream.requests.length === 1))
                return { heard, started }
              })
            )
            const { text } = yield* Effect.promise(() => answer.heard)
            assert.include(text, "event: message_stop")
            const refused = yield* Effect.either(Effect.tryPromise(() => dial(answer.started)))
            assert.strictEqual(refused._tag, "Left")
          })
      )
  )

  it.scopedLive("what does not end in time is ended, upstream too", () =>
    withGateway({ script: { ka: Script.always({ _tag: "Silent", how: "hang" }) } }, (outer) =>
      Effect.gen(function* () {
        const heard = yield* Effect.scoped(
          Effect.gen(function* () {
            const gateway = yield* Gateway.start({ ...gatewayOptions, drainMs: 50 })
            const started = { ...outer, gateway }
            const socket = yield* Effect.promise(() => dial(started))
            const heard = hear(socket)
            socket.write(onTheWire(started))
            yield* Effect.promise(() => until(() => outer.upstream.requests.length === 1))
            return heard
          })
        )
        assert.strictEqual((yield* Effect.promise(() => heard)).bytes, 0)
        yield* Effect.promise(() => until(() => outer.upstream.aborted() === 1))
      })
    )
  )
})

describe("agents", () => {
  const stores = {
    main: { profiles: { a: { type: "api_key", provider: "anthropic", key: "ka" } } },
    work: { profiles: { b: { type: "api_key", provider: "anthropic", key: "kb" } } }
  }
  const config = {
    agents: { list: [{ id: "main", default: true }, { id: "work" }, { id: "idle" }] }
  }
  it.scopedLive(
    "x-clawdbot-agent chooses whose credentials are used; nothing is borrowed from another agent",
    () =>
      withGateway(
        { script: { ka: () => Script.ok(), kb: () => Script.ok() }, stores, config },
        (started) =>
          Effect.gen(function* () {
            yield* ask(started)
            yield* ask(started, { headers: { "x-clawdbot-agent": "work" } })
            const idle = yield* ask(started, { headers: { "x-clawdbot-agent": "idle" } })
            assert.strictEqual(idle.status, 401)
            assert.include(idle.text, 'agent \\"idle\\"')
            assert.include(idle.text, "--agent idle")
            assert.deepStrictEqual(
              started.upstream.requests.map((request) => request.credential),
              ["ka", "kb"]
            )
          })
      )
  )
})
