/** From a command line to an exit status. */

import { version } from "@clawdbot/domain/version"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { CommandEffect } from "./CommandEffect.ts"
import { fail, unexpected, type Wanted, wantsJson } from "./commandFailure.ts"
import type { CommandNode } from "./commandLine/definition.ts"
import { parseGlobal } from "./commandLine/globalFlags.ts"
import { check as checkCommandLine } from "./commandLine/guard.ts"
import { parse } from "./commandLine/parse.ts"
import { rewriteLegacy } from "./commandLine/rewriteLegacy.ts"
import { exit } from "./exit.ts"
import * as Services from "./services.ts"
import { IoStreams } from "./terminal/IoStreams.ts"

/** What other programs ask for: an answer, or undefined where it is an ordinary command line. */
const forPrograms = (root: CommandNode<CommandEffect>, [first, ...rest]: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const io = yield* IoStreams
    switch (first) {
      case "--version":
        if (rest.length > 0) return undefined
        yield* io.stdout(version)
        return exit.done
      case "__man": {
        if (rest.length > 0) return undefined
        const { renderManPage } = yield* Effect.promise(() => import("./manPage.ts"))
        yield* io.stdout(renderManPage(root, version))
        return exit.done
      }
      case "__complete": {
        const { answer } = yield* Effect.promise(() => import("./completion/answer.ts"))
        yield* answer(root, rest[0] === "--" ? rest.slice(1) : rest)
        return exit.done
      }
      default:
        return undefined
    }
  })

/**
 * Runs one command of a tree. `startsService` hears of a command that runs until it is stopped,
 * before it starts. `around` is what the command has around it in place of this process.
 */
export const runCommand = (
  root: CommandNode<CommandEffect>,
  argv: ReadonlyArray<string>,
  startsService: () => void,
  around?: Services.Surroundings
) =>
  Effect.gen(function* () {
    const json = wantsJson(argv)
    const check = argv.includes("--check")
    const global = parseGlobal(argv)
    if (Either.isLeft(global)) return yield* fail(global.left, { json, check: false })
    const flags = global.right
    const wanted: Wanted = { json, check, flags }
    const answered = yield* forPrograms(root, flags.rest)
    if (answered !== undefined) return answered
    const asked = flags.rest.length === 0 ? ["--help"] : rewriteLegacy(flags.rest)
    const accepted = checkCommandLine(root, asked)
    if (Either.isLeft(accepted)) return yield* fail(accepted.left, wanted)
    const { isHelp, node, path } = accepted.right
    if (isHelp || node.parse === undefined) {
      const { renderHelp } = yield* Effect.promise(() => import("./help.ts"))
      const { stdout, width } = yield* IoStreams
      yield* stdout(renderHelp(node, path, Math.min(width, 120)))
      return exit.done
    }
    if (node.isService) startsService()
    return yield* Effect.flatten(parse(accepted.right)).pipe(
      Services.forCommand(flags, path[1], around),
      Effect.catchAll((error) => fail(error, wanted)),
      Effect.catchAllCause((cause) =>
        Cause.isInterruptedOnly(cause) ? Effect.failCause(cause) : unexpected(cause, wanted)
      )
    )
  })
