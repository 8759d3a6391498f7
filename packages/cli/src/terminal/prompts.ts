/**
 * Questions in a terminal, by `@effect/cli`. Loaded only when something is asked. Ctrl-C and Ctrl-D
 * end the command with nothing changed.
 */
import { defined } from "@clawdbot/domain/Document/defined"
import { printable } from "@clawdbot/domain/Text/printable"
import * as Prompt from "@effect/cli/Prompt"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Cancelled } from "../CliError.ts"

const surroundings = Layer.mergeAll(NodeTerminal.layer, NodeFileSystem.layer, NodePath.layer)

const run = <A>(prompt: Prompt.Prompt<A>): Effect.Effect<A, Cancelled> =>
  Prompt.run(prompt).pipe(
    Effect.catchTag("QuitException", () => {
      // The question stands on its row; what comes next begins on one of its own.
      process.stdout.write("\n")
      return new Cancelled()
    }),
    Effect.provide(surroundings)
  )

/** One of several. */
export const choose = <K extends string>(
  question: string,
  choices: ReadonlyArray<{ readonly key: K; readonly title: string }>
): Effect.Effect<K, Cancelled> =>
  run(
    Prompt.select({
      message: `${printable(question)} (arrow keys, then Enter)`,
      choices: choices.map(({ key, title }) => ({ title: printable(title), value: key }))
    })
  )

/** Yes or no; Enter alone is `usual`. */
export const confirm = (question: string, usual: boolean): Effect.Effect<boolean, Cancelled> =>
  run(Prompt.confirm({ message: printable(question), initial: usual }))

/** A line that is shown as it is typed, asked again while it is blank; Enter alone is `usual`. */
export const line = (question: string, usual?: string): Effect.Effect<string, Cancelled> =>
  run(
    Prompt.text({
      message: printable(question),
      ...defined({ default: usual }),
      validate: (text) =>
        text.trim() === "" ? Effect.fail("Required") : Effect.succeed(text.trim())
    })
  )
