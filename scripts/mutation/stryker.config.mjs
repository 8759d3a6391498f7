// Read by ./scripts/mutate, which names the files and where the reports go.
export default {
  testRunner: "vitest",
  vitest: { configFile: "scripts/mutation/vitest.config.ts", related: true },
  packageManager: "npm",
  coverageAnalysis: "perTest",
  // A mutant in what a module works out when it is loaded would need a process of its own.
  ignoreStatic: true,
  tempDirName: ".cache/mutation/copies",
  incremental: true,
  incrementalFile: ".cache/mutation/incremental.json",
  ignorePatterns: ["dist", "docs", "*.tsbuildinfo"],
  reporters: ["clear-text", "json", "progress-append-only"],
  jsonReporter: { fileName: ".cache/mutation/report.json" },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  timeoutMS: 20_000,
  thresholds: { high: 90, low: 80, break: null }
}
