/**
 * A world for the refresh policy: stores and health in memory, a strict token authority, a journal
 * that outlives the program.
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Config from "@clawdbot/domain/Config/Config"
import { type ConfigSnapshot, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Environment from "@clawdbot/domain/Environment/Environment"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Health from "@clawdbot/domain/Health/HealthDocument"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as OAuthRefresh from "@clawdbot/domain/OAuth/OAuthRefresh"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as SharedLoginMemory from "@clawdbot/testing/ClaudeCode/SharedLoginMemory"
import * as HealthMemory from "@clawdbot/testing/Health/HealthMemory"
import * as HeldStoresMemory from "@clawdbot/testing/OAuth/HeldStoresMemory"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import * as RefreshLeaseMemory from "@clawdbot/testing/OAuth/RefreshLeaseMemory"
import * as TokenEndpointMemory from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import type { IssuedTokens } from "@clawdbot/testing/OAuth/TokenFamilies"
import * as KeptAsideMemory from "@clawdbot/testing/Profile/KeptAsideMemory"
import * as ProfileMemory from "@clawdbot/testing/Profile/ProfileMemory"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"

export interface World {
  readonly agents?: ReadonlyArray<string>
  readonly journal?: RefreshJournalMemory.JournalPaper
  readonly obstacles?: HeldStoresMemory.Obstacles
  readonly claudeCode?: SharedLoginMemory.OtherProgram
}

export const main = AgentId.main
export const profile = ProfileId.of("anthropic:default")

const snapshot = (agents: ReadonlyArray<string>): ConfigSnapshot => ({
  path: "/home/p/.clawdbot/clawdbot.json",
  exists: true,
  config: Either.getOrThrow(Config.decode({ agents: { list: agents.map((id) => ({ id })) } })),
  value: Redacted.make({}),
  environment: Environment.empty,
  migrations: [],
  warnings: [],
  source: () => ({ _tag: "Default" })
})

/** The stores, the authority and everything else that stays when the program ends. */
export const surroundings = (world: World = {}) => {
  const profiles = ProfileMemory.layer()
  const loaded = snapshot(world.agents ?? ["main"])
  return Layer.mergeAll(
    Layer.succeed(ConfigStore, {
      load: Effect.succeed(loaded),
      edit: () => Effect.dieMessage("this world's config does not change"),
      changes: Stream.empty,
      current: () => loaded
    }),
    Layer.succeed(StatePaths, {
      home: "/home/p",
      workingFolder: "/home/p",
      stateDir: "/home/p/.clawdbot",
      configPath: "/home/p/.clawdbot/clawdbot.json",
      agentDirOverride: undefined,
      oauthDir: "/home/p/.clawdbot/credentials",
      profileName: undefined
    }),
    HealthMemory.layer,
    TokenEndpointMemory.layer,
    RefreshLeaseMemory.layer(),
    KeptAsideMemory.layer,
    RefreshJournalMemory.layer(world.journal),
    SharedLoginMemory.layer(world.claudeCode ?? SharedLoginMemory.otherProgram()),
    HeldStoresMemory.layer(world.obstacles).pipe(Layer.provideMerge(profiles))
  )
}

/** One program in a world of its own. */
export const layerWorld = (world: World = {}) =>
  OAuthRefresh.layer.pipe(Layer.provideMerge(surroundings(world)))

/** A login as it would be stored. */
export const login = (tokens: IssuedTokens, expires: number): Credential.OAuth => {
  const decoded = Either.getOrThrow(
    Credential.decode({
      type: "oauth",
      provider: "anthropic",
      access: tokens.access,
      refresh: tokens.refresh,
      expires,
      accountId: tokens.account
    })
  )
  if (decoded.type !== "oauth") throw new Error("not a login")
  return decoded
}

/** Puts a login into an agent's store. */
export const store = (credential: Credential.OAuth, agent = main, id = profile) =>
  Effect.flatMap(ProfileStore, (profiles) =>
    profiles.modify(agent, (document) =>
      Either.right({
        document: { ...document, profiles: new Map(document.profiles).set(id, credential) },
        result: undefined
      })
    )
  )

/** The login an agent's store holds now. */
export const stored = (agent = main, id = profile) =>
  Effect.gen(function* () {
    const { document } = yield* Effect.flatMap(ProfileStore, (profiles) => profiles.read(agent))
    const credential = document.profiles.get(id)
    if (credential?.type !== "oauth") return yield* Effect.dieMessage("no login is stored")
    return credential
  })

/** What is known about the health of the login a store holds now. */
export const health = (agent = main, id = profile) =>
  Effect.gen(function* () {
    const credential = yield* stored(agent, id)
    const document = yield* Effect.flatMap(HealthStore, (healths) => healths.read(agent))
    return Health.of(document, id, Credential.secretFingerprint(credential))
  })

export const access = (credential: Credential.OAuth): string => Redacted.value(credential.access)
