import Anthropic from "@anthropic-ai/sdk"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  ask,
  body,
  clientToken,
  dial,
  hear,
  onTheWire,
  type Started,
  streaming,
  until,
  untilStill,
  withGateway
} from "./world.ts"

const one = (step: Script.Step) => ({ script: { ka: Script.always(step) } })
const two = (step: Script.Step) => ({ script: { ka: Script.always(step), kb: () => Script.ok() } })

/** Starts a stream over a bare socket. */
const begin = async (started: Started, options: Parameters<typeof onTheWire>[1] = {}) => {
  const socket = await dial(started)
  const heard = hear(socket)
  socket.write(onTheWire(started, options))
  return { socket, heard }
}

/** The answer of the upstream itself, past the gateway. */
const direct = (started: Started, request: unknown) =>
  Effect.promise(async () => {
    const response = await fetch(`${started.upstream.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "ka", "anthropic-version": "2023-06-01" },
      body: JSON.stringify(request)
    })
    return await response.text()
  })

/** What differs between two answers to the same request: the id of the request. */
const withoutIds = (text: string) => text.replaceAll(/req_\d+/g, "req")

describe("streams", () => {
  it.scopedLive(
    "thinking, text and tool use arrive byte for byte, and the SDK puts them together",
    () =>
      withGateway(one(Script.ok({ blocks: ["thinking", "text", "tool_use"] })), (started) =>
        Effect.gen(function* () {
          const answer = yield* ask(started, { body: streaming })
          assert.strictEqual(withoutIds(answer.text), withoutIds(yield* direct(started, streaming)))
          assert.include(answer.text, ": keep-alive\n\n")
          assert.include(answer.text, "event: ping\n")
          const sdk = new Anthropic({
            baseURL: started.gateway.url,
            apiKey: clientToken,
            maxRetries: 0
          })
          const message = yield* Effect.promise(() => sdk.messages.stream(body).finalMessage())
          assert.deepStrictEqual(
            message.content.map((block) => block.type),
            ["thinking", "text", "tool_use"]
          )
          const [, , tool] = message.content
          assert.deepStrictEqual<unknown>(tool?.type === "tool_use" ? tool.input : undefined, {
            city: "Zürich",
            unit: "celsius"
          })
        })
      )
  )

  it.scopedLive("content is handed on as soon as it comes, not at the end", () =>
    withGateway(one(Script.ok({ text: "word ".repeat(10_000), gapMs: 5 })), (started) =>
      Effect.promise(async () => {
        const { socket, heard } = await begin(started)
        await new Promise<void>((resolve) =>
          socket.on("data", (chunk: Buffer) => {
            if (chunk.includes("content_block_delta")) resolve()
          })
        )
        socket.destroy()
        assert.notInclude((await heard).text, "message_stop")
      })
    )
  )

  it.scopedLive(
    "a stream that says nothing is committed after two seconds, and broken off when it breaks",
    () =>
      withGateway(two({ _tag: "BrokenStream", afterEvents: 1, how: "stall" }), (started) =>
        Effect.promise(async () => {
          const { socket, heard } = await begin(started)
          let hasBegun = false
          socket.once("data", () => {
            hasBegun = true
          })
          // The first event is here, and is held back.
          await until(() => started.upstream.bytesWritten() > 300)
          assert.isFalse(hasBegun)
          await until(() => hasBegun)
          socket.destroy()
          assert.include((await heard).text, "event: message_start")
          assert.strictEqual(started.upstream.requests.length, 1)
        })
      )
  )

  it.scopedLive(
    "a stream that breaks off ends without its last chunk; over HTTP/1.0 the connection is reset",
    () =>
      withGateway(one({ _tag: "BrokenStream", afterEvents: 6, how: "reset" }), (started) =>
        Effect.promise(async () => {
          const newer = await (await begin(started)).heard
          assert.include(newer.text, "event: content_block_delta")
          assert.isFalse(newer.text.endsWith("0\r\n\r\n"))
          const older = await (await begin(started, { version: "1.0" })).heard
          assert.strictEqual(older.ended, "reset")
        })
      )
  )

  it.scopedLive(
    "after message_stop the answer is whole, however the upstream's connection ends",
    () =>
      withGateway(two({ _tag: "BrokenStream", afterEvents: 100, how: "reset" }), (started) =>
        Effect.gen(function* () {
          const answer = yield* ask(started, { body: streaming })
          assert.include(answer.text, "event: message_stop")
          assert.strictEqual(started.upstream.requests.length, 1)
        })
      )
  )

  it.scopedLive("an error too large to hold is handed on while it comes", () =>
    withGateway(two({ ...Script.internal, body: "x".repeat(3_000_000) }), (started) =>
      Effect.gen(function* () {
        const answer = yield* ask(started, { body: streaming })
        assert.deepStrictEqual(
          [answer.status, answer.text.length, started.upstream.requests.length],
          [500, 3_000_000, 1]
        )
      })
    )
  )

  it.scopedLive("a plain answer that breaks off is cut off at the client too", () =>
    withGateway(two({ _tag: "BrokenBody" }), (started) =>
      Effect.gen(function* () {
        const answer = yield* Effect.either(Effect.tryPromise(() => fetchText(started)))
        assert.strictEqual(answer._tag, "Left")
        assert.strictEqual(started.upstream.requests.length, 1)
      })
    )
  )

  it.scopedLive("a slow reader slows the upstream down instead of filling the gateway", () =>
    withGateway(one(Script.ok({ text: `${"x".repeat(16_000)} `.repeat(3_000) })), (started) =>
      Effect.promise(async () => {
        const whole = 3_000 * 16_000
        const socket = await dial(started)
        socket.write(onTheWire(started, { headers: { connection: "close" } }))
        await new Promise<void>((resolve) => socket.once("readable", resolve))
        // Nobody reads: the upstream stops writing once the buffers of the sockets between are
        // full.
        const before = await untilStill(
          () => started.upstream.bytesWritten(),
          () => fetch(`${started.gateway.url}/healthz`).then((response) => response.text())
        )
        assert.isBelow(before, whole / 2)
        const { bytes, text } = await hear(socket)
        assert.isAbove(bytes, whole)
        assert.include(text, "event: message_stop")
      })
    )
  )
})

const fetchText = async (started: Started) => {
  const response = await fetch(`${started.gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": clientToken, "anthropic-version": "2023-06-01" },
    body: JSON.stringify(body)
  })
  return await response.text()
}

it.scopedLive("hundreds of streams are open at once: none waits for another's connection", () =>
  withGateway(one({ _tag: "BrokenStream", afterEvents: 4, how: "stall" }), (started) =>
    Effect.promise(async () => {
      const many = 400
      let streaming = 0
      const sockets = await Promise.all(
        Array.from({ length: many }, async () => {
          const socket = await dial(started)
          socket.write(onTheWire(started))
          socket.once("data", () => {
            streaming += 1
          })
          return socket
        })
      )
      await until(() => streaming === many, 15_000)
      for (const socket of sockets) socket.destroy()
      await until(() => started.upstream.aborted() === many)
    })
  )
)

describe("clients that leave", () => {
  const places: ReadonlyArray<readonly [string, Script.Step, (started: Started) => boolean]> = [
    [
      "before headers",
      { _tag: "Silent", how: "hang" },
      ({ upstream }) => upstream.requests.length === 1
    ],
    [
      "while a stream is held",
      { _tag: "BrokenStream", afterEvents: 1, how: "stall" },
      ({ upstream }) => upstream.bytesWritten() > 300
    ]
  ]
  for (const [name, step, ready] of places) {
    it.scopedLive(`${name}: the upstream request ends, and no other credential is tried`, () =>
      withGateway(two(step), (started) =>
        Effect.promise(async () => {
          const { heard, socket } = await begin(started, { headers: { "x-mark": "first" } })
          await until(() => ready(started))
          socket.destroy()
          await heard
          await until(() => started.upstream.aborted() === 1)
          // A second request shows that the first is over: whatever it still did would have come
          // before.
          const after = await begin(started, { headers: { "x-mark": "second" } })
          await until(() => started.upstream.requests.length > 1)
          assert.deepStrictEqual(
            started.upstream.requests.map((request) => request.headers["x-mark"]),
            ["first", "second"]
          )
          after.socket.destroy()
        })
      )
    )
  }

  it.scopedLive("in the middle of a stream: the upstream request ends at once", () =>
    withGateway(one(Script.ok({ text: "word ".repeat(20_000), gapMs: 1 })), (started) =>
      Effect.promise(async () => {
        for (let round = 1; round <= 5; round++) {
          const { heard, socket } = await begin(started)
          await new Promise<void>((resolve) => socket.once("data", () => resolve()))
          const before = started.upstream.bytesWritten()
          socket.destroy()
          await heard
          await until(() => started.upstream.aborted() === round)
          // By what it was still sent, not by the clock: a stream that is not ended goes on for
          // megabytes.
          assert.isBelow(started.upstream.bytesWritten() - before, 256 * 1024)
        }
      })
    )
  )
})
