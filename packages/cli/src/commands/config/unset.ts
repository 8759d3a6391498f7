/** `clawdbot config unset`: one key removed from the person's own text (decision D17). */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { command, flagSwitch } from "../../argv/spec.ts"
import { parseKey } from "./keyArgument.ts"
import { told } from "./told.ts"

/** The command. */
export const unset = command({
  name: "unset",
  describe:
    "Remove one key; comments, formatting and everything else in the file stay as they are.",
  flags: {
    "dry-run": flagSwitch("Show the change as a diff and write nothing."),
    json: flagSwitch("Print the result as one JSON document.")
  },
  words: { name: "PATH", describe: "The key.", atLeast: 1, atMost: 1, values: ["keys"] },
  run: (values, [key = ""]) =>
    Effect.gen(function* () {
      const path = yield* parseKey(key, "clawdbot config unset")
      const dryRun = values["dry-run"]
      const report = yield* (yield* ConfigStore).edit(
        () => Either.right([{ _tag: "Unset", path }]),
        { dryRun }
      )
      return yield* told(report, {
        dryRun,
        json: values.json,
        nothing: "Nothing to remove: it is not set."
      })
    })
})
