/** A refresh that callers share, where the login moves on while it is under way. */
import { RefreshMemory } from "@clawdbot/domain/OAuth/RefreshMemory"
import * as RefreshFlights from "@clawdbot/domain/OAuth/refreshFlights"
import type { RefreshPorts } from "@clawdbot/domain/OAuth/refreshPorts"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { ports } from "./ports.ts"
import { access, layerWorld, login, main, profile, store, stored } from "./world.ts"

const now = 1_000 * 3_600_000
const due = { _tag: "Due" } as const

/** Flights of which the first `changes` locks are waited for until somebody signs in anew. */
const begin = (changes: number) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const authority = yield* TokenAuthority
    const made = yield* ports
    const credential = login(authority.families.signIn(), now - 1)
    yield* store(credential)
    let held = 0
    const moving: RefreshPorts = {
      ...made,
      stores: {
        hold: (agent) =>
          Effect.suspend(() => {
            held += 1
            if (held > changes) return made.stores.hold(agent)
            const next = store(login(authority.families.signIn(), now - 1))
            return Effect.zipRight(
              Effect.provideService(next, ProfileStore, made.profiles),
              made.stores.hold(agent)
            )
          })
      }
    }
    const flights = yield* RefreshFlights.make(moving, new RefreshMemory())
    return { authority, asked: { owner: main, profile, credential }, flights, held: () => held }
  })

describe("refreshFlights", () => {
  it.scoped("asks for nothing without a refresh token, and says why", () =>
    Effect.gen(function* () {
      const { asked, authority, flights } = yield* begin(0)
      const credential = { ...asked.credential, refresh: Redacted.make(" ") }
      const failed = yield* Effect.flip(flights.share({ ...asked, credential }, due))
      assert.deepInclude(failed, { cause: "consumed", detail: "no refresh token is stored" })
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.scoped("follows a login to the version that is stored by now, and refreshes that one", () =>
    Effect.gen(function* () {
      const { asked, authority, flights, held } = yield* begin(3)
      const renewed = yield* flights.share(asked, due)
      assert.strictEqual(access(renewed), access(yield* stored()))
      assert.strictEqual(held(), 4)
      assert.strictEqual(authority.families.counters().grants, 1)
    }).pipe(Effect.provide(layerWorld()))
  )

  it.scoped("gives up a login that changes each time it is read, and redeems none of it", () =>
    Effect.gen(function* () {
      const { asked, authority, flights, held } = yield* begin(Number.POSITIVE_INFINITY)
      const failed = yield* Effect.flip(flights.share(asked, due))
      assert.deepInclude(failed, {
        cause: "busy",
        detail: "the login keeps changing while it is read"
      })
      assert.strictEqual(held(), 4)
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(layerWorld()))
  )
})
