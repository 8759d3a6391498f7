/** What a command that failed says, and the exit status it ends with. */
import { maskIn } from "@clawdbot/domain/Profile/Secret"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { CommandError } from "./CommandError.ts"
import type { GlobalFlags } from "./commandLine/globalFlags.ts"
import { toJson, toText, withoutCredentials } from "./errorText.ts"
import { exit } from "./exit.ts"
import { render } from "./renderError.ts"
import { IoStreams } from "./terminal/IoStreams.ts"
import { jsonLines, linesOf } from "./terminal/lines.ts"

/** How a command line wants its failures. */
export interface Wanted {
  readonly json: boolean
  /** With `--check`, wrong usage has a status of its own (decision D23). */
  readonly check: boolean
  readonly flags?: Pick<GlobalFlags, "profile" | "dev"> | undefined
}

const jsonFlags: ReadonlySet<string> = new Set(["--json", "--status-json", "--format=json"])

/** Whether a command line wants a document, and so its failure as one too (decision D41). */
export const wantsJson = (argv: ReadonlyArray<string>): boolean =>
  argv.some(
    (word, index) => jsonFlags.has(word) || (word === "--format" && argv[index + 1] === "json")
  )

/** A failure that was foreseen: what happened, and the command that cures it. */
export const fail = (error: CommandError, { check, flags, json }: Wanted) =>
  Effect.gen(function* () {
    const io = yield* IoStreams
    const rendered = withoutCredentials(render(error))
    const profile = flags?.dev === true ? "dev" : flags?.profile
    if (json) yield* io.stdout(toJson(error, rendered, profile))
    else yield* io.stderr(toText(rendered, profile, io.problems))
    if (rendered.status === exit.usage && check) return exit.checkUsage
    return rendered.status
  })

/** What happened is ours to mend: one line, and how to see more. Never a stack trace on its own. */
export const unexpected = (cause: Cause.Cause<never>, { json }: Wanted) =>
  Effect.gen(function* () {
    const io = yield* IoStreams
    const defect = Cause.squash(cause)
    const message = maskIn(
      defect instanceof Error ? `${defect.name}: ${defect.message}` : String(defect)
    )
    const fix = "report it with the output of CLAWDBOT_DEBUG=1"
    if (json) yield* io.stdout(jsonLines({ error: { _tag: "Unexpected", message, fix } }))
    else
      yield* io.stderr([
        `clawdbot: unexpected: ${message}`,
        "fix: please report it; CLAWDBOT_DEBUG=1 shows more"
      ])
    if ((process.env.CLAWDBOT_DEBUG ?? "") !== "") yield* io.stderr(linesOf(Cause.pretty(cause)))
    return exit.failed
  })
