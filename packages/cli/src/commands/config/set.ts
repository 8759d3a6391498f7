/**
 * `clawdbot config set`: one value, changed in the person's own text and nothing else (decision
 * D17).
 */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { command, flagSwitch, flagText } from "../../argv/spec.ts"
import { UsageError } from "../../CliError.ts"
import * as Input from "../../input.ts"
import { parseKey, parseValue } from "./keyArgument.ts"
import { told } from "./told.ts"

const here = "clawdbot config set"

/** The command. */
export const set = command({
  name: "set",
  describe:
    "Change one value; comments, formatting and everything else in the file stay as they are.",
  flags: {
    "value-file": flagText(
      "FILE",
      "Read the value from a file, so that a secret is on no command line; - is standard input.",
      "files"
    ),
    "dry-run": flagSwitch("Show the change as a diff and write nothing."),
    json: flagSwitch("Print the result as one JSON document.")
  },
  words: {
    name: "PATH and VALUE",
    describe:
      "The key and its value as JSON5; a plain word is a text. - reads the value from standard input.",
    atLeast: 1,
    atMost: 2,
    values: ["keys", []]
  },
  run: (values, words) =>
    Effect.gen(function* () {
      const [key = "", given] = words
      const file = values["value-file"] ?? (given === "-" ? "-" : undefined)
      if (file === undefined && given === undefined)
        return yield* new UsageError({ problem: "missing VALUE", command: here })
      if (values["value-file"] !== undefined && given !== undefined) {
        return yield* new UsageError({
          problem: "give either VALUE or --value-file, not both",
          command: here
        })
      }
      const path = yield* parseKey(key, here)
      const text =
        file === undefined ? (given ?? "") : Redacted.value(yield* Input.fromFile(file)).trim()
      const value = yield* parseValue(text, here)
      const dryRun = values["dry-run"]
      const report = yield* (yield* ConfigStore).edit(
        () => Either.right([{ _tag: "Set", path, value }]),
        { dryRun }
      )
      return yield* told(report, {
        dryRun,
        json: values.json,
        nothing: "Nothing to change: it is so already."
      })
    })
})
