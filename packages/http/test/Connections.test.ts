import { Socket } from "node:net"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Connections } from "../src/Connections.ts"
import { standardClientTimeouts } from "../src/GatewayOptions.ts"
import { adminToken, ask, clientToken, dial, hear, onTheWire, until, withGateway } from "./world.ts"

/** Connections with a clock of the test's own. */
const world = (connections: number, requests = 1_000, requestsPerClient = requests) => {
  const clock = { now: 0 }
  const all = new Connections({ connections, requests, requestsPerClient }, () => clock.now)
  const open = (client?: string) => {
    const socket = new Socket()
    all.add(socket)
    if (client !== undefined) {
      all.begin(socket)
      all.admit(socket, client)
      all.end(socket)
    }
    return socket
  }
  return { all, clock, open }
}

describe("connections", () => {
  it("without a token go when there is no room, the oldest first; then the newcomer", () => {
    const { all, clock, open } = world(3)
    const [first, second, third] = [open(), open(), open()]
    // All at once: none of them had time to say anything.
    const early = open()
    assert.deepStrictEqual(
      [first, second, third, early].map(({ destroyed }) => destroyed),
      [false, false, false, true]
    )
    clock.now = 200
    all.begin(first)
    clock.now = 400
    const fourth = open()
    assert.deepStrictEqual(
      [first, second, third, fourth].map(({ destroyed }) => destroyed),
      [false, true, false, false]
    )
    assert.strictEqual(all.size, 3)
  })

  it("that a client does not use go after them, of whoever has most; those in use never do", () => {
    const { all, clock, open } = world(4)
    const mine = [open("mine"), open("mine"), open("mine")]
    const other = open("other")
    for (const socket of mine.slice(1)) {
      all.begin(socket)
      all.admit(socket, "mine")
    }
    clock.now = 1_000
    const newcomer = open()
    assert.isTrue(mine[0]?.destroyed)
    assert.isFalse(other.destroyed)
    clock.now = 2_000
    // The newcomer said nothing since.
    const next = open()
    assert.isTrue(newcomer.destroyed)
    clock.now = 3_000
    all.begin(next)
    all.admit(next, "mine")
    assert.isFalse(open("third").destroyed)
    assert.isTrue(other.destroyed)
    assert.deepStrictEqual(
      [...mine.slice(1), next].map(({ destroyed }) => destroyed),
      [false, false, false]
    )
  })

  it("without a token last for a while, and no longer by asking for what everybody may", () => {
    const { all, clock, open } = world(10)
    const [silent, asking, proven] = [open(), open(), open("mine")]
    clock.now = 900
    all.begin(asking)
    all.end(asking)
    clock.now = 1_000
    all.sweep(1_000)
    assert.deepStrictEqual(
      [silent, asking, proven].map(({ destroyed }) => destroyed),
      [true, false, false]
    )
    clock.now = 1_900
    all.sweep(1_000)
    assert.deepStrictEqual([asking.destroyed, proven.destroyed], [true, false])
  })

  it("give one client half of the requests, whatever way they end", () => {
    const { all, open } = world(1_000, 40)
    const sockets = Array.from({ length: 20 }, () => open("mine"))
    const begin = (socket: Socket, client: string) => {
      all.begin(socket)
      return all.admit(socket, client)
    }
    for (const socket of sockets) assert.isTrue(begin(socket, "mine"))
    const late = open("mine")
    assert.isFalse(begin(late, "mine"))
    all.end(late)
    assert.isTrue(begin(open("other"), "other"))
    // One ends, one is broken off.
    for (const socket of sockets.slice(0, 1)) all.end(socket)
    sockets[1]?.emit("close")
    assert.isTrue(begin(open("mine"), "mine"))
    assert.isTrue(begin(open("mine"), "mine"))
    assert.isFalse(begin(open("mine"), "mine"))
  })

  it("give one client no more requests than one client may have, however many there may be", () => {
    const { all } = world(10_000, 1_000, 20)
    const admitted = Array.from({ length: 25 }, () => {
      const socket = new Socket()
      all.add(socket)
      all.begin(socket)
      return all.admit(socket, "mine")
    })
    assert.strictEqual(admitted.filter(Boolean).length, 20)
  })

  it("with several requests on one are counted for each of them", () => {
    const { all, open } = world(1_000, 32)
    const socket = open()
    for (let request = 0; request < 16; request++) {
      all.begin(socket)
      assert.isTrue(all.admit(socket, "mine"))
    }
    all.begin(socket)
    assert.isFalse(all.admit(socket, "mine"))
    for (let request = 0; request < 17; request++) all.end(socket)
    all.begin(socket)
    assert.isTrue(all.admit(socket, "mine"))
  })
})

describe("a gateway", () => {
  const timeouts = { ...standardClientTimeouts, unprovenMs: 300 }
  const ok = { script: { ka: () => Script.ok() }, gateway: { timeouts } }

  it.scopedLive(
    "closes connections that say nothing, or nothing with a token, within seconds",
    () =>
      withGateway(ok, (started) =>
        Effect.promise(async () => {
          const silent = hear(await dial(started))
          const health = await dial(started)
          const healthy = hear(health)
          health.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
          // A body that nobody asked for, a bit at a time, does not keep it open.
          const refused = await dial(started)
          const turnedAway = hear(refused)
          refused.write(
            "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 999\r\n\r\n{"
          )
          const proven = await dial(started)
          const served = hear(proven)
          proven.write(
            `GET /v1/models HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${clientToken}\r\n` +
              "anthropic-version: 2023-06-01\r\n\r\n"
          )
          assert.strictEqual((await silent).text, "")
          assert.match((await healthy).text, /^HTTP\/1\.1 200 /)
          assert.match((await turnedAway).text, /^HTTP\/1\.1 401 /)
          assert.isFalse(proven.destroyed)
          proven.end()
          assert.match((await served).text, /^HTTP\/1\.1 200 /)
        })
      )
  )

  it.scopedLive(
    "ends all that was asked in one go when the connection closes before its turn",
    () =>
      withGateway({ script: { ka: Script.always({ _tag: "Silent", how: "hang" }) } }, (started) =>
        Effect.gen(function* () {
          const { upstream } = started
          for (let round = 1; round <= 3; round++) {
            const socket = yield* Effect.promise(() => dial(started))
            socket.write(onTheWire(started).repeat(3))
            yield* Effect.promise(() => until(() => upstream.requests.length === 3 * round))
            socket.destroy()
            yield* Effect.promise(() => until(() => upstream.aborted() === 3 * round))
          }
          const metrics = yield* ask(started, {
            method: "GET",
            path: "/metrics",
            headers: { "x-api-key": adminToken }
          })
          // The one that is under way is this one.
          assert.match(metrics.text, /^clawdbot_requests_open 1$/m)
        })
      )
  )

  it.scopedLive(
    "begins four requests of hundreds in one go, and a further one when one is answered",
    () =>
      withGateway({ script: { ka: Script.always({ _tag: "Silent", how: "hang" }) } }, (started) =>
        Effect.promise(async () => {
          const socket = await dial(started)
          const hanging = onTheWire(started)
          const heard = hear(socket)
          // Those that follow need no upstream: a path that is unknown.
          const unknown = hanging.replace("/v1/messages", "/unknown")
          socket.write(unknown.repeat(50))
          socket.write(hanging.repeat(200))
          await until(() => started.upstream.requests.length >= 4)
          await ask(started, { method: "GET", path: "/healthz" })
          assert.strictEqual(started.upstream.requests.length, 4)
          socket.destroy()
          const { text } = await heard
          assert.strictEqual(text.match(/HTTP\/1\.1 404 /g)?.length, 50)
        })
      )
  )

  it.scopedLive("answers many requests in one go, also where the last one's body comes later", () =>
    withGateway({ script: { ka: () => Script.ok() } }, (started) =>
      Effect.promise(async () => {
        const all = onTheWire(started).repeat(6)
        const last = `${onTheWire(started, { headers: { connection: "close" } })}`
        const bytes = `${all}${last}`
        for (const cut of [5, 40, 200]) {
          const socket = await dial(started)
          const heard = hear(socket)
          // In the body of the fifth, and in that of the last.
          const fifth = onTheWire(started).length * 5 - cut
          const before = started.upstream.requests.length
          socket.write(bytes.slice(0, fifth))
          await until(() => started.upstream.requests.length === before + 4)
          socket.write(bytes.slice(fifth))
          const { text } = await heard
          assert.strictEqual(text.match(/HTTP\/1\.1 200 /g)?.length, 7, `${cut}`)
        }
      })
    )
  )

  it.scopedLive("serves whoever has a token while hundreds of connections say nothing", () =>
    withGateway({ script: { ka: () => Script.ok() } }, (started) =>
      Effect.gen(function* () {
        const silent = yield* Effect.promise(() =>
          Promise.all(Array.from({ length: 500 }, () => dial(started)))
        )
        for (let round = 0; round < 5; round++) {
          assert.strictEqual((yield* ask(started)).status, 200)
          const status = yield* ask(started, {
            method: "GET",
            path: "/clawdbot/agents",
            headers: { "x-api-key": adminToken }
          })
          assert.strictEqual(status.status, 200)
        }
        for (const socket of silent) socket.destroy()
      })
    )
  )
})
