/**
 * `clawdbot config migrate`: writes down what is migrated in memory on every load (decision D18).
 */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { reportEdit } from "./reportEdit.ts"

/** The command. */
export const migrate = command({
  name: "migrate",
  description: "Update old key names; comments are kept.",
  examples: ["clawdbot config migrate --dry-run"],
  options: {
    dryRun: CommandOptions.dryRun,
    json: CommandOptions.json
  },
  run: (values) =>
    Effect.gen(function* () {
      const dryRun = values.dryRun
      const report = yield* (yield* ConfigStore).edit(() => Either.right([]), { dryRun })
      return yield* reportEdit(report, {
        dryRun,
        json: values.json,
        nothing: "Nothing to migrate: the config has no old key names."
      })
    })
})
