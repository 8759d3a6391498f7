import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { gateway } from "../gateway/running.ts"
import { ask, staleCopy } from "./copies.ts"

it.scopedLive(
  "an idle gateway leaves a stale copy alone for longer than its keeper's interval",
  () =>
    Effect.gen(function* () {
      const { home, isUntouched } = yield* staleCopy()
      const running = yield* gateway(home)
      yield* Effect.sleep("35 seconds")
      assert.isTrue(isUntouched())
      assert.strictEqual((yield* ask(running, "main")).status, 200)
    }),
  60_000
)
