/**
 * `clawdbot config set`: one value, changed in the person's own text and nothing else (decision
 * D17).
 */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { UsageError } from "../../CliError.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import * as Input from "../../input.ts"
import { parseKey, parseValue } from "./keyArgument.ts"
import { reportEdit } from "./reportEdit.ts"

const here = "clawdbot config set"

/** The command. */
export const set = command({
  name: "set",
  description: "Change one value; comments and formatting of the file are kept.",
  examples: ["clawdbot config set gateway.port 18790"],
  options: {
    valueFile: CommandOptions.text(
      "value-file",
      "FILE",
      "Read the value from a file, to keep secrets off the command line; - is standard input."
    ),
    dryRun: CommandOptions.dryRun,
    json: CommandOptions.json
  },
  credentials: ["PATH", "VALUE"],
  args: {
    key: CommandOptions.argument("PATH", "The key, such as gateway.port."),
    given: CommandOptions.optionalArgument(
      "VALUE",
      "The value as JSON5; a bare word is a string. - reads it from standard input."
    )
  },
  run: (values) =>
    Effect.gen(function* () {
      const { given, key } = values
      const file = values.valueFile ?? (given === "-" ? "-" : undefined)
      if (file === undefined && given === undefined)
        return yield* new UsageError({ problem: "missing VALUE", command: here })
      if (values.valueFile !== undefined && given !== undefined) {
        return yield* new UsageError({
          problem: "give either VALUE or --value-file, not both",
          command: here
        })
      }
      const path = yield* parseKey(key, here)
      const text =
        file === undefined ? (given ?? "") : Redacted.value(yield* Input.fromFile(file)).trim()
      const value = yield* parseValue(text, here)
      const { dryRun } = values
      const report = yield* (yield* ConfigStore).edit(
        () => Either.right([{ _tag: "Set", path, value }]),
        { dryRun }
      )
      return yield* reportEdit(report, {
        dryRun,
        json: values.json,
        nothing: "Already set."
      })
    })
})
