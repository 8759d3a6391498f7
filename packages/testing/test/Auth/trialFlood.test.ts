import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { flood, shortestGap } from "./trialFlood.ts"

it.scoped("three gateways on one folder send one trial a second, also when one restarts", () =>
  Effect.gen(function* () {
    const { profiles, times } = yield* flood({
      credentials: 12,
      requestsPerSecond: 30,
      seconds: 25,
      gateways: 3,
      restartEvery: 5
    })
    assert.isAtLeast(shortestGap(times), 1_000)
    // The bound is used: nearly every second there is one, and every credential has its turn.
    assert.isAtLeast(times.length, 23)
    assert.strictEqual(profiles.size, 12)
  })
)
