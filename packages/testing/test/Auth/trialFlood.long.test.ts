import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { flood, shortestGap } from "./trialFlood.ts"

it.scoped(
  "500 credentials, 200 requests a second for ten minutes, three gateways on one folder, one restarted every 10 s: one trial a second",
  () =>
    Effect.gen(function* () {
      const { profiles, times } = yield* flood({
        credentials: 500,
        requestsPerSecond: 200,
        seconds: 600,
        gateways: 3,
        restartEvery: 10
      })
      assert.isAtLeast(shortestGap(times), 1_000)
      assert.isAtLeast(times.length, 550)
      assert.isAtLeast(profiles.size, 400)
    }),
  1_200_000
)
