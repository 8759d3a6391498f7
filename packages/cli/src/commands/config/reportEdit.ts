/** How the commands that write the config tell what they did. */

import type { ConfigEditReport } from "@clawdbot/domain/Config/ConfigStore"
import { maskText } from "@clawdbot/domain/Config/masking"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { unified } from "../../diff.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"

/** What a change did to the file, as a diff without secrets; empty when nothing changed. */
export const diffOf = (report: ConfigEditReport, name: string): ReadonlyArray<string> =>
  unified(Redacted.value(report.before), Redacted.value(report.after), { name, show: maskText })

/** Tells the result of an edit and ends the command. */
export const reportEdit = Effect.fn("config.told")(function* (
  report: ConfigEditReport,
  options: { readonly dryRun: boolean; readonly json: boolean; readonly nothing: string }
) {
  const io = yield* IoStreams
  const name = shorten(yield* StatePaths, report.path)
  const diff = diffOf(report, name)
  if (options.json) {
    const result = {
      path: report.path,
      changed: report.changed,
      written: report.changed && !options.dryRun,
      diff: diff.join("\n")
    }
    yield* io.stdout(jsonLines(result))
    return exit.done
  }
  if (!report.changed) {
    yield* io.stdout(options.nothing)
    return exit.done
  }
  if (options.dryRun) {
    yield* io.stdout(diff)
    yield* io.stderr("nothing was written (--dry-run)")
    return exit.done
  }
  yield* io.stdout(`Updated ${name}`)
  return exit.done
})
