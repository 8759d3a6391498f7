import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { flood, shortestGap } from "./trialFlood.ts"

const minutes = 10

it.scoped(
  `500 credentials, 200 requests a second for ${minutes} min, three gateways on one folder, ` +
    "one restarted every 10 s: one trial a second",
  () =>
    Effect.gen(function* () {
      const { profiles, times } = yield* flood({
        credentials: 500,
        requestsPerSecond: 200,
        seconds: 60 * minutes,
        gateways: 3,
        restartEvery: 10
      })
      assert.isAtLeast(shortestGap(times), 1_000)
      assert.isAtLeast(times.length, 50 * minutes)
      assert.isAtLeast(profiles.size, 40 * minutes)
    }),
  600_000
)
