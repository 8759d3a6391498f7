/**
 * What `clawdbot store import` and `store export` do. Loaded only for these commands. Names and
 * counts are shown, never a secret.
 */
import * as os from "node:os"
import { type Paths, resolve, StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { version } from "@clawdbot/domain/version"
import * as FolderLock from "@clawdbot/node/File/FolderLock"
import * as RefreshLeaseSocket from "@clawdbot/node/OAuth/RefreshLeaseSocket"
import * as MovedMarker from "@clawdbot/node/Profile/movedMarker"
import { layer as databaseLayer } from "@clawdbot/postgres/Database"
import * as Keyring from "@clawdbot/postgres/Keyring"
import { exportStore, planExport } from "@clawdbot/postgres/Move/exportStore"
import type { StoreContent } from "@clawdbot/postgres/Move/folderTexts"
import { type Import, importFolder, planImport } from "@clawdbot/postgres/Move/importStore"
import { suffixOf } from "@clawdbot/postgres/Move/outOfUse"
import { agentsOf, placesOf } from "@clawdbot/postgres/Move/places"
import type { FolderContent } from "@clawdbot/postgres/Move/readFolder"
import * as StoreSettings from "@clawdbot/postgres/storeSettings"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { NotOffered } from "../CliError.ts"
import { render } from "../renderError.ts"
import { shellWord } from "../shownCommand.ts"
import { settingsHere } from "./settingsHere.ts"

/** Longer than a lock stays whose holder was killed. */
const lockTimes: FolderLock.FolderLockTimes = { ...FolderLock.standardTimes, maxWaitMs: 40_000 }

/** Whether a gateway serves a state folder. */
const isServed = (paths: Paths) =>
  Effect.gen(function* () {
    const { isNoneRunning } = yield* Effect.promise(() => import("../gateway/runningGateway.ts"))
    return !(yield* Effect.provideService(isNoneRunning, StatePaths, paths))
  })

/** The store that the config names, with its key. */
const storeHere = Effect.gen(function* () {
  const found = yield* settingsHere
  if (found === undefined)
    return yield* new NotOffered({
      what: "credentials are kept in files on this machine; the config names no shared store",
      instead: "to share credentials between machines, set up a store first (docs/scale.md)"
    })
  const { paths, settings, snapshot } = found
  const key = yield* StoreSettings.readKey(snapshot, paths)
  const { connection, schema } = settings.database
  return {
    paths,
    config: snapshot.config,
    where: `the database ${connection.where}, schema "${schema}"`,
    layer: Keyring.layer(key).pipe(Layer.provideMerge(databaseLayer(settings.database)))
  }
})

/** What is moved, as a program reads it. */
export interface Moved {
  readonly agents: ReadonlyArray<{
    readonly agent: string
    readonly profiles: ReadonlyArray<{ readonly profile: string; readonly type: string }>
    /** Profiles that were logged out and can be restored. */
    readonly loggedOut: ReadonlyArray<string>
  }>
  readonly refreshes: number
  readonly health: number
  /** Requests whose usage is known. */
  readonly requests: number
  readonly pins: number
  readonly clientTokens: number
}

/** How a move ended, or would. */
export interface MoveReport extends Moved {
  readonly dryRun: boolean
  readonly from: string
  readonly to: string
  /** Why it would be refused, each with its cure. */
  readonly objections: ReadonlyArray<{ readonly message: string; readonly fix: string }>
  /** What a person should know of it. */
  readonly notes: ReadonlyArray<string>
}

const typesOf = ({ profiles }: { profiles: ReadonlyMap<string, { readonly type: string }> }) =>
  [...profiles].map(([profile, { type }]) => ({ profile, type }))

const requestsOf = (cells: FolderContent["cells"]): number =>
  cells.reduce((sum, { requests, unmeasured }) => sum + requests + unmeasured, 0)

const ofFolder = (content: FolderContent): Moved => ({
  agents: content.agents.map(({ agent, document, kept }) => ({
    agent,
    profiles: document === undefined ? [] : typesOf(document),
    loggedOut: kept.map(({ profile }) => profile)
  })),
  refreshes: content.journal.length,
  health: content.agents.reduce((sum, { health }) => sum + health.profiles.size, 0),
  requests: requestsOf(content.cells),
  pins: content.pins.length,
  clientTokens: Object.keys(content.clients.clients).length
})

const ofStore = (content: StoreContent): Moved => ({
  agents: content.documents.map(([agent, document]) => ({
    agent,
    profiles: typesOf(document),
    loggedOut: content.kept.filter((row) => row.agent === agent).map(({ profile }) => profile)
  })),
  refreshes: content.journal.length,
  health: [...content.health.values()].reduce((sum, profiles) => sum + profiles.size, 0),
  requests: requestsOf(content.cells),
  pins: content.pins.length,
  clientTokens: content.clients.length
})

const nothing: Moved = {
  agents: [],
  refreshes: 0,
  health: 0,
  requests: 0,
  pins: 0,
  clientTokens: 0
}

/** Files of older versions become part of the stores, as they do when somebody reads those. */
const takeOverOlder = (move: Import) =>
  Effect.gen(function* () {
    if ((yield* MovedMarker.read(move.places.stateDir)) !== undefined) return
    const stores = yield* ProfileStore
    for (const { agent } of yield* agentsOf(move.places)) yield* stores.read(agent)
  })

/** Moves the credentials of the state folder into the store, or says what that would move. */
export const storeImport = (dryRun: boolean) =>
  Effect.gen(function* () {
    const { config, layer, paths, where } = yield* storeHere
    const move: Import = {
      places: placesOf(paths, config),
      version,
      host: os.hostname(),
      isServed: isServed(paths),
      times: lockTimes
    }
    const report = { dryRun, from: paths.stateDir, to: where, objections: [], notes: [] }
    if (dryRun) {
      const { content, objections } = yield* Effect.provide(planImport(move), layer)
      const planned: MoveReport = {
        ...report,
        ...ofFolder(content),
        objections: objections.map((error) => ({ message: error.message, fix: render(error).fix }))
      }
      return planned
    }
    yield* takeOverOlder(move)
    const { content, id, left } = yield* importFolder(move).pipe(
      Effect.provide(RefreshLeaseSocket.layerWith({ maxWaitMs: lockTimes.maxWaitMs })),
      Effect.provide(layer)
    )
    const done: MoveReport = {
      ...report,
      ...(content === undefined ? nothing : ofFolder(content)),
      notes: [
        ...(content === undefined ? ["An earlier run had moved the credentials."] : []),
        `The files are out of use, and are called *${suffixOf(id)} now; remove them when the ` +
          "database has a backup.",
        ...left.map((file) => `${file} could not be renamed; it is out of use all the same.`)
      ]
    }
    return done
  })

/** Moves the credentials of the store into a folder, or says what that would move. */
export const storeExport = (dryRun: boolean, folder: string | undefined) =>
  Effect.gen(function* () {
    const { config, layer, paths, where } = yield* storeHere
    const stateDir = folder === undefined ? paths.stateDir : resolve(paths, folder)
    // A folder of another name is another home: no variable of this one places its agents.
    const target =
      stateDir === paths.stateDir ? paths : { ...paths, stateDir, agentDirOverride: undefined }
    const move = {
      places: placesOf(target, config),
      version,
      to: `${os.hostname()}:${stateDir}`,
      isServed: isServed(target)
    }
    const run = dryRun ? planExport(move) : exportStore(move)
    const plan = yield* Effect.provide(run, layer)
    const report: MoveReport = {
      dryRun,
      from: where,
      to: stateDir,
      objections: [],
      ...(plan === undefined ? nothing : ofStore(plan.content)),
      notes: dryRun ? [] : exportNotes(plan === undefined, paths.stateDir, stateDir)
    }
    return report
  })

const exportNotes = (wasDone: boolean, own: string, stateDir: string): ReadonlyArray<string> => {
  const before = wasDone ? ["An earlier run had moved the credentials."] : []
  const files = "clawdbot config unset store.type"
  if (own === stateDir) return [...before, `To use the files: ${files}`]
  return [
    ...before,
    "To use the files, give that folder a config without store.type, then: " +
      `CLAWDBOT_STATE_DIR=${shellWord(stateDir)} clawdbot models status`
  ]
}

const plural = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`

/** The same for a person. */
export const toText = (report: MoveReport) =>
  Effect.map(StatePaths, (paths): ReadonlyArray<string> => {
    const short = (place: string) => shorten(paths, place)
    const done = report.dryRun ? "Would move" : "Moved"
    const agents = report.agents.filter(
      ({ loggedOut, profiles }) => profiles.length + loggedOut.length > 0
    )
    const widest = Math.max(0, ...agents.map(({ agent }) => agent.length))
    return [
      `${done} credentials from ${short(report.from)} to ${short(report.to)}:`,
      ...agents.map(({ agent, loggedOut, profiles }) => {
        const names = [
          ...profiles.map(({ profile, type }) => `${profile} (${type})`),
          ...loggedOut.map((profile) => `${profile} (logged out)`)
        ]
        return `  ${agent.padEnd(widest)}  ${names.join(", ")}`
      }),
      `  ${plural(report.refreshes, "refresh", "refreshes")} in the journal, ` +
        `health of ${plural(report.health, "credential")}, ` +
        `usage of ${plural(report.requests, "request")}, ${plural(report.pins, "pin")}, ` +
        plural(report.clientTokens, "client token"),
      ...report.objections.flatMap(({ fix, message }) => [
        `Would be refused: ${message}`,
        `  fix: ${fix}`
      ]),
      ...report.notes
    ]
  })
