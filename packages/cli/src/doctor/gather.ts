/**
 * What `doctor` looks at. Looking changes nothing, but for what every reading of a store does: take
 * over files of older versions.
 */
import * as path from "node:path"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { ClaudeCodeLogin } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import * as Config from "@clawdbot/domain/Config/Config"
import { shadowed } from "@clawdbot/domain/Config/ConfigEnvironment"
import type { ConfigInvalid, ConfigUnavailable } from "@clawdbot/domain/Config/ConfigError"
import {
  type ConfigEdit,
  type ConfigSnapshot,
  ConfigStore
} from "@clawdbot/domain/Config/ConfigStore"
import { Environment, lookup } from "@clawdbot/domain/Environment/Environment"
import { type Paths, StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { readLoginCopies } from "@clawdbot/domain/OAuth/readLoginCopies"
import { KeptAside } from "@clawdbot/domain/Profile/KeptAside"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import type { AgentFacts, Facts } from "@clawdbot/domain/Status/DoctorFacts"
import * as ProfileIdRepair from "@clawdbot/domain/Status/profileIdRepair"
import { StatusReport } from "@clawdbot/domain/Status/StatusReport"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { diffOf } from "../commands/config/reportEdit.ts"
import * as Permissions from "./permissions.ts"

const movers = [
  "CLAWDBOT_STATE_DIR",
  "CLAWDBOT_CONFIG_PATH",
  "CLAWDBOT_AGENT_DIR",
  "PI_CODING_AGENT_DIR",
  "CLAWDBOT_OAUTH_DIR"
]

const noEdits: ReadonlyArray<ConfigEdit> = []

/** The single agent folder of versions before there were several agents. */
const olderFolder = (paths: Paths, target: string) =>
  Effect.gen(function* () {
    const from = `${paths.stateDir}/agent`
    const held = yield* Effect.exists(["auth-profiles.json", "auth.json"], (name) =>
      Permissions.isThere(`${from}/${name}`)
    )
    if (!held || from === target) return undefined
    const free = yield* Effect.match((yield* FileSystem).readDirectory(target), {
      onFailure: () => true,
      onSuccess: (names) => names.length === 0
    })
    return { from, to: target, free }
  })

/**
 * The config and its pending migrations. The dry run comes first: after it older keys are not
 * announced, as `doctor` shows them itself. An edit takes an empty file for a new one, so whether
 * the config can be used is what `load` says.
 */
const lookAtConfig = Effect.gen(function* () {
  const configs = yield* ConfigStore
  const paths = yield* StatePaths
  const report = yield* Effect.either(configs.edit(() => Either.right(noEdits), { dryRun: true }))
  const config = yield* Effect.either(configs.load)
  const diff = Either.map(report, (found) => diffOf(found, shorten(paths, found.path)))
  return { config, diff }
})

/** What a rename would do to the config. */
const renameDiff = (rename: ProfileIdRepair.ProfileIdRepair) =>
  Effect.gen(function* () {
    const paths = yield* StatePaths
    const change = (snapshot: ConfigSnapshot) =>
      Either.right(ProfileIdRepair.edits(snapshot.config, rename))
    const report = yield* (yield* ConfigStore).edit(change, { dryRun: true })
    return diffOf(report, shorten(paths, report.path))
  }).pipe(Effect.orElseSucceed((): ReadonlyArray<string> => []))

/** One agent's credentials, and those that were logged out. */
const lookAtAgent = (
  agent: AgentRegistry.Agent,
  config: Either.Either<ConfigSnapshot, ConfigInvalid | ConfigUnavailable>
) =>
  Effect.gen(function* () {
    const stores = yield* ProfileStore
    const aside = yield* KeptAside
    const reports = yield* StatusReport
    const store = yield* Effect.either(stores.read(agent.id))
    const report =
      Either.isRight(config) && Either.isRight(store)
        ? yield* Effect.option(reports.report(agent.id))
        : Option.none()
    const stored = Either.isRight(store) ? store.right.document.profiles : undefined
    const value = Either.isRight(config) ? config.right.config : Config.empty
    const facts: AgentFacts = {
      agent,
      store,
      loggedOut: yield* Effect.filter(Object.keys(value.auth?.profiles ?? {}), (id) => {
        if (stored?.has(ProfileId.of(id)) === true) return Effect.succeed(false)
        return aside.find(agent.id, ProfileId.of(id)).pipe(
          Effect.map((kept) => kept.length > 0),
          Effect.orElseSucceed(() => false)
        )
      }),
      status: Option.getOrUndefined(Option.map(report, ({ document }) => document))
    }
    return facts
  })

/**
 * Everything `doctor` judges. Where the shared store cannot be opened, nobody's credentials are
 * looked at.
 */
export const gather = (
  unopenedStore: Facts["unopenedStore"]
): Effect.Effect<
  Facts,
  never,
  | ClaudeCodeLogin
  | ConfigStore
  | Environment
  | FileSystem
  | KeptAside
  | ProfileStore
  | RefreshJournal
  | StatePaths
  | StatusReport
> =>
  Effect.gen(function* () {
    const paths = yield* StatePaths
    const base = yield* (yield* Environment).base
    const { config, diff } = yield* lookAtConfig
    const value = Either.isRight(config) ? config.right.config : Config.empty
    const registry = AgentRegistry.fromConfig(value, paths)
    const older = yield* olderFolder(paths, registry.get(registry.defaultAgent).dir)
    const open = yield* Permissions.openPaths([
      { path: paths.stateDir, wanted: 0o700 },
      { path: paths.configPath, wanted: 0o600 },
      { path: `${paths.stateDir}/.env`, wanted: 0o600 },
      { path: paths.oauthDir, wanted: 0o700 },
      ...registry.agents.flatMap((agent) => [
        { path: agent.dir, wanted: 0o700 },
        { path: AgentRegistry.healthPath(agent), wanted: 0o600 }
      ])
    ])
    const agents = yield* Effect.forEach(
      unopenedStore === undefined ? registry.agents : [],
      (agent) => lookAtAgent(agent, config)
    )
    const own = agents.find(({ agent }) => agent.id === registry.defaultAgent)
    const rename =
      own !== undefined && Either.isRight(own.store)
        ? ProfileIdRepair.find(value, own.store.right.document)
        : undefined
    const all = { variables: base, shell: { enabled: false, applied: [] } }
    return {
      paths,
      config,
      migrationDiff: diff,
      openPaths: open,
      unwritable: yield* Permissions.unwritable([
        paths.stateDir,
        path.dirname(paths.configPath),
        ...registry.agents.map(({ dir }) => dir)
      ]),
      olderFolder: older,
      unopenedStore,
      agents,
      defaultAgent: registry.defaultAgent,
      copies: yield* readLoginCopies(
        yield* RefreshJournal,
        agents.flatMap(({ store }) => Option.toArray(Either.getRight(store)))
      ),
      profileIdRepair: rename,
      profileIdDiff: rename === undefined ? [] : yield* renameDiff(rename),
      claudeCode: yield* (yield* ClaudeCodeLogin).look,
      shadowed: shadowed(base, value),
      moved: movers.filter((name) => Option.isSome(lookup(all, name)))
    }
  })
