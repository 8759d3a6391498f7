import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

const at = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** Tests that play hours: most mutants that they reach are killed by another test before. */
const slow = /(RefreshAhead|LoginKeeper|OAuthRefresh|trials|refusedLogin)\.test\.ts$/

/** The first test that fails ends the run of a mutant: those that take seconds come last. */
class QuickestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const isSlow = ({ moduleId }: TestSpecification) => slow.test(moduleId)
    const byName = files.toSorted((a, b) => a.moduleId.localeCompare(b.moduleId))
    return [...byName.filter((file) => !isSlow(file)), ...byName.filter(isSlow)]
  }
}

/**
 * What a mutant of `domain` is judged by: the tests of `domain`. The packages are read from the
 * copy that holds the mutants, since `node_modules` leads to the sources without them. The
 * simulation and the incidents are left out: they reach every line, take seconds for each mutant,
 * and what only they notice deserves a test of its own.
 */
export default defineConfig({
  root: at("../../packages/domain"),
  resolve: {
    alias: [
      { find: /^.*\/Document\/atFirstUse\.ts$/, replacement: at("atFirstUse.ts") },
      {
        find: /^@clawdbot\/([^/]+)\/(.*)$/,
        replacement: `${at("../../packages")}/$1/src/$2.ts`
      }
    ]
  },
  test: {
    include: process.env.MUTATE_TESTS?.split(",") ?? ["test/**/*.test.ts"],
    exclude: ["test/**/*.long.test.ts", "test/Auth/{simulation,incidents}.test.ts"],
    setupFiles: [at("properties.ts")],
    sequence: { sequencer: QuickestFirst },
    testTimeout: 60_000,
    // Domain keeps nothing between tests: loading the libraries again for each mutant costs most.
    isolate: false
  }
})
