/** The short form of a kind's runs, as a test. */
import { assert, describe, it } from "@effect/vitest"
import * as Fuzz from "./Fuzz.ts"

/** So many runs of each kind, with a seed that is the same every time. */
const runs = 150

/** A test for each kind. What it finds is had again with `scripts/fuzz`, as its message says. */
export const fuzzSuite = (...kinds: ReadonlyArray<Fuzz.Kind>): void => {
  describe("fuzzing", () => {
    for (const kind of kinds) {
      it(`takes ${runs} ${kind.name} of any form`, { timeout: 300_000 }, async () => {
        const seed = 20_261_128
        const [finding] = await Fuzz.run(kind, { seed, from: 0, to: runs })
        if (finding === undefined) return
        const { index, input, problem } = finding
        assert.fail(
          `${problem}\nagain: scripts/fuzz --kind ${kind.name} --seed ${seed} --from ` +
            `${index} --runs 1\ninput: ${input.slice(0, 2_000)}`
        )
      })
    }
  })
}
