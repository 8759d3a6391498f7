import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import projects from "./vitest.workspace.ts"

/**
 * The longest files first, so that no worker ends with one of them while the others have nothing
 * left. How long each took is known from the run before; on a new machine Vitest goes by their
 * sizes, and the files that start many processes are small.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    const isOfProcesses = ({ moduleId }: TestSpecification) => /rocesses\.test\.ts$/.test(moduleId)
    return [
      ...sorted.filter(isOfProcesses),
      ...sorted.filter((specification) => !isOfProcesses(specification))
    ]
  }
}

export default defineConfig({
  test: {
    projects,
    // json5 says this of generated documents; it is about pasting them into scripts, which nobody
    // does here. No project is asked for its own answer.
    onConsoleLog: (log) => !log.includes("is not valid ECMAScript"),
    sequence: { sequencer: LongestFirst },
    // Loading the libraries again for every file costs as much as all the tests. The long ones
    // measure memory and processes: each has its own.
    isolate: process.env.CLAWDBOT_LONG === "1",
    // The short tests wait for processes and timers most of the time; the long ones need the
    // machine for themselves.
    maxWorkers: process.env.CLAWDBOT_LONG === "1" ? 1 : Math.max(2, availableParallelism() - 1),
    minWorkers: 1
  }
})
