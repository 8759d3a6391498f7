/**
 * `clawdbot agents add`: a further agent, with profiles of its own or those of another one
 * (decision S10).
 */

import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import { textIf, textOf } from "@clawdbot/domain/Text/textIf"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { UsageError } from "../../CliError.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { agentFor } from "../agentFor.ts"
import { addAgent, named } from "./agentEdits.ts"

const here = "clawdbot agents add"

/** The command. */
export const add = command({
  name: "add",
  description: "Add an agent to the config. A new agent has no credentials of its own.",
  examples: ["clawdbot agents add work --inherit-from main"],
  options: {
    inheritFrom: CommandOptions.text(
      "inherit-from",
      "AGENT",
      "Also use this agent's profiles; they are read there, never copied."
    )
  },
  args: {
    name: CommandOptions.argument("ID", "The agent's name; written in lower case, with dashes.")
  },
  run: ({ inheritFrom: source, name: text }) =>
    Effect.gen(function* () {
      const id = Option.getOrUndefined(named(text))
      if (id === undefined) {
        return yield* new UsageError({
          problem: `"${text}" is not a valid agent name: it needs at least one letter or digit`,
          command: here
        })
      }
      const inheritFrom = ifDefined(source, (source) => Option.getOrUndefined(named(source)))
      if (source !== undefined && inheritFrom === undefined) {
        return yield* new UsageError({
          problem: `--inherit-from: "${source}" is not a valid agent name`,
          command: here
        })
      }
      if (inheritFrom === id) {
        return yield* new UsageError({
          problem: `agent "${id}" cannot inherit from itself`,
          command: here
        })
      }
      if (inheritFrom !== undefined) yield* agentFor(inheritFrom)
      const store = yield* ConfigStore
      const paths = yield* StatePaths
      const io = yield* IoStreams
      const report = yield* store.edit((snapshot) =>
        Either.right(addAgent(snapshot.config, id, inheritFrom))
      )
      const registry = AgentRegistry.fromConfig((yield* store.load).config, paths)
      const agent = registry.get(id)
      const file = shorten(paths, report.path)
      yield* io.stdout([
        report.changed ? `Updated ${file}` : `${file}: already set`,
        `Agent: ${id}${textIf(id === registry.defaultAgent, " (default)")}`,
        `Folder: ${shorten(paths, agent.dir)}`,
        `Profiles: its own${textOf(agent.inheritFrom, (from) => `, then those of ${from}`)}`
      ])
      if (report.changed && agent.inheritFrom === undefined) {
        yield* io.stderr(`to add credentials: clawdbot onboard --agent ${id}`)
      }
      return exit.done
    })
})
