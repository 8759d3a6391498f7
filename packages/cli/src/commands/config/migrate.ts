/**
 * `clawdbot config migrate`: writes down what is migrated in memory on every load (decision D18).
 */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { command, flagSwitch } from "../../argv/spec.ts"
import { told } from "./told.ts"

/** The command. */
export const migrate = command({
  name: "migrate",
  describe: "Write older keys in their present form; comments stay.",
  flags: {
    "dry-run": flagSwitch("Show the change as a diff and write nothing."),
    json: flagSwitch("Print the result as one JSON document.")
  },
  run: (values) =>
    Effect.gen(function* () {
      const dryRun = values["dry-run"]
      const report = yield* (yield* ConfigStore).edit(() => Either.right([]), { dryRun })
      return yield* told(report, {
        dryRun,
        json: values.json,
        nothing: "Nothing to migrate: the config is in its present form."
      })
    })
})
