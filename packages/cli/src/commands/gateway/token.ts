/**
 * `clawdbot gateway token …`: a token of its own for each client, bound to an agent where one is
 * named (decision D26b).
 */

import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { AccessTokens } from "@clawdbot/domain/Client/AccessTokens"
import { ClientNameRefused, ClientTokenHashed } from "@clawdbot/domain/Client/ClientTokens"
import { type ConfigEdit, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { defined, ifDefined } from "@clawdbot/domain/Document/defined"
import { shellWord } from "@clawdbot/domain/Text/shellWord"
import { textIf, textOf } from "@clawdbot/domain/Text/textIf"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command, group } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { askingGateway } from "../../terminal/withSpinner.ts"
import { agentFor } from "../agentFor.ts"
import {
  budgetsInForce,
  changesOf,
  limit,
  limitOptions,
  limitsInWords,
  writeLimits
} from "./tokenLimit.ts"

const client = CommandOptions.argument("NAME", "The client's name.")
const load = Effect.promise(() =>
  Promise.all([
    import("../../gateway/accessTokens.ts"),
    import("@clawdbot/http/gatewayTokens"),
    import("@clawdbot/domain/Client/ClientTokens"),
    import("@clawdbot/node/Client/tokenHash")
  ])
)

/** All named clients, of the state folder or of the store that gateways share. */
const stored = Effect.gen(function* () {
  const [{ withAccessTokens }] = yield* load
  return yield* withAccessTokens(Effect.flatMap(AccessTokens, ({ clients }) => clients))
})

/** Writes into the config that a client's messages always go with the model they name. */
const exceptFromFallback = (client: string) =>
  Effect.flatMap(ConfigStore, ({ edit }) =>
    edit(({ config }) => {
      const before = config.gateway?.modelFallbackExcept ?? []
      const path = ["gateway", "modelFallbackExcept"]
      const edit: ConfigEdit = { _tag: "Set", path, value: [...before, client] }
      return Either.right(before.includes(client) ? [] : [edit])
    })
  )

/** The clients of which that is written; none where the config cannot be read. */
const excepted = Effect.flatMap(ConfigStore, ({ load }) =>
  Effect.match(load, {
    onFailure: (): ReadonlyArray<string> => [],
    onSuccess: ({ config }) => config.gateway?.modelFallbackExcept ?? []
  })
)

const add = command({
  name: "add",
  description: "Create a token for a client. It is shown once; only its hash is stored.",
  examples: [
    "clawdbot gateway token add laptop",
    "clawdbot gateway token add ci --usd 5/day --tokens 200k/min --requests 60/min",
    "clawdbot gateway token add evaluation --no-model-fallback"
  ],
  options: {
    ...limitOptions,
    noModelFallback: CommandOptions.flag(
      "no-model-fallback",
      "Never answer its messages with another model than they name."
    ),
    agent: CommandOptions.text(
      "agent",
      "AGENT",
      "The agent that its requests use. Default: chosen per request."
    )
  },
  args: { client },
  run: ({ agent, client, noModelFallback, ...given }): CommandEffect =>
    Effect.gen(function* () {
      const changes = yield* changesOf(given, "clawdbot gateway token add")
      const [{ withAccessTokens }, tokens, domain, { hashOf }] = yield* load
      const bound = agent === undefined ? undefined : (yield* agentFor(agent)).id
      const token = tokens.newToken()
      const createdAt = yield* Clock.currentTimeMillis
      const added = {
        hash: hashOf(token),
        createdAt,
        ...defined({ agent: ifDefined(bound, AgentId.normalize) })
      }
      yield* domain.add(yield* stored, client, added)
      // Before the token: there is none without its limits.
      if (changes.size > 0) yield* writeLimits(client, changes)
      if (noModelFallback) yield* exceptFromFallback(client)
      yield* withAccessTokens(
        Effect.flatMap(AccessTokens, ({ modifyClients }) =>
          modifyClients((known) => domain.add(known, client, added))
        )
      )
      const io = yield* IoStreams
      const limits = yield* limitsInWords(client)
      if (limits !== undefined) yield* io.stderr(`Limits of ${client}: ${limits}`)
      yield* io.stderr(
        "The token is shown only once. A running gateway accepts it within a second."
      )
      yield* io.stdout(Redacted.value(token))
      return exit.done
    })
})

const list = command({
  name: "list",
  description: "List the clients that have their own token.",
  examples: ["clawdbot gateway token list"],
  options: { json: CommandOptions.json },
  run: ({ json }): CommandEffect =>
    Effect.gen(function* () {
      const { clients } = yield* stored
      const budgets = yield* budgetsInForce
      const strict = yield* excepted
      const { inWords } = yield* Effect.promise(() => import("@clawdbot/domain/Budget/limitWords"))
      const rows = Object.entries(clients).map(([client, { agent, createdAt }]) => ({
        name: client,
        ...defined({
          agent,
          budget: Object.hasOwn(budgets, client) ? budgets[client] : undefined,
          modelFallback: strict.includes(client) ? false : undefined
        }),
        createdAt
      }))
      const lines = rows.map(
        (row) =>
          `${row.name}  agent ${row.agent ?? "chosen per request"}  since ` +
          EpochMs.toIso(row.createdAt).slice(0, 10) +
          textOf(ifDefined(row.budget, inWords), (limits) => `  ${limits}`) +
          textIf(row.modelFallback === false, "  no model fallback")
      )
      const io = yield* IoStreams
      const none = "no client has its own token; to add one: clawdbot gateway token add NAME"
      const shown = lines.length === 0 ? none : lines
      yield* io.stdout(json ? jsonLines({ clients: rows }) : shown)
      return exit.done
    })
})

const show = command({
  name: "show",
  description: "Print the gateway's own client token. Named tokens are stored as hashes only.",
  examples: ["clawdbot gateway token show"],
  args: { client: CommandOptions.optionalArgument("NAME", "A client's name.") },
  run: ({ client }): CommandEffect =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      if (client !== undefined) {
        const { clients } = yield* stored
        return yield* Object.hasOwn(clients, client)
          ? new ClientTokenHashed({ name: client })
          : new ClientNameRefused({ name: client, problem: "unknown" })
      }
      const { ownToken } = yield* Effect.promise(() => import("../../gateway/runningGateway.ts"))
      const { from, token } = yield* askingGateway(ownToken)
      if (token === null) {
        yield* io.stderr("clawdbot: no token is needed: gateway.auth.mode is none")
        return exit.done
      }
      if (from !== undefined) yield* io.stderr(`clawdbot: the token is set by ${from}`)
      yield* io.stdout(Redacted.value(token))
      return exit.done
    })
})

const revoke = command({
  name: "revoke",
  description: "Revoke a client's token. A running gateway rejects it within a second.",
  examples: ["clawdbot gateway token revoke laptop"],
  args: { client },
  run: ({ client }): CommandEffect =>
    Effect.gen(function* () {
      const [{ withAccessTokens }, , domain] = yield* load
      yield* withAccessTokens(
        Effect.flatMap(AccessTokens, ({ modifyClients }) =>
          modifyClients((known) => domain.revoke(known, client))
        )
      )
      const io = yield* IoStreams
      yield* io.stderr(`the token of ${client} is revoked`)
      if ((yield* limitsInWords(client)) !== undefined)
        yield* io.stderr(
          `its limits stay in the config; to remove them: ` +
            `clawdbot gateway token limit ${shellWord(client)} --none`
        )
      const strict = yield* excepted
      const others = strict.filter((name) => name !== client)
      if (others.length < strict.length)
        yield* io.stderr(
          `${client} stays in gateway.modelFallbackExcept; to remove it: clawdbot config set ` +
            `gateway.modelFallbackExcept ${shellWord(JSON.stringify(others))}`
        )
      return exit.done
    })
})

/** The commands. */
export const token = group<CommandEffect>("token", "Manage the tokens of the gateway's clients.", [
  add,
  limit,
  list,
  show,
  revoke
])
