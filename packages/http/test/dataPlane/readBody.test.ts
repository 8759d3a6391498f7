import { createServer, type IncomingMessage } from "node:http"
import { connect } from "node:net"
import { BodyBudget } from "@clawdbot/http/dataPlane/BodyBudget"
import { type BegunBody, type BodyError, readBody } from "@clawdbot/http/dataPlane/readBody"
import { FairScheduler } from "@clawdbot/http/FairScheduler"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"

const head = (body: string) => `POST / HTTP/1.1\r\nhost: localhost\r\n${body}\r\n\r\n`
const chunked = head("transfer-encoding: chunked")

/**
 * What came of a request that was sent in one go, and how many pieces of its body were taken in
 * each turn until it was whole. `spent` is what its client had spent of its share before, in µs.
 */
const readInTurns = (bytes: string, spent = 0) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const turns = [0]
      // Time stands still: what is counted are costs and turns.
      const scheduler = new FairScheduler(() => 0, {
        onNextTurn: (run) =>
          setImmediate(() => {
            turns.push(0)
            run()
          }),
        onBytes: () => {
          turns[turns.length - 1] = (turns.at(-1) ?? 0) + 1
        },
        // No pauses: they depend on how busy the machine is.
        worked: () => 0
      })
      const server = createServer({ highWaterMark: 64 * 1024 })
      return { scheduler, server, turns }
    }),
    ({ scheduler, server, turns }) =>
      Effect.async<{ body: Buffer | BegunBody | BodyError; turns: ReadonlyArray<number> }>(
        (resume) => {
          const take = (request: IncomingMessage) => {
            // Another client is there, so that the time is shared.
            scheduler.of("other").spend(1)
            scheduler.of("it").spend(spent)
            const share = new BodyBudget(1024 * 1024).open("it")
            readBody(request, share, 1024 * 1024, scheduler.of("it"), (read) => {
              request.socket.destroy()
              resume(Effect.succeed({ body: read, turns: [...turns] }))
            })
          }
          server.on("request", take)
          server.listen(0, "127.0.0.1", () => {
            const address = server.address()
            const port = typeof address === "object" ? (address?.port ?? 0) : 0
            const socket = connect(port, "127.0.0.1", () => socket.write(bytes))
            socket.on("error", () => undefined)
          })
        }
      ),
    ({ server }) => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
  )

it.live("takes no more of a body in tiny chunks in a turn than its client's share", () =>
  Effect.gen(function* () {
    const { body, turns } = yield* readInTurns(`${chunked}${"1\r\nx\r\n".repeat(10_000)}`)
    assert.strictEqual("_tag" in body ? body._tag : undefined, "BodyInTinyChunks")
    // A turn's share is 1 ms, and a piece is reckoned with 10 µs.
    assert.isAtMost(Math.max(...turns), 110)
    assert.isAtLeast(turns.length, 40)
  })
)

it.live("gives all of a body whose pieces waited for their turn, in order", () =>
  Effect.gen(function* () {
    const pieces = Array.from({ length: 2_000 }, (_, index) => `<piece ${index}>`)
    const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
    const sent = `${chunked}${pieces.map(chunk).join("")}0\r\n\r\n`
    const { body, turns } = yield* readInTurns(sent)
    assert.strictEqual(Buffer.isBuffer(body) ? body.toString() : undefined, pieces.join(""))
    assert.isAtMost(Math.max(...turns), 110)
  })
)

it.live("gives a body that came whole at once, however much its client spent before", () =>
  Effect.gen(function* () {
    const { body, turns } = yield* readInTurns(`${head("content-length: 5")}whole`, 1_000_000)
    assert.strictEqual(Buffer.isBuffer(body) ? body.toString() : undefined, "whole")
    assert.deepStrictEqual(turns, [1])
  })
)
