/** From a command line to an exit status. The only place where effects are run. */

import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import type { GlobalFlags } from "./commandLine/globalFlags.ts"
import * as Global from "./commandLine/globalFlags.ts"
import { check as checkCommandLine } from "./commandLine/guard.ts"
import { parse } from "./commandLine/parse.ts"
import { toJson, toText } from "./errorText.ts"
import { exit } from "./exit.ts"
import * as Layers from "./layers.ts"
import { type CommandError, render } from "./renderError.ts"
import { root } from "./root.ts"
import { jsonLines, linesOf, toTerminal } from "./terminal/lines.ts"
import { fromProcess, Terminal } from "./terminal/Terminal.ts"
import { version } from "./version.ts"

/** Older spellings of command lines (docs/formats.md). */
const modernize = (argv: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [first, second, ...rest] = argv
  if (first !== "models") return argv
  if (second === undefined) return ["models", "status"]
  if (second === "--status-json") return ["models", "status", "--json", ...rest]
  if (second === "--status-plain") return ["models", "status", "--plain", ...rest]
  return second.startsWith("--") && second !== "--help"
    ? ["models", "status", second, ...rest]
    : argv
}

const fail = (
  error: CommandError,
  wantsJson: boolean,
  flags: GlobalFlags | undefined,
  check: boolean
) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const rendered = render(error)
    const profile = flags?.dev === true ? "dev" : flags?.profile
    if (wantsJson) yield* terminal.result(toJson(error, rendered, profile))
    else yield* terminal.say(toText(rendered, profile, terminal.problems))
    return rendered.status === exit.usage && check ? exit.checkUsage : rendered.status
  })

/** What happened is ours to mend: one line, and how to see more. Never a stack trace on its own. */
const unexpected = (cause: Cause.Cause<never>, wantsJson: boolean) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const defect = Cause.squash(cause)
    const message = defect instanceof Error ? `${defect.name}: ${defect.message}` : String(defect)
    if (wantsJson) {
      yield* terminal.result(
        jsonLines({
          error: {
            _tag: "Unexpected",
            message,
            fix: "report it with the output of CLAWDBOT_DEBUG=1"
          }
        })
      )
    } else
      yield* terminal.say([
        `clawdbot: unexpected: ${message}`,
        "fix: please report it; CLAWDBOT_DEBUG=1 shows more"
      ])
    if ((process.env.CLAWDBOT_DEBUG ?? "") !== "") yield* terminal.say(linesOf(Cause.pretty(cause)))
    return exit.failed
  })

const program = (argv: ReadonlyArray<string>, startsService: () => void) =>
  Effect.gen(function* () {
    const wantsJson = argv.includes("--json") || argv.includes("--status-json")
    const check = argv.includes("--check")
    const global = Global.take(argv)
    if (Either.isLeft(global)) return yield* fail(global.left, wantsJson, undefined, false)
    const flags = global.right
    const terminal = yield* Terminal
    if (flags.rest.length === 1 && flags.rest[0] === "--version") {
      yield* terminal.result(version)
      return exit.done
    }
    if (flags.rest.length === 1 && flags.rest[0] === "__man") {
      const { renderManPage } = yield* Effect.promise(() => import("./manPage.ts"))
      yield* terminal.result(renderManPage(root, version))
      return exit.done
    }
    if (flags.rest[0] === "__complete") {
      const { answer } = yield* Effect.promise(() => import("./completion/answer.ts"))
      yield* answer(root, flags.rest[1] === "--" ? flags.rest.slice(2) : flags.rest.slice(1))
      return exit.done
    }
    const asked = flags.rest.length === 0 ? ["--help"] : modernize(flags.rest)
    const accepted = checkCommandLine(root, asked)
    if (Either.isLeft(accepted)) return yield* fail(accepted.left, wantsJson, flags, check)
    const { isHelp, node, path } = accepted.right
    if (isHelp || node.parse === undefined) {
      const { renderHelp } = yield* Effect.promise(() => import("./help.ts"))
      yield* terminal.result(renderHelp(node, path, Math.min(terminal.width, 120)))
      return exit.done
    }
    if (node.isService) startsService()
    return yield* Effect.flatten(parse(accepted.right)).pipe(
      Effect.provide(Layers.commands(flags)),
      Effect.catchAll((error) => fail(error, wantsJson, flags, check)),
      Effect.catchAllCause((cause) =>
        Cause.isInterruptedOnly(cause) ? Effect.failCause(cause) : unexpected(cause, wantsJson)
      )
    )
  })

/** Warnings go to standard error, one line each; standard output is for results. */
const logger = Logger.replace(
  Logger.defaultLogger,
  Logger.make(({ annotations, logLevel, message }) => {
    if (LogLevel.lessThan(logLevel, LogLevel.Warning)) return
    const facts = [...annotations].map(([name, value]) => ` ${name}=${String(value)}`).join("")
    process.stderr.write(
      toTerminal(`clawdbot: ${logLevel.label.toLowerCase()}: ${String(message)}${facts}`)
    )
  })
)

/** How long a command that was stopped may take to write what it has to say, in ms. */
const lingerMs = 1_000

/**
 * Runs a command line and sets the exit status; the process ends by itself once everything is
 * written.
 */
export const main = (argv: ReadonlyArray<string>): void => {
  // A reader that stopped reading (`| head`) ends the command quietly; a result that was lost in
  // another way is a failure.
  let isLost = false
  process.stderr.on("error", () => undefined)
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || isLost) return
    isLost = true
    process.exitCode = exit.failed
    process.stderr.write(
      `clawdbot: standard output cannot be written (${error.code ?? error.name})\n`
    )
  })
  // The JSON5 library has remarks of its own about a config (a line separator in a text), which are
  // none for a person or a script.
  Object.assign(console, { warn: () => undefined })
  const noColor = argv.includes("--no-color")
  let isService = false
  const fiber = Effect.runFork(
    program(argv, () => {
      isService = true
    }).pipe(Effect.provide(Layer.merge(Layer.succeed(Terminal, fromProcess(noColor)), logger)))
  )
  let stoppedBy: NodeJS.Signals | undefined
  const interrupt = (signal: NodeJS.Signals) => {
    stoppedBy = signal
    // A second signal of either kind ends it at once, as it ends any program.
    process.off("SIGINT", interrupt)
    process.off("SIGTERM", interrupt)
    process.exitCode = signal === "SIGTERM" && isService ? exit.done : exit.interrupted
    fiber.unsafeInterruptAsFork(fiber.id())
  }
  process.once("SIGINT", interrupt)
  process.once("SIGTERM", interrupt)
  fiber.addObserver((result) => {
    process.off("SIGINT", interrupt)
    process.off("SIGTERM", interrupt)
    if (Exit.isSuccess(result))
      process.exitCode = isLost && result.value === exit.done ? exit.failed : result.value
    else if (!Cause.isInterruptedOnly(result.cause)) process.exitCode = exit.failed
    // A file that the system does not finish reading (a pipe that nobody writes to, a network disk
    // that is gone) would keep the process for ever, and `process.exit` waits for it as well: the
    // signal's own effect ends it.
    if (stoppedBy !== undefined) {
      const signal = stoppedBy
      setTimeout(() => process.kill(process.pid, signal), lingerMs).unref()
    }
    // Nothing more is to come from a pipe that was never read.
    process.stdin.unref?.()
    process.stdin.pause()
  })
}
