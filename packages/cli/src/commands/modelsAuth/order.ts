/**
 * `clawdbot models auth order get|set|clear`: an agent's own order of its profiles
 * (decision D15).
 */

import type { Agent } from "@clawdbot/domain/Agent/AgentRegistry"
import { storePath } from "@clawdbot/domain/Agent/AgentRegistry"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import * as Changes from "@clawdbot/domain/Profile/changes"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import { UsageError } from "../../CliError.ts"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command, group } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { agentFor } from "../agentFor.ts"

const options = {
  provider: CommandOptions.provider,
  agent: CommandOptions.agent
}

const providerOf = (text: string | undefined) => {
  if (text === undefined || text.trim() === "")
    return Effect.fail(
      new UsageError({ problem: "--provider is missing", command: "clawdbot models auth order" })
    )
  return Effect.succeed(ProviderId.normalize(text))
}

const tell = Effect.fnUntraced(function* (
  agent: Agent,
  provider: string,
  ...order: ReadonlyArray<string>
) {
  const io = yield* IoStreams
  yield* io.stdout([`Agent: ${agent.id}`, `Provider: ${provider}`, ...order])
})

const get = command({
  name: "get",
  description: "Show the agent's own order.",
  examples: ["clawdbot models auth order get --provider anthropic"],
  options: { ...options, json: CommandOptions.json },
  run: (values) =>
    Effect.gen(function* () {
      const provider = yield* providerOf(values.provider)
      const agent = yield* agentFor(values.agent)
      const paths = yield* StatePaths
      const io = yield* IoStreams
      const { document } = yield* (yield* ProfileStore).read(agent.id)
      const order = document.order.get(provider)
      const authStorePath = shorten(paths, storePath(agent))
      if (values.json) {
        const shown = {
          agentId: agent.id,
          agentDir: agent.dir,
          provider,
          authStorePath,
          order: order ?? null
        }
        yield* io.stdout(jsonLines(shown))
      } else {
        yield* tell(
          agent,
          provider,
          `Auth file: ${authStorePath}`,
          `Order override: ${order?.join(", ") ?? "(none)"}`
        )
      }
      return exit.done
    })
})

const set = command({
  name: "set",
  description: "Set the agent's own order: only these profiles are used, in this order.",
  examples: [
    "clawdbot models auth order set --provider anthropic anthropic:work anthropic:default"
  ],
  options,
  args: {
    profiles: CommandOptions.argument("PROFILE", "The profiles, in order of preference.").pipe(
      Args.atLeast(1)
    )
  },
  run: (values) =>
    Effect.gen(function* () {
      const provider = yield* providerOf(values.provider)
      const agent = yield* agentFor(values.agent)
      const ids = [...new Set(ProfileId.listOf(values.profiles))]
      if (ids.length === 0) {
        return yield* new UsageError({
          problem: "missing PROFILE...",
          command: "clawdbot models auth order set"
        })
      }
      yield* Changes.setOrder(agent, provider, ids)
      yield* tell(agent, provider, `Order override: ${ids.join(", ")}`)
      return exit.done
    })
})

const clear = command({
  name: "clear",
  description: "Remove the agent's own order.",
  examples: ["clawdbot models auth order clear --provider anthropic"],
  options,
  run: (values) =>
    Effect.gen(function* () {
      const provider = yield* providerOf(values.provider)
      const agent = yield* agentFor(values.agent)
      yield* Changes.setOrder(agent, provider, [])
      yield* tell(agent, provider, "Cleared per-agent order override.")
      return exit.done
    })
})

/** The commands. */
export const order = group<CommandEffect>("order", "Manage an agent's own order of profiles.", [
  get,
  set,
  clear
])
