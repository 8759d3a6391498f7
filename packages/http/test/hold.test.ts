/** A warm conversation that meets a short limit, as a client of the gateway sees it. */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { ask, body, withGateway } from "./world.ts"

const session = { headers: { "x-clawdbot-session": "warm" } }
const short = Script.rateLimited({ "retry-after-ms": "100" })
const ok = Script.ok()

/** Two requests of one conversation; the second meets a step of the credential it is on. */
const afterSecond = (holdSeconds: number, step: Script.Step) =>
  withGateway(
    {
      script: { ka: Script.inTurn(ok, step, ok), kb: Script.always(ok) },
      config: { auth: { holdSeconds } }
    },
    (started) =>
      Effect.gen(function* () {
        yield* ask(started, session)
        const { status } = yield* ask(started, session)
        return { status, sent: started.upstream.requests.map(({ credential }) => credential) }
      })
    // Without jitter: the limit ends when the provider says.
  ).pipe(Effect.withRandom(Random.fixed([0])))

describe("auth.holdSeconds", () => {
  it.scopedLive("lets the conversation wait, and the same credential answers it", () =>
    Effect.gen(function* () {
      const found = yield* afterSecond(60, short)
      assert.deepStrictEqual(found, { status: 200, sent: ["ka", "ka", "ka"] })
    })
  )

  it.scopedLive("is off by default: the conversation moves", () =>
    Effect.gen(function* () {
      const found = yield* afterSecond(0, short)
      assert.deepStrictEqual(found, { status: 200, sent: ["ka", "ka", "kb"] })
    })
  )

  it.scopedLive("does not hold what is no limit", () =>
    Effect.gen(function* () {
      const overloaded = yield* afterSecond(60, Script.overloaded)
      assert.deepStrictEqual(overloaded, { status: 200, sent: ["ka", "ka", "kb"] })
      const invalid = yield* afterSecond(60, Script.badRequest)
      assert.deepStrictEqual(invalid, { status: 400, sent: ["ka", "ka"] })
    })
  )
})

describe("auth.scheduling: economy", () => {
  const usage = (read: number, written: number) =>
    Script.ok({
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: read,
        cache_creation_input_tokens: written,
        cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 }
      }
    })
  const [writes, reads] = [usage(0, 300_000), usage(300_000, 0)]

  /** The last answer of two, and whose credentials were sent. */
  const secondOf = (step: Script.Step, auth: Readonly<Record<string, unknown>> = {}) =>
    withGateway(
      {
        script: { ka: Script.inTurn(writes, step, reads), kb: Script.always(writes) },
        config: { auth: { scheduling: "economy", ...auth } }
      },
      (started) =>
        Effect.gen(function* () {
          const request = { ...session, body: { ...body, model: "claude-opus-5-5" } }
          yield* ask(started, request)
          const { status, text } = yield* ask(started, request)
          return { status, text, sent: started.upstream.requests.map((one) => one.credential) }
        })
    ).pipe(Effect.withRandom(Random.fixed([0])))

  it.scopedLive("lets a conversation wait that it would cost more to move", () =>
    Effect.gen(function* () {
      const { sent, status, text } = yield* secondOf(short)
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(sent, ["ka", "ka", "ka"])
      assert.nestedPropertyVal(JSON.parse(text), "usage.cache_read_input_tokens", 300_000)
    })
  )

  it.scopedLive("moves it where an hour of waiting costs too much, and for a long limit", () =>
    Effect.gen(function* () {
      const long = Script.rateLimited({ "retry-after": "270" })
      for (const found of [
        // $1.44 an hour at $10,000 are half a second.
        yield* secondOf(Script.rateLimited({ "retry-after": "1" }), { waitUsdPerHour: 10_000 }),
        yield* secondOf(long)
      ])
        assert.deepInclude(found, { status: 200, sent: ["ka", "ka", "kb"] })
    })
  )

  it.scopedLive("gives a fault of the request to the client at once", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* secondOf(Script.badRequest), { status: 400, sent: ["ka", "ka"] })
    })
  )
})
