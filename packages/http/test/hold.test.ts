/** A warm conversation that meets a short limit, as a client of the gateway sees it. */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { ask, withGateway } from "./world.ts"

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
