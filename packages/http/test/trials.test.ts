/** What clients see of trials (decision D32): one key, refused without an end, and its recovery. */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ask, clientToken, type Started, streaming, until, withGateway } from "./world.ts"

const refusals = [
  ["a bare 429", Script.rateLimited(), 429],
  ["a 401", Script.unauthorized, 401],
  ["credit that is too low", Script.outOfCredit, 400]
] as const

/** Waits until so many requests have reached the provider. */
const seen = ({ upstream }: Started, count: number) =>
  Effect.promise(() => until(() => upstream.requests.length >= count))

/** Asks until the provider's answer comes: what we refuse ourselves never reaches it. */
const answered = (started: Started) =>
  Effect.repeat(ask(started), { until: ({ status }) => status === 200 }).pipe(
    Effect.timeout("20 seconds")
  )

/** Begins a streamed request and leaves it open. */
const begin = ({ gateway }: Started) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const left = new AbortController()
      const answer = fetch(`${gateway.url}/v1/messages`, {
        method: "POST",
        headers: {
          "x-api-key": clientToken,
          "anthropic-version": "2023-06-01",
          "content-type": "application/json"
        },
        body: JSON.stringify(streaming),
        signal: left.signal
      }).catch(() => undefined)
      return { leave: () => left.abort(), answer }
    }),
    ({ leave }) => Effect.sync(leave)
  )

describe("with one key", () => {
  for (const [name, refusal, status] of refusals) {
    it.scopedLive(`${name}: the next request is answered when the provider answers again`, () =>
      withGateway({ script: { ka: Script.inTurn(refusal, Script.ok()) } }, (started) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* ask(started)).status, status)
          assert.strictEqual((yield* ask(started)).status, 200)
          assert.strictEqual((yield* ask(started)).status, 200)
        })
      )
    )

    it.scopedLive(
      `${name}, again: our own error says when the next trial is, and what ends it`,
      () =>
        withGateway({ script: { ka: Script.always(refusal) } }, (started) =>
          Effect.gen(function* () {
            yield* ask(started)
            assert.strictEqual((yield* ask(started)).status, status)
            const waiting = yield* ask(started)
            assert.include(waiting.text, "AllInCooldown")
            assert.include(waiting.text, "clawdbot models auth clear anthropic:ka --agent main")
            const seconds = Number(waiting.headers.get("retry-after"))
            // Our first step is 30 s, which ends before a trial after a minute is due.
            assert.isTrue(name === "a bare 429" ? seconds === 1 : seconds <= 60, String(seconds))
            assert.strictEqual(started.upstream.requests.length, 2)
          })
        )
    )

    it.scopedLive(`${name}: a trial whose stream stays open keeps nobody back`, () =>
      withGateway(
        {
          script: {
            ka: Script.inTurn(
              refusal,
              { _tag: "BrokenStream", afterEvents: 1, how: "stall" },
              Script.ok()
            )
          }
        },
        (started) =>
          Effect.gen(function* () {
            yield* ask(started)
            yield* begin(started)
            yield* seen(started, 2)
            yield* answered(started)
            assert.strictEqual((yield* ask(started)).status, 200)
          }).pipe(Effect.scoped)
      )
    )
  }

  it.scopedLive("a trial without a status keeps the others back until its client leaves", () =>
    withGateway(
      {
        script: {
          ka: Script.inTurn(Script.rateLimited(), { _tag: "Silent", how: "hang" }, Script.ok())
        }
      },
      (started) =>
        Effect.gen(function* () {
          yield* ask(started)
          const trial = yield* begin(started)
          yield* seen(started, 2)
          const waiting = yield* ask(started)
          // Soon: what becomes of it is known in a moment.
          assert.deepStrictEqual([waiting.status, waiting.headers.get("retry-after")], [429, "1"])
          trial.leave()
          yield* answered(started)
        }).pipe(Effect.scoped)
    )
  )
})
