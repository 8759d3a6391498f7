import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const at = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/**
 * What a mutant of `domain` is judged by: the tests of `domain`. The packages are read from the
 * copy that holds the mutants, since `node_modules` leads to the sources without them. The
 * simulation is left out: it reaches every line, takes seconds for each mutant, and what only it
 * notices deserves a test of its own.
 */
export default defineConfig({
  root: at("../../packages/domain"),
  resolve: {
    alias: [
      {
        find: /^@clawdbot\/([^/]+)\/(.*)$/,
        replacement: `${at("../../packages")}/$1/src/$2.ts`
      }
    ]
  },
  test: {
    include: process.env.MUTATE_TESTS?.split(",") ?? ["test/**/*.test.ts"],
    exclude: ["test/**/*.long.test.ts", "test/Auth/simulation.test.ts"],
    testTimeout: 30_000,
    // Domain keeps nothing between tests: loading the libraries again for each mutant costs most.
    isolate: false
  }
})
