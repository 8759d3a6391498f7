/**
 * `clawdbot gateway token limit`: what a client may use, as `gateway.budgets` of the config; and
 * the same options for `token add`.
 */
import type { LimitChanges } from "@clawdbot/domain/Budget/budgetEdits"
import { AccessTokens } from "@clawdbot/domain/Client/AccessTokens"
import { ClientNameRefused } from "@clawdbot/domain/Client/ClientTokens"
import type { Budgets } from "@clawdbot/domain/Config/budgetSection"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { UsageError } from "../../CliError.ts"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { reportEdit } from "../config/reportEdit.ts"

/** What a command line says of limits. */
export interface LimitOptions {
  readonly usd: ReadonlyArray<string>
  readonly tokens: string | undefined
  readonly requests: string | undefined
}

/** The options. */
export const limitOptions = {
  usd: CommandOptions.texts(
    "usd",
    "AMOUNT/PERIOD",
    "The most USD that API keys may be billed for it: 5/day, 20/week or 50/month (UTC). " +
      "Repeatable."
  ),
  tokens: CommandOptions.text(
    "tokens",
    "NUMBER/min",
    "The most tokens a minute, without what comes out of the prompt cache, e.g. 200k/min."
  ),
  requests: CommandOptions.text(
    "requests",
    "NUMBER/min",
    "The most requests to /v1/messages a minute, e.g. 60/min."
  )
}

const load = Effect.promise(() =>
  Promise.all([
    import("@clawdbot/domain/Budget/parseLimit"),
    import("@clawdbot/domain/Budget/budgetEdits"),
    import("@clawdbot/domain/Budget/limitWords")
  ])
)

/** What the options of a command change; a value that is none is refused with an example. */
export const changesOf = ({ requests, tokens, usd }: LimitOptions, here: string) =>
  Effect.gen(function* () {
    const [{ parseMoney, parseRate }, Edits] = yield* load
    const read = <A>(flag: string, text: string, parsed: Either.Either<A, string>) =>
      Effect.mapError(
        parsed,
        (why) => new UsageError({ problem: `--${flag}: "${text}" ${why}`, command: here })
      )
    const rate = (flag: "tokens" | "requests", text: string | undefined, example: string) =>
      Effect.gen(function* () {
        if (text === undefined) return undefined
        return { perMinute: yield* read(flag, text, parseRate(text, example)) }
      })
    return Edits.changesOf({
      money: yield* Effect.forEach(usd, (text) => read("usd", text, parseMoney(text))),
      tokens: yield* rate("tokens", tokens, "200k/min"),
      requests: yield* rate("requests", requests, "60/min")
    })
  })

/** Writes changed limits into the config, or shows what that would change. */
export const writeLimits = (client: string, changes: LimitChanges, dryRun = false) =>
  Effect.gen(function* () {
    const [, { budgetEdits }] = yield* load
    return yield* (yield* ConfigStore).edit(
      ({ config }) => Either.right(budgetEdits(config.gateway?.budgets ?? {}, client, changes)),
      { dryRun }
    )
  })

/** The budgets of the config in force; none where it cannot be read, which stops no command. */
export const budgetsInForce = Effect.flatMap(ConfigStore, ({ load }) =>
  Effect.match(load, {
    onFailure: (): Budgets => ({}),
    onSuccess: ({ config }) => config.gateway?.budgets ?? {}
  })
)

/** What a client may use, in words; undefined without limits. */
export const limitsInWords = (client: string) =>
  Effect.gen(function* () {
    const [, , { inWords }] = yield* load
    const budgets = yield* budgetsInForce
    return Object.hasOwn(budgets, client) ? inWords(budgets[client] ?? {}) : undefined
  })

/** Refuses a name that no client has: a budget for it would limit nobody. */
const mustBeKnown = (client: string) =>
  Effect.gen(function* () {
    const { withAccessTokens } = yield* Effect.promise(
      () => import("../../gateway/accessTokens.ts")
    )
    const { clients } = yield* withAccessTokens(
      Effect.flatMap(AccessTokens, ({ clients }) => clients)
    )
    if (!Object.hasOwn(clients, client))
      return yield* new ClientNameRefused({ name: client, problem: "unknown" })
  })

const here = "clawdbot gateway token limit"

/** The command. */
export const limit = command({
  name: "limit",
  description:
    "Limit what a client may use, or change or remove its limits. A running gateway follows " +
    "within a second.",
  examples: [
    "clawdbot gateway token limit laptop --usd 5/day --requests 60/min",
    "clawdbot gateway token limit laptop --usd none --tokens none",
    "clawdbot gateway token limit laptop --none"
  ],
  options: {
    ...limitOptions,
    none: CommandOptions.flag("none", "Remove all limits of the client."),
    dryRun: CommandOptions.dryRun,
    json: CommandOptions.json
  },
  args: { client: CommandOptions.argument("NAME", "The client's name.") },
  run: ({ client, dryRun, json, none, ...given }): CommandEffect =>
    Effect.gen(function* () {
      const named = given.usd.length + Number(given.tokens !== undefined)
      const isSilent = named + Number(given.requests !== undefined) === 0
      if (none !== isSilent) {
        const problem = none
          ? "give either --none or limits, not both"
          : "give a limit, such as --usd 5/day, --tokens 200k/min or --requests 60/min; or --none"
        return yield* new UsageError({ problem, command: here })
      }
      const all = { usd: ["none"], tokens: "none", requests: "none" }
      const changes = yield* changesOf(none ? all : given, here)
      const adds = [...changes.values()].some((value) => value !== undefined)
      if (adds) yield* mustBeKnown(client)
      const report = yield* writeLimits(client, changes, dryRun)
      const status = yield* reportEdit(report, { dryRun, json, nothing: "Already set." })
      if (dryRun || json) return status
      const io = yield* IoStreams
      yield* io.stdout(`Limits of ${client}: ${(yield* limitsInWords(client)) ?? "none"}`)
      return status
    })
})
