/**
 * `clawdbot gateway token …`: a token of its own for each client, bound to an agent where one is
 * named (decision D26b).
 */

import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { defined } from "@clawdbot/domain/Document/defined"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command, group } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { Terminal } from "../../terminal/Terminal.ts"
import { agentFor } from "../agentFor.ts"

const client = CommandOptions.argument("NAME", "The client's name.")
const load = Effect.promise(() =>
  Promise.all([
    import("../../gateway/clientTokens.ts"),
    import("../../gateway/gatewayTokens.ts"),
    import("@clawdbot/domain/Client/ClientTokens")
  ])
)

const add = command({
  name: "add",
  description: "Make a token for one more client. It is shown once; only a hash is kept.",
  examples: ["clawdbot gateway token add laptop"],
  options: {
    agent: CommandOptions.text(
      "agent",
      "AGENT",
      "The agent all its requests are made as. Default: chosen per request."
    )
  },
  args: { client },
  run: ({ agent, client }): CommandEffect =>
    Effect.gen(function* () {
      const [files, tokens, domain] = yield* load
      const { stateDir } = yield* StatePaths
      const bound = agent === undefined ? undefined : (yield* agentFor(agent)).id
      const token = tokens.newToken()
      const createdAt = yield* Clock.currentTimeMillis
      yield* files.modify(stateDir, (known) =>
        domain.add(known, client, {
          hash: files.hashOf(token),
          createdAt,
          ...defined({ agent: bound === undefined ? undefined : AgentId.normalize(bound) })
        })
      )
      const terminal = yield* Terminal
      yield* terminal.say("This is shown once. A running gateway accepts it within a second.")
      yield* terminal.result(Redacted.value(token))
      return exit.done
    })
})

const list = command({
  name: "list",
  description: "The clients that have a token of their own.",
  examples: ["clawdbot gateway token list"],
  options: { json: CommandOptions.json },
  run: ({ json }): CommandEffect =>
    Effect.gen(function* () {
      const [files] = yield* load
      const { clients } = yield* files.read((yield* StatePaths).stateDir)
      const rows = Object.entries(clients).map(([client, { agent, createdAt }]) => ({
        name: client,
        ...defined({ agent }),
        createdAt
      }))
      const lines = rows.map(
        (row) =>
          `${row.name}  agent ${row.agent ?? "chosen per request"}  since ` +
          `${EpochMs.toIso(row.createdAt).slice(0, 10)}`
      )
      const terminal = yield* Terminal
      yield* terminal.result(
        json
          ? jsonLines({ clients: rows })
          : lines.length === 0
            ? "no client has a token of its own; add one: clawdbot gateway token add NAME"
            : lines
      )
      return exit.done
    })
})

const revoke = command({
  name: "revoke",
  description: "End a client's token. A running gateway refuses it within a second.",
  examples: ["clawdbot gateway token revoke laptop"],
  args: { client },
  run: ({ client }): CommandEffect =>
    Effect.gen(function* () {
      const [files, , domain] = yield* load
      yield* files.modify((yield* StatePaths).stateDir, (known) => domain.revoke(known, client))
      const terminal = yield* Terminal
      yield* terminal.say(`the token of ${client} is revoked`)
      return exit.done
    })
})

/** The commands. */
export const token = group<CommandEffect>(
  "token",
  "Tokens of the gateway's clients, each with a name.",
  [add, list, revoke]
)
