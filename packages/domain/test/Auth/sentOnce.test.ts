/** Requests whose body passes through, and so can be sent once only. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type { AttemptResult } from "../../src/Auth/AttemptResult.ts"
import { type AuthRequest, uploadLifeMs } from "../../src/Auth/AuthRequest.ts"
import { AuthResolver } from "../../src/Auth/AuthResolver.ts"
import { Failover } from "../../src/Auth/Failover.ts"
import { HealthStore } from "../../src/Health/HealthStore.ts"
import type { FailureClass } from "../../src/Health/UpstreamFailure.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { layerWorld, type World } from "./world.ts"

const now = 1_800_000_000_000
const key = (text: string) => ({ type: "api_key", provider: "anthropic", key: text })
const login = (access: string, lifeMs: number) => ({
  type: "oauth",
  provider: "anthropic",
  access,
  refresh: `refresh of ${access}`,
  expires: now + lifeMs
})
const long = uploadLifeMs + 60_000
const short = uploadLifeMs - 60_000

const request = {
  agent: AgentId.main,
  provider: ProviderId.anthropic,
  path: "/v1/files",
  once: true
}

const refused = (failureClass: FailureClass, status: number): AttemptResult<string> => ({
  _tag: "Refused",
  value: failureClass,
  failure: { class: failureClass, status, windows: [] }
})

/** Sends at a time, in epoch ms; a secret that is not in the script answers. */
const send = (
  script: Readonly<Record<string, AttemptResult<string>>> = {},
  asked: AuthRequest = request,
  at = now
) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(at)
    const sent: Array<string> = []
    const { result } = yield* (yield* Failover).run(asked, (use) => {
      const secret = Redacted.value(use.secret)
      sent.push(secret)
      return Effect.succeed(script[secret] ?? { _tag: "Answered", value: "ok", windows: [] })
    })
    return { sent, result }
  })

const chosen = Effect.flatMap(AuthResolver, (resolver) => resolver.explain(request)).pipe(
  Effect.map((explanation) => explanation.chosen)
)

const profiles = (all: Readonly<Record<string, unknown>>, more: World = {}): World => ({
  stores: { main: { profiles: all } },
  ...more
})
const offline = { refresh: { cause: "offline" } } as const

describe("a request that is sent once", () => {
  for (const [failureClass, status] of [
    ["rate_limit", 429],
    ["billing", 402],
    ["auth", 403],
    ["server", 500],
    ["overloaded", 529],
    ["entitlement", 400]
  ] as const) {
    it.effect(`${failureClass} goes back, and no other credential is tried`, () =>
      Effect.gen(function* () {
        const { result, sent } = yield* send({ ka: refused(failureClass, status) })
        assert.deepStrictEqual([result._tag, sent], ["Refused", ["ka"]])
      }).pipe(Effect.provide(layerWorld(profiles({ a: key("ka"), b: key("kb") }))))
    )
  }

  for (const [failureClass, status] of [
    ["rate_limit", 429],
    ["auth", 401]
  ] as const)
    it.effect(`what a ${status} says of the credential counts: the next one goes elsewhere`, () =>
      Effect.gen(function* () {
        yield* send({ ka: refused(failureClass, status) })
        assert.strictEqual(yield* chosen, "b")
        assert.deepStrictEqual((yield* send()).sent, ["kb"])
      }).pipe(Effect.provide(layerWorld(profiles({ a: key("ka"), b: key("kb") }))))
    )

  it.effect("a login that is refused is refreshed for the next one, and rests nobody", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* send({ old: refused("auth", 401) })
      assert.deepStrictEqual([result._tag, sent], ["Refused", ["old"]])
      assert.strictEqual(yield* chosen, "o")
      const { profiles } = yield* (yield* HealthStore).read(AgentId.main)
      assert.deepStrictEqual(
        [...profiles.values()].flatMap(({ windows }) => windows),
        []
      )
    }).pipe(
      Effect.provide(
        layerWorld(
          profiles({ o: login("old", long), k: key("kk") }, { refresh: { access: "new" } })
        )
      )
    )
  )

  it.effect(
    "a login that ends before the upload may is passed over where it cannot be refreshed",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual((yield* send()).sent, ["kk"])
      }).pipe(
        Effect.provide(layerWorld(profiles({ o: login("old", short), k: key("kk") }, offline)))
      )
  )

  it.effect("one with life enough goes first, as always", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* send()).sent, ["old"])
    }).pipe(Effect.provide(layerWorld(profiles({ o: login("old", long), k: key("kk") }, offline))))
  )

  it.effect("one that lives exactly as long as an upload may take goes first", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* send()).sent, ["old"])
    }).pipe(
      Effect.provide(layerWorld(profiles({ o: login("old", uploadLifeMs), k: key("kk") }, offline)))
    )
  )

  it.effect("one that ends before the upload may is renewed where it can be", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* send()).sent, ["new"])
    }).pipe(
      Effect.provide(
        layerWorld(profiles({ o: login("old", short) }, { refresh: { access: "new" } }))
      )
    )
  )

  it.effect("where all end soon, the first of them is better than none", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* send()).sent, ["one"])
    }).pipe(
      Effect.provide(
        layerWorld(profiles({ a: login("one", short), b: login("two", short) }, offline))
      )
    )
  )
})

it.effect("a login is not renewed for a request that can be sent again, also as a trial", () =>
  Effect.gen(function* () {
    const again = { ...request, once: false }
    yield* send({ old: refused("rate_limit", 429) }, again)
    assert.deepStrictEqual((yield* send({}, again, now + 2_000)).sent, ["old"])
  }).pipe(
    Effect.provide(layerWorld(profiles({ o: login("old", short) }, { refresh: { access: "new" } })))
  )
)

it.effect("a login that ends soon is as good as any for a request that can be sent again", () =>
  Effect.gen(function* () {
    const { sent } = yield* send({}, { ...request, once: false })
    assert.deepStrictEqual(sent, ["old"])
  }).pipe(
    Effect.provide(
      layerWorld(profiles({ o: login("old", short), k: key("kk") }, { looking: true }))
    )
  )
)
