import { describe, it } from "@effect/vitest"
import { largeConfigs, loadLarge } from "./loadLarge.ts"

// How long it may take is for the long suite to say; a load that is quadratic in the size of the
// text takes longer than a test may.
describe("5 MB and 2,000 agents load", () => {
  for (const [name, text] of largeConfigs) it.effect(name, () => loadLarge(text))
})
