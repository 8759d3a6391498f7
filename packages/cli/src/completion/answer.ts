/**
 * The hidden command behind the shells' completion: `clawdbot __complete -- WORDS`, the words after
 * the program's name, the last one unfinished. One candidate a line, with a tab before what is said
 * about it; `:files` alone leaves it to the shell. Never fails and never complains.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { CommandNode } from "../commandLine/definition.ts"
import * as Global from "../commandLine/globalFlags.ts"
import * as Services from "../services.ts"
import { IoStreams } from "../terminal/IoStreams.ts"
import { type Candidate, complete } from "./complete.ts"
import { lookUp } from "./lookUp.ts"

/** How long may be looked for, in ms: somebody waits with a finger on the key. */
const maxWaitMs = 2_000

/**
 * Names that a shell would read more into are not offered: they would be put on the command line as
 * they are.
 */
const isPlain = (value: string): boolean => /^[A-Za-z0-9_:.,@%+=/-]+$/.test(value)

const row = ({ description, value }: Candidate): ReadonlyArray<string> => {
  if (description === "") return [value]
  return [value, description.replace(/\s+/g, " ")]
}

/** Prints what could come next. */
export const answer = <R>(
  root: CommandNode<R>,
  words: ReadonlyArray<string>
): Effect.Effect<void, never, IoStreams> =>
  Effect.gen(function* () {
    const io = yield* IoStreams
    const global = Global.parseGlobal(words)
    // What is being typed is the name after --profile, which nobody knows.
    if (Either.isLeft(global) || global.right.rest.length === 0) return
    const flags = global.right
    const { rest } = flags
    const current = rest.at(-1) ?? ""
    const { agent, before, candidates, known } = complete(root, rest)
    if (known === "files") return yield* io.stdout(":files")
    const silent = IoStreams.of({ ...io, stderr: () => Effect.void })
    const found =
      known === undefined
        ? []
        : yield* lookUp(known, agent).pipe(
            Effect.timeout(maxWaitMs),
            Effect.orElseSucceed((): ReadonlyArray<Candidate> => []),
            Services.forCommand(flags),
            Effect.orElseSucceed((): ReadonlyArray<Candidate> => []),
            Effect.provideService(IoStreams, silent)
          )
    const offered = [
      ...candidates,
      ...found.map((entry) => ({ ...entry, value: `${before}${entry.value}` }))
    ].filter(({ value }) => isPlain(value) && value.startsWith(current))
    if (offered.length > 0) yield* io.table(offered.map(row))
  }).pipe(Effect.catchAllDefect(() => Effect.void))
