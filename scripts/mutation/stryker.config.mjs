// Read by ./scripts/mutate, which names the files and where the reports go.
import { fileURLToPath } from "node:url"

const plugin = (name) => fileURLToPath(new URL(`${name}.mjs`, import.meta.url))

export default {
  testRunner: "vitest",
  // Which tests reach a mutant is known from the first run; looking for related files costs each.
  vitest: { configFile: "scripts/mutation/vitest.config.ts", related: false },
  plugins: [
    "@stryker-mutator/vitest-runner",
    ...["keepWorkers", "ignoreWords", "resultLines"].map(plugin)
  ],
  ignorers: ["sentences"],
  packageManager: "npm",
  coverageAnalysis: "perTest",
  // A mutant in what a module works out when it is loaded would need a process of its own.
  ignoreStatic: true,
  tempDirName: ".cache/mutation/copies",
  incremental: true,
  incrementalFile: ".cache/mutation/incremental.json",
  ignorePatterns: ["dist", "docs", "*.tsbuildinfo"],
  reporters: ["clear-text", "json", "progress-append-only", "result-lines"],
  jsonReporter: { fileName: ".cache/mutation/report.json" },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  timeoutMS: 5_000,
  thresholds: { high: 90, low: 80, break: null }
}
