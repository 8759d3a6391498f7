/**
 * `clawdbot config validate`: whether the config can be used; every fault with its place and its
 * cure.
 */

import type { ConfigInvalid } from "@clawdbot/domain/Config/ConfigError"
import { type ConfigSnapshot, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import { textIf } from "@clawdbot/domain/Text/textIf"
import * as Effect from "effect/Effect"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"

const good = ({ exists, migrations, path, warnings }: ConfigSnapshot) => ({
  path,
  valid: true,
  exists,
  issues: [],
  warnings,
  migrations
})

const bad = ({ issues, path }: ConfigInvalid) => ({
  path,
  valid: false,
  exists: true,
  issues,
  warnings: [],
  migrations: []
})

/**
 * The command. An invalid config is its failure; with `--json` it is a result, with the exit status
 * of a failure.
 */
export const validate = command({
  name: "validate",
  description: "Check the config; each problem is shown with its file, line and fix.",
  examples: ["clawdbot config validate"],
  options: { json: CommandOptions.json },
  run: (values) =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      const { load } = yield* ConfigStore
      if (values.json) {
        const result = yield* load.pipe(
          Effect.map(good),
          Effect.catchTag("ConfigInvalid", (error) => Effect.succeed(bad(error)))
        )
        yield* io.stdout(jsonLines(result))
        if (result.valid) return exit.done
        return exit.failed
      }
      const { exists, migrations, path, warnings } = yield* load
      for (const warning of warnings) yield* io.stderr(`clawdbot: ${warning}`)
      const state = exists ? "is valid" : "does not exist; the defaults apply"
      const pending = textIf(
        migrations.length !== 0,
        "; it uses old key names, which still work (to " + "update them: clawdbot config migrate)"
      )
      yield* io.stdout(`${shorten(yield* StatePaths, path)} ${state}${pending}`)
      return exit.done
    })
})
