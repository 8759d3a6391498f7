/**
 * Moves everything that a store holds into a state folder. The folder says that it is not its yet,
 * until the store says that it is not its any more: at every moment one of the two owns the logins,
 * whatever ends the process. What was begun is finished by doing it again.
 */
import { randomUUID } from "node:crypto"
import { dirname } from "node:path"
import type { Disk } from "@clawdbot/node/File/Disk"
import { durableWrite, sweepTemporaries } from "@clawdbot/node/File/durableWrite"
import { maxBytes } from "@clawdbot/node/File/readDocument"
import * as MovedMarker from "@clawdbot/node/Profile/movedMarker"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Database, type Query } from "../Database.ts"
import { Keyring, type Keys } from "../Keyring.ts"
import * as Migrate from "../migrate.ts"
import { StoreMovedAway } from "../StoreError.ts"
import type { FolderFile } from "./folderFile.ts"
import { folderFiles, type StoreContent } from "./folderTexts.ts"
import { type ImportError, whereOf } from "./importStore.ts"
import { MovedFiles } from "./MovedFiles.ts"
import { FolderInUse, FolderNotEmpty } from "./MoveError.ts"
import { agentsOf, type Places } from "./places.ts"
import { asUnavailable } from "./readFolder.ts"
import { readStoreContent } from "./readStoreContent.ts"
import { inside, lockMoves, lockTables, requireNoGateway, requireNoRefresh } from "./storeState.ts"

/** What is moved, and where. */
export interface Export {
  readonly places: Places
  readonly version: string
  /** The host and the folder, as the store remembers them. */
  readonly to: string
  /** Whether a gateway serves the folder. */
  readonly isServed: Effect.Effect<boolean>
}

/** Everything that a move out of a store can fail with. */
export type ExportError = ImportError | StoreMovedAway

/** What a folder gets. */
export interface ExportPlan {
  readonly content: StoreContent
  readonly files: ReadonlyArray<FolderFile>
}

/** Tables that nobody else writes meanwhile, and that hold nothing afterwards. */
const emptied = [
  "kept_aside",
  "refresh_lease",
  "refresh_entry",
  "health",
  "usage_cell",
  "resource_pin",
  "client_token",
  "moved_file"
]

const read = (database: typeof Database.Service, keys: Keys, query: Query, places: Places) =>
  Effect.gen(function* () {
    const within = inside(database, query)
    const content = yield* readStoreContent(within, keys)
    const written = yield* new MovedFiles(database, keys).all(query)
    return { content, files: folderFiles(places, content, written) }
  })

const requireNotServed = ({ isServed, places }: Export) =>
  Effect.flatMap(isServed, (served) => {
    if (!served) return Effect.void
    return new FolderInUse({ folder: places.stateDir, by: "gateway" })
  })

/** Fails where credentials stand in the folder, or a file would be written over. */
const requireFree = ({ places }: Export, files: ReadonlyArray<FolderFile>) =>
  Effect.gen(function* () {
    const disk = yield* FileSystem
    const stores = (yield* agentsOf(places)).map(({ store }) => store)
    for (const path of [...stores, ...files.map(({ path }) => path)])
      if (yield* Effect.orElseSucceed(disk.exists(path), () => true))
        return yield* new FolderNotEmpty({ path })
  })

const writeFiles = (files: ReadonlyArray<FolderFile>) =>
  Effect.gen(function* () {
    // What a run that was killed had half written holds secrets.
    for (const folder of new Set(files.map(({ path }) => dirname(path))))
      yield* sweepTemporaries(folder)
    for (const { path, text } of files)
      yield* durableWrite(path, Redacted.value(text), { mode: 0o600, maxBytes: maxBytes.ledger })
  }).pipe(Effect.mapError(asUnavailable))

const removeFiles = (files: ReadonlyArray<FolderFile>) =>
  Effect.flatMap(FileSystem, (disk) =>
    Effect.forEach(files, ({ path }) => Effect.ignore(disk.remove(path, { force: true })), {
      discard: true
    })
  )

/** What the store holds and what is written of it; nothing is changed. */
export const planExport = (
  move: Export
): Effect.Effect<ExportPlan, ExportError, Database | Keyring | Disk> =>
  Effect.gen(function* () {
    const { moved } = yield* Migrate.checkFormat(move.version)
    if (moved !== undefined) return yield* new StoreMovedAway({ to: moved.to })
    const database = yield* Database
    const keys = yield* (yield* Keyring).keys
    const plan = yield* database.transaction((query) => read(database, keys, query, move.places))
    yield* requireFree(move, plan.files)
    return plan
  })

/** Writes all files, and then in the same transaction gives the store's credentials away. */
const commit = (move: Export, id: string, isFree: boolean, written: Array<FolderFile>) =>
  Effect.gen(function* () {
    const database = yield* Database
    const keys = yield* (yield* Keyring).keys
    const disk = yield* Effect.context<Disk>()
    const { table } = database
    return yield* database.transaction((query) =>
      Effect.gen(function* () {
        yield* lockMoves(query)
        yield* lockTables(query, table, ["agent_store", "profile", "shared_secret", ...emptied])
        yield* requireNoGateway(query, table)
        yield* requireNoRefresh(query, table)
        const plan = yield* read(database, keys, query, move.places)
        if (!isFree) yield* requireFree(move, plan.files)
        written.push(...plan.files)
        yield* writeFiles(plan.files)
        yield* query(
          `update ${table("store_meta")} set moved_id = $1, moved_to = $2,
             moved_at = clock_timestamp()`,
          [id, move.to]
        )
        yield* query(`delete from ${table("agent_store")}`)
        yield* query(`delete from ${table("shared_secret")} where name like 'gateway-%'`)
        for (const name of emptied) yield* query(`delete from ${table(name)}`)
        return plan
      }).pipe(Effect.provide(disk))
    )
  })

/** The folder is as it was before, where the store certainly still has its credentials. */
const takeBack = (
  { places, version }: Export,
  id: string,
  before: MovedMarker.Marker | undefined,
  written: ReadonlyArray<FolderFile>
) =>
  Effect.gen(function* () {
    const { transaction } = yield* Database
    // Whoever ends that transaction has ended it.
    yield* transaction(lockMoves)
    const { moved } = yield* Migrate.checkFormat(version)
    if (moved?.id === id) return
    yield* removeFiles(written)
    if (before === undefined) yield* MovedMarker.remove(places.stateDir)
    else yield* MovedMarker.write(places.stateDir, before)
  }).pipe(Effect.ignore)

const release = ({ places }: Export) =>
  Effect.mapError(MovedMarker.remove(places.stateDir), asUnavailable)

/** Moves a store into a folder, or finishes it; gives nothing where an earlier run did it all. */
export const exportStore = (
  move: Export
): Effect.Effect<ExportPlan | undefined, ExportError, Database | Keyring | Disk> =>
  Effect.gen(function* () {
    const database = yield* Database
    const { cluster = "", moved } = yield* Migrate.checkFormat(move.version)
    // The key first: without it nothing is begun.
    yield* (yield* Keyring).keys
    const { stateDir } = move.places
    const found = yield* MovedMarker.read(stateDir)
    const isMine = found !== "Unreadable" && found?.cluster === cluster
    const isBegun = isMine && found?.state === "exporting"
    if (moved !== undefined) {
      if (!isBegun || moved.id !== found.id) return yield* new StoreMovedAway({ to: moved.to })
      yield* release(move)
      return undefined
    }
    if (found !== undefined && !(isMine && found.state !== "importing"))
      return yield* MovedMarker.asError(stateDir, found)
    yield* requireNotServed(move)
    if (!isBegun) yield* planExport(move)
    const marker: MovedMarker.Marker = {
      version: 1,
      state: "exporting",
      id: isBegun ? found.id : randomUUID(),
      cluster,
      where: whereOf(database),
      at: yield* Clock.currentTimeMillis
    }
    const before = isBegun ? undefined : found
    yield* Effect.mapError(MovedMarker.write(stateDir, marker), asUnavailable)
    const written: Array<FolderFile> = []
    const plan = yield* Effect.onError(commit(move, marker.id, isBegun, written), () =>
      takeBack(move, marker.id, before, written)
    )
    yield* release(move)
    return plan
  }).pipe(Effect.uninterruptible)
