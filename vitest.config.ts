import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import projects from "./vitest.workspace.ts"

export default defineConfig({
  test: {
    projects,
    // Loading the libraries again for every file costs as much as all the tests. The long ones
    // measure memory and processes: each has its own.
    isolate: process.env.CLAWDBOT_LONG === "1",
    // The short tests wait for processes and timers most of the time; the long ones need the
    // machine for themselves.
    maxWorkers: process.env.CLAWDBOT_LONG === "1" ? 1 : Math.max(2, availableParallelism() - 1),
    minWorkers: 1
  }
})
