/** One cluster for all test files of a run; they share it, each with schemas of its own. */
import type { TestProject } from "vitest/node"
import { installed, makeCluster } from "./cluster.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** The address of the cluster; undefined where no server is installed. */
    readonly postgres: string | undefined
  }
}

/** Starts it before the tests, and gives what stops it after them. */
export const setup = async (project: TestProject) => {
  const bin = await installed()
  if (bin === undefined) {
    console.warn("PostgreSQL is not installed: the tests of the shared store are left out")
    project.provide("postgres", undefined)
    return undefined
  }
  const cluster = await makeCluster(bin)
  project.provide("postgres", cluster.url)
  return cluster.remove
}
