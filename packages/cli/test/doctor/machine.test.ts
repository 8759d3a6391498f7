/**
 * What `doctor` finds around the files: a gateway that runs, the network, the clock, the disk.
 * Everything is on loopback.
 */
import * as fs from "node:fs"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { UpstreamClient } from "@clawdbot/node/Upstream/UpstreamClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import type { Dispatcher } from "undici"
import { networkFileSystem } from "../../src/doctor/machine.ts"
import { reachThrough } from "../../src/doctor/network.ts"
import { freshHome, put, run } from "../commandLine.ts"

const key = {
  type: "api_key",
  provider: "anthropic",
  key: "sk-ant-api03-doctor-AAAAAAAAAAAAAAAAAAAA"
}
const login = {
  type: "oauth",
  provider: "anthropic",
  access: "a",
  refresh: "r",
  expires: 4_102_444_800_000
}

/** A server at a free port, or at a path; gone after the test. */
const server = (answer: http.RequestListener, place: number | string = 0) =>
  Effect.acquireRelease(
    Effect.async<http.Server>((resume) => {
      const made = http.createServer(answer)
      const ready = () => resume(Effect.succeed(made))
      if (typeof place === "string") made.listen(place, ready)
      else made.listen(place, "127.0.0.1", ready)
    }),
    (made) =>
      Effect.async<void>((resume) => {
        made.closeAllConnections()
        made.close(() => resume(Effect.void))
      })
  )
const portOf = (made: http.Server): number => (made.address() as AddressInfo).port

const dated =
  (aheadMs: number): http.RequestListener =>
  (_request, response) =>
    void response.writeHead(401, { date: new Date(Date.now() + aheadMs).toUTCString() }).end("{}")

/** A home whose gateway and provider are at these places. Nobody listens at port 1. */
const world = (options: {
  readonly gatewayPort?: number
  readonly provider?: string
  readonly tokenUrl?: string
  readonly profile?: unknown
}) =>
  Effect.gen(function* () {
    const home = yield* freshHome
    const anthropic = {
      baseUrl: options.provider ?? "http://127.0.0.1:1",
      oauth: { tokenUrl: options.tokenUrl ?? "http://127.0.0.1:1/token" }
    }
    const config = {
      gateway: { port: options.gatewayPort ?? 1 },
      models: { providers: { anthropic } }
    }
    yield* put(home, ".clawdbot/clawdbot.json", JSON.stringify(config))
    const profiles = { "anthropic:me": options.profile ?? key }
    yield* put(
      home,
      ".clawdbot/agents/main/agent/auth-profiles.json",
      JSON.stringify({ version: 1, profiles })
    )
    return home
  })

interface Found {
  readonly id: string
  readonly severity: string
  readonly what: string
  readonly why: string
  readonly fix: string
}

const machineIds = /^(gateway|provider|token-endpoint|clock|network)-/

/** The findings about the machine. */
const found = (home: string, ...flags: ReadonlyArray<string>) =>
  Effect.map(run(home, ["doctor", "--json", ...flags]), ({ stdout }) => {
    const { findings } = JSON.parse(stdout) as { findings: ReadonlyArray<Found> }
    return findings.filter(({ id }) => machineIds.test(id))
  })

describe("doctor and the network", () => {
  it.scopedLive("asks nobody else unless it is told to", () =>
    Effect.gen(function* () {
      let asked = 0
      const provider = yield* server((_request, response) => {
        asked += 1
        response.end()
      })
      const home = yield* world({ provider: `http://127.0.0.1:${portOf(provider)}` })
      assert.deepStrictEqual(yield* found(home), [])
      assert.strictEqual(asked, 0)
    })
  )

  it.scopedLive(
    "reaches the provider below its path, without a credential, and has nothing to say when " +
      "all is well",
    () =>
      Effect.gen(function* () {
        const asked: Array<http.IncomingMessage> = []
        const provider = yield* server((request, response) => {
          asked.push(request)
          dated(0)(request, response)
        })
        const home = yield* world({ provider: `http://127.0.0.1:${portOf(provider)}/anthropic` })
        assert.deepStrictEqual(yield* found(home, "--network"), [])
        assert.deepStrictEqual(
          asked.map(({ method, url }) => `${method} ${url}`),
          ["GET /anthropic/v1/models"]
        )
        assert.notProperty(asked[0]?.headers ?? {}, "authorization")
        assert.notProperty(asked[0]?.headers ?? {}, "x-api-key")
      })
  )

  it.scopedLive("tells what cannot be reached; the token endpoint only where a login is kept", () =>
    Effect.gen(function* () {
      const withKey = yield* found(yield* world({}), "--network")
      assert.deepStrictEqual(
        withKey.map(({ id }) => id),
        ["provider-unreachable"]
      )
      assert.include(
        withKey[0]?.what ?? "",
        "the provider http://127.0.0.1:1 cannot be reached (ECONNREFUSED)"
      )
      const withLogin = yield* found(yield* world({ profile: login }), "--network")
      assert.deepStrictEqual(
        withLogin.map(({ id, severity }) => [id, severity]),
        [
          ["provider-unreachable", "problem"],
          ["token-endpoint-unreachable", "problem"]
        ]
      )
      assert.include(withLogin[1]?.fix ?? "", "models.providers.anthropic.oauth.tokenUrl")
    })
  )

  it.effect("waits five seconds for one that says nothing, and leaves the connection", () =>
    Effect.gen(function* () {
      let aborted = 0
      const silent = UpstreamClient.of({
        dispatch: (_request, handler) => {
          const controller: Dispatcher.DispatchController = {
            aborted: false,
            paused: false,
            reason: null,
            abort: () => void aborted++,
            pause: () => undefined,
            resume: () => undefined
          }
          handler.onRequestStart?.(controller, undefined)
          return true
        }
      })
      const address = "http://127.0.0.1:1"
      const asking = yield* Effect.fork(
        Effect.provideService(
          reachThrough([{ what: "provider", address, path: "/v1/models" }]),
          UpstreamClient,
          silent
        )
      )
      yield* TestClock.adjust("4999 millis")
      assert.isNull(yield* Fiber.poll(asking).pipe(Effect.map(Option.getOrNull)))
      assert.strictEqual(aborted, 0)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(asking), [
        { what: "provider", address, outcome: { _tag: "Failed", code: "ETIMEDOUT" } }
      ])
      assert.strictEqual(aborted, 1)
    })
  )

  it.scopedLive("a clock that is far from the provider's, behind or ahead", () =>
    Effect.gen(function* () {
      const skew = (aheadMs: number) =>
        Effect.gen(function* () {
          const provider = yield* server(dated(aheadMs))
          const findings = yield* found(
            yield* world({ provider: `http://127.0.0.1:${portOf(provider)}` }),
            "--network"
          )
          assert.deepStrictEqual(
            findings.map(({ id, severity }) => [id, severity]),
            [["clock-skew", "warning"]]
          )
          return findings[0]?.what ?? ""
        })
      assert.match(yield* skew(5_400_000), /clock is (1h|2h|89m|90m)\S* behind that of http/)
      assert.match(yield* skew(-5_400_000), /clock is (1h|2h|89m|90m)\S* ahead of that of http/)
    })
  )
})

describe("doctor and a gateway that runs", () => {
  const health =
    (headers: Readonly<Record<string, string>> = {}): http.RequestListener =>
    (_request, response) =>
      void response.writeHead(200, headers).end('{"status":"ok","service":"clawdbot"}')
  const atSocket = (home: string) => {
    fs.mkdirSync(`${home}/.clawdbot/run`, { recursive: true, mode: 0o700 })
    return server(health(), `${home}/.clawdbot/run/gateway.sock`)
  }
  const ids = (home: string) => Effect.map(found(home), (findings) => findings.map(({ id }) => id))

  it.scopedLive("at its place and its socket: nothing to say", () =>
    Effect.gen(function* () {
      const gateway = yield* server(health())
      const home = yield* world({ gatewayPort: portOf(gateway) })
      yield* atSocket(home)
      assert.deepStrictEqual(yield* ids(home), [])
    })
  )

  it.scopedLive("on this state folder, but not where the config puts it", () =>
    Effect.gen(function* () {
      const home = yield* world({})
      yield* atSocket(home)
      const [first, ...more] = yield* found(home)
      assert.deepStrictEqual(more, [])
      assert.strictEqual(first?.id, "gateway-other-settings")
      assert.include(first?.fix ?? "", "clawdbot gateway")
    })
  )

  it.scopedLive(
    "at the place, but for another state folder, in practice mode, or no gateway at all",
    () =>
      Effect.gen(function* () {
        const kinds = [
          [health(), "gateway-elsewhere"],
          [health({ "x-clawdbot-practice": "true" }), "gateway-practice"],
          [dated(0), "gateway-port-taken"]
        ] as const
        for (const [answer, id] of kinds) {
          const gateway = yield* server(answer)
          assert.deepStrictEqual(yield* ids(yield* world({ gatewayPort: portOf(gateway) })), [id])
        }
      })
  )
})

describe("doctor and the disk", () => {
  it.effect.skipIf(process.platform !== "linux")(
    "knows a network file system by its number (Linux)",
    () =>
      Effect.gen(function* () {
        const named = (type: number) => networkFileSystem("/", () => Promise.resolve({ type }))
        assert.strictEqual(yield* named(0x6969), "NFS")
        // Node gives the number as it comes, which may be negative.
        assert.strictEqual(yield* named(0xfe534d42 | 0), "SMB")
        assert.isUndefined(yield* named(0xef53))
        assert.isUndefined(yield* networkFileSystem("/nowhere/at/all"))
      })
  )
})
