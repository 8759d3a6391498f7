/**
 * Faults that pass every idle test and show only under load: each was met in a gateway of this
 * kind.
 */

import { IncomingMessage } from "node:http"
import { Socket } from "node:net"
import { Readable } from "node:stream"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { makeBudget } from "@clawdbot/http/dataPlane/BodyBudget"
import { maxHeld } from "@clawdbot/http/dataPlane/bodyLimit"
import { readBody } from "@clawdbot/http/dataPlane/readBody"
import { FairScheduler } from "@clawdbot/http/FairScheduler"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Pool } from "undici"
import {
  ask,
  body,
  clientToken,
  dial,
  hear,
  keys,
  onTheWire,
  streaming,
  until,
  withGateway
} from "./world.ts"

const collectGarbage = (): void => {
  setFlagsFromString("--expose-gc")
  const gc: unknown = runInNewContext("gc")
  if (typeof gc === "function") gc()
}

it.scopedLive("collecting garbage ends no stream that is open", () =>
  withGateway(
    { script: { ka: () => Script.ok({ text: "word ".repeat(40), gapMs: 25 }) } },
    (started) =>
      Effect.promise(async () => {
        const many = 32
        let ended = 0
        const listen = async () => {
          const socket = await dial(started)
          const heard = hear(socket)
          socket.write(onTheWire(started, { headers: { connection: "close" } }))
          const all = await heard
          ended += 1
          return all
        }
        const texts = Promise.all(Array.from({ length: many }, listen))
        // Between the collections the streams go on; they are open during all of them.
        for (let round = 0; round < 8; round++) {
          collectGarbage()
          const before = started.upstream.bytesWritten()
          await until(() => started.upstream.bytesWritten() > before || ended === many)
        }
        assert.strictEqual(
          (await texts).filter(({ text }) => text.includes("event: message_stop")).length,
          many
        )
        assert.strictEqual(started.upstream.aborted(), 0)
      })
  )
)

type Reading = (request: IncomingMessage) => Promise<Buffer>

/** As little as reading can cost: each piece kept, all put together once. */
const plainly: Reading = (request) =>
  new Promise((resolve) => {
    const pieces: Array<Buffer> = []
    request
      .on("data", (piece: Buffer) => pieces.push(piece))
      .on("end", () => resolve(Buffer.concat(pieces)))
  })

const asTheGateway: Reading = (request) =>
  new Promise((resolve, reject) =>
    readBody(request, makeBudget().open(""), maxHeld, new FairScheduler(() => 0).of(""), (read) =>
      Buffer.isBuffer(read) ? resolve(read) : reject(read)
    )
  )

/** Processor time of reading 26 MB in 1,600 pieces, in ms; the best of a few. */
const costOf = async (reading: Reading): Promise<number> => {
  const pieces = Array.from({ length: 1_600 }, () => Buffer.alloc(16 * 1024, "x"))
  const costs: Array<number> = []
  for (let round = 0; round < 5; round++) {
    const request = new IncomingMessage(new Socket())
    const source = Readable.from(pieces)
    source.on("data", (chunk: Buffer) => request.push(chunk)).on("end", () => request.push(null))
    const begun = process.cpuUsage()
    const read = await reading(request)
    const { system, user } = process.cpuUsage(begun)
    assert.strictEqual(read.length, 1_600 * 16 * 1024)
    costs.push((system + user) / 1_000)
  }
  return Math.min(...costs)
}

// Copying what is there for each piece that comes would be 800 times the bytes.
it.live(
  "a large body is read in about the time of its bytes, not of its bytes times its pieces",
  () =>
    Effect.promise(async () => {
      const least = await costOf(plainly)
      const ours = await costOf(asTheGateway)
      assert.isBelow(ours, Math.max(5, least) * 20)
    })
)

it.scopedLive(
  "connections to the provider are used again, and there are no more than requests at a time",
  () =>
    withGateway({ script: { ka: () => Script.ok() } }, (started) =>
      Effect.gen(function* () {
        for (let round = 0; round < 30; round++) {
          assert.strictEqual(
            (yield* ask(started, { body: round % 2 === 0 ? body : streaming })).status,
            200
          )
        }
        assert.strictEqual(started.upstream.connections(), 1)
        yield* Effect.promise(async () => {
          const pool = new Pool(started.gateway.url, { connections: 16 })
          const one = async () => {
            const response = await pool.request({
              path: "/v1/messages",
              method: "POST",
              headers: { "x-api-key": clientToken, "anthropic-version": "2023-06-01" },
              body: JSON.stringify(body)
            })
            await response.body.text()
          }
          await Promise.all(Array.from({ length: 300 }, one))
          await pool.close()
        })
        assert.isAtMost(started.upstream.connections(), 17)
      })
    )
)

it.scopedLive(
  "each request walks the credentials for itself: none is handed one that failed it before",
  () =>
    withGateway(
      {
        script: {
          ka: Script.always(Script.internal),
          kb: Script.always(Script.rateLimited({ "retry-after": "0" })),
          kc: () => Script.ok(),
          kd: () => Script.ok()
        },
        stores: { main: { ...keys("kb", "kc", "kd").main } }
      },
      (started) =>
        Effect.gen(function* () {
          const answers = yield* Effect.all(
            Array.from({ length: 200 }, (_, index) =>
              ask(started, { headers: { "x-index": String(index) } })
            ),
            { concurrency: 50 }
          )
          assert.deepStrictEqual([...new Set(answers.map((answer) => answer.status))], [200])
          const byRequest = new Map<string, Array<string>>()
          for (const { credential, headers } of started.upstream.requests) {
            const index = String(headers["x-index"])
            byRequest.set(index, [...(byRequest.get(index) ?? []), credential])
          }
          for (const tried of byRequest.values())
            assert.strictEqual(new Set(tried).size, tried.length)
        })
    )
)

it.scopedLive("what bodies held is given back: forty large ones leave no memory behind", () =>
  withGateway({ script: { ka: () => Script.ok() } }, (started) =>
    Effect.promise(async () => {
      const text = JSON.stringify({
        ...body,
        messages: [{ role: "user", content: "x".repeat(2 * 1024 * 1024) }]
      })
      const pool = new Pool(started.gateway.url, { connections: 4 })
      const one = async () => {
        const response = await pool.request({
          path: "/v1/messages",
          method: "POST",
          headers: { "x-api-key": clientToken, "anthropic-version": "2023-06-01" },
          body: text
        })
        await response.body.dump()
        // What the provider of the test keeps is not the gateway's.
        ;(started.upstream.requests as Array<unknown>).length = 0
      }
      for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 4 }, one))
      collectGarbage()
      const before = process.memoryUsage().arrayBuffers
      for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 4 }, one))
      await until(() => {
        collectGarbage()
        return process.memoryUsage().arrayBuffers - before < 16 * 1024 * 1024
      })
      await pool.close()
    })
  )
)
