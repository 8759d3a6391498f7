import { createServer, type IncomingMessage } from "node:http"
import { connect } from "node:net"
import { BodyBudget } from "@clawdbot/http/dataPlane/BodyBudget"
import { type BegunBody, type BodyError, readBody } from "@clawdbot/http/dataPlane/readBody"
import { type ClientTurns, FairScheduler } from "@clawdbot/http/FairScheduler"
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
      Effect.async<{
        body: Buffer | BegunBody | BodyError
        turns: ReadonlyArray<number>
        given: () => number
      }>((resume) => {
        const take = (request: IncomingMessage) => {
          let count = 0
          const push = request.push
          request.push = (chunk: unknown) => {
            count += 1
            return push.call(request, chunk)
          }
          const given = () => count
          // Another client is there, so that the time is shared.
          scheduler.of("other").spend(1)
          scheduler.of("it").spend(spent)
          const share = new BodyBudget(1024 * 1024).open("it")
          readBody(request, share, 1024 * 1024, scheduler.of("it"), (read) => {
            const taken = [...turns]
            // When the read that it came in is over.
            setImmediate(() => {
              request.socket.destroy()
              resume(Effect.succeed({ body: read, turns: taken, given }))
            })
          })
        }
        server.on("request", take)
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" ? (address?.port ?? 0) : 0
          const socket = connect(port, "127.0.0.1", () => socket.write(bytes))
          socket.on("error", () => undefined)
        })
      }),
    ({ server }) => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
  )

/** Sends texts to a server, each over a connection of its own when the last one is closed. */
const withServer = (
  take: (request: IncomingMessage, turns: ClientTurns, done: () => void) => void,
  texts: ReadonlyArray<string>
) =>
  Effect.acquireUseRelease(
    Effect.sync(() => createServer({ highWaterMark: 64 * 1024 })),
    (server) =>
      Effect.async<void>((resume) => {
        const turns = new FairScheduler(() => 0, { worked: () => 0 }).of("it")
        server.on("request", (request) => take(request, turns, () => resume(Effect.void)))
        const send = (port: number, [text, ...others]: ReadonlyArray<string>): void => {
          if (text === undefined) return
          const socket = connect(port, "127.0.0.1", () => socket.write(text))
          socket.on("error", () => undefined)
          socket.on("close", () => send(port, others))
        }
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          send(typeof address === "object" ? (address?.port ?? 0) : 0, texts)
        })
      }),
    (server) => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
  )

const isTiny = (body: Buffer | BegunBody | BodyError): boolean =>
  "_tag" in body && body._tag === "BodyInTinyChunks"

it.live("takes a thousand tiny chunks of what was read in one go, and hears of no more", () =>
  Effect.gen(function* () {
    const { body, given, turns } = yield* readInTurns(`${chunked}${"1\r\nx\r\n".repeat(10_000)}`)
    assert.isTrue(isTiny(body))
    assert.isAtMost(
      turns.reduce((all, one) => all + one, 0),
      1_025
    )
    // Nor does Node make objects of the rest.
    assert.isAtMost(given(), 1_025)
  })
)

it.live(
  "serves no request that was read in one go with tiny chunks; then its parser serves on",
  () =>
    Effect.gen(function* () {
      const tiny = `${chunked}${"1\r\nx\r\n".repeat(1_200)}0\r\n\r\n`
      const whole = `${chunked}5\r\nwhole\r\n0\r\n\r\n`
      const heard: Array<Buffer | BegunBody | BodyError> = []
      yield* withServer(
        (request, turns, done) => {
          const share = new BodyBudget(1024 * 1024).open("it")
          readBody(request, share, 1024 * 1024, turns, (body) => {
            heard.push(body)
            // real time: its answer goes out first.
            setTimeout(() => request.socket.destroy(), 20)
            if (heard.length === 4) done()
          })
        },
        [`${tiny}${whole}`, whole, `${tiny}${whole}`, whole]
      )
      assert.deepStrictEqual(
        heard.map((body) => (Buffer.isBuffer(body) ? body.toString() : isTiny(body))),
        [true, "whole", true, "whole"]
      )
    })
)

it.live("gives all of a body whose pieces waited for their turn, in order", () =>
  Effect.gen(function* () {
    const pieces = Array.from({ length: 6_000 }, (_, index) => `<piece number ${index} of it>`)
    const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
    const sent = `${chunked}${pieces.map(chunk).join("")}0\r\n\r\n`
    const { body, turns } = yield* readInTurns(sent)
    assert.strictEqual(Buffer.isBuffer(body) ? body.toString() : undefined, pieces.join(""))
    // What was read in one go is taken as it comes; the next read waits.
    assert.isAtLeast(turns.length, 2)
  })
)

it.live("gives a body that came whole at once, however much its client spent before", () =>
  Effect.gen(function* () {
    const { body, turns } = yield* readInTurns(`${head("content-length: 5")}whole`, 1_000_000)
    assert.strictEqual(Buffer.isBuffer(body) ? body.toString() : undefined, "whole")
    assert.deepStrictEqual(turns, [1])
  })
)

it.live("keeps no body on a request, whose answer may take long", () =>
  Effect.gen(function* () {
    const bodies = [
      `${head("content-length: 5")}whole`,
      `${head("content-length: 200000")}${"x".repeat(200_000)}`,
      `${chunked}5\r\nwhole\r\n0\r\n\r\n`
    ]
    const left: Array<number> = []
    yield* withServer((request, turns, done) => {
      const listeners = () =>
        ["data", "end", "close"].reduce((all, name) => all + request.listenerCount(name), 0)
      const before = listeners()
      const share = new BodyBudget(1024 * 1024).open("it")
      readBody(request, share, 1024 * 1024, turns, () => {
        left.push(listeners() - before)
        request.socket.destroy()
        if (left.length === bodies.length) done()
      })
    }, bodies)
    assert.deepStrictEqual(left, [0, 0, 0])
  })
)
