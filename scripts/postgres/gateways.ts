/** The stores of gateways in one process, for measurements: over a database, or over files. */
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Config from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Environment from "@clawdbot/domain/Environment/Environment"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { OAuthRefresh } from "@clawdbot/domain/OAuth/OAuthRefresh"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as Disk from "@clawdbot/node/File/Disk"
import { storesOver } from "@clawdbot/node/machineStores"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as ConnectionUrl from "../../packages/postgres/src/connectionUrl.ts"
import * as PostgresCredentials from "../../packages/postgres/src/PostgresCredentials.ts"
import * as StoreKey from "../../packages/postgres/src/storeKey.ts"

/** The key of the store. */
export const key = Either.getOrThrow(
  StoreKey.parse(Redacted.make(Buffer.alloc(32, "bench").toString("base64")), "the benchmark")
)

/** How the store is reached. */
export const databaseAt = (url: string) => ({
  connection: Either.getOrThrow(ConnectionUrl.check(Redacted.make(url), "the benchmark")),
  schema: "clawdbot",
  poolSize: 4,
  pooler: "none" as const
})

/** A state folder that is removed with the scope. */
export const stateFolder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "clawdbot-bench-"))),
  (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
)

const machine = (stateDir: string) =>
  Layer.mergeAll(
    Disk.layer,
    Layer.succeed(StatePaths, {
      home: stateDir,
      workingFolder: stateDir,
      stateDir,
      configPath: `${stateDir}/clawdbot.json`,
      agentDirOverride: undefined,
      oauthDir: `${stateDir}/credentials`,
      profileName: undefined
    }),
    Layer.succeed(Environment.Environment, {
      base: Effect.succeed(new Map()),
      loginShell: () => Effect.succeed({ variables: new Map(), warning: Option.none() })
    })
  )

const configOf = (tokenUrl: string, stateDir: string) =>
  Layer.succeed(ConfigStore, {
    load: Effect.succeed({
      path: `${stateDir}/clawdbot.json`,
      exists: true,
      config: Either.getOrThrow(
        Config.decode({ models: { providers: { anthropic: { oauth: { tokenUrl } } } } })
      ),
      value: Redacted.make({}),
      environment: Environment.empty,
      migrations: [],
      warnings: [],
      source: () => ({ _tag: "Default" as const })
    }),
    edit: () => Effect.dieMessage("the config does not change here"),
    changes: Stream.empty,
    current: () => undefined
  })

const parts = Effect.gen(function* () {
  return {
    healths: yield* HealthStore,
    profiles: yield* ProfileStore,
    refresh: yield* OAuthRefresh
  }
})

/** A gateway's stores over files that it shares with the other ones of the folder. */
export const overFiles = (tokenUrl: string, stateDir: string) =>
  Effect.flatMap(
    Layer.build(
      Layer.fresh(storesOver(configOf(tokenUrl, stateDir))).pipe(Layer.provide(machine(stateDir)))
    ),
    (context) => Effect.provide(parts, context)
  )

/** A gateway's stores over the database, on a host of its own. */
export const overDatabase = (url: string, tokenUrl: string) =>
  Effect.gen(function* () {
    const stateDir = yield* stateFolder
    const store = {
      settings: { database: databaseAt(url), listenOn: undefined },
      key,
      version: "0.1.0"
    }
    const context = yield* Layer.build(
      Layer.fresh(PostgresCredentials.forGateway(store, configOf(tokenUrl, stateDir))).pipe(
        Layer.provide(machine(stateDir))
      )
    )
    const ledger = yield* Effect.provide(UsageLedger, context)
    return { ...(yield* Effect.provide(parts, context)), ledger }
  })

/** The stores of one gateway. */
export type Gateway = Effect.Effect.Success<typeof parts>

/** The login that is refreshed. */
export const profile = ProfileId.of("anthropic:work")

/** A login with these tokens. */
export const loginOf = (
  tokens: { readonly access: string; readonly refresh: string },
  expires: number
): Credential.OAuth => ({
  type: "oauth",
  provider: ProviderId.anthropic,
  access: Redacted.make(tokens.access),
  refresh: Redacted.make(tokens.refresh),
  expires,
  extra: Credential.noExtra
})

/** Stores the login. */
export const put = ({ profiles }: Gateway, credential: Credential.OAuth) =>
  profiles.modify(AgentId.main, (document) =>
    Either.right({
      document: ProfileDocument.set(document, profile, credential),
      result: undefined
    })
  )

/** The login as a gateway knows it. */
export const loginAt = ({ profiles }: Gateway) =>
  Effect.map(profiles.read(AgentId.main), ({ document }) => {
    const found = document.profiles.get(profile)
    return found?.type === "oauth" ? found : undefined
  })

/** Looks once a millisecond until something holds; in ms since `begun`. */
export const until = <E, R>(
  holds: Effect.Effect<boolean, E, R>,
  begun: number
): Effect.Effect<number, E, R> =>
  Effect.flatMap(holds, (isSo) => {
    if (isSo) return Effect.sync(() => performance.now() - begun)
    return Effect.delay(until(holds, begun), 1)
  })
