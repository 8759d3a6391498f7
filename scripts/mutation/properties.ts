import * as fc from "fast-check"
import { inject, vi } from "vitest"

// A fault in every place is tried: a quarter of the usual runs finds nearly all of them, and what
// they miss counts as a survivor.
fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: 25 })

// A mutant that waits for what never comes is found out by this, in ms; the tests take less.
declare module "vitest" {
  interface ProvidedContext {
    readonly mode: "dry-run" | "mutant"
  }
}
if (inject("mode") === "mutant")
  vi.setConfig({ testTimeout: Number(process.env.MUTATE_TEST_TIMEOUT ?? 5_000) })
