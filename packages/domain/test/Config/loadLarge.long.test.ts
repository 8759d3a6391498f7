import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { largeConfigs, loadLarge } from "./loadLarge.ts"

describe("5 MB and 2,000 agents load fast", () => {
  for (const [name, text] of largeConfigs)
    it.effect(name, () =>
      Effect.gen(function* () {
        const begun = performance.now()
        yield* loadLarge(text)
        // Generous: the machine may be busy.
        assert.isBelow(performance.now() - begun, 1_500)
      })
    )
})
