/**
 * Moves everything that a state folder holds into a store that gateways share. The folder says so
 * before the store has anything, and both go on saying it: at every moment one of the two owns the
 * logins, whatever ends the process. What was begun is finished by doing it again.
 */
import { randomUUID } from "node:crypto"
import type { RefreshLease } from "@clawdbot/domain/OAuth/RefreshLease"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import type { StoreMoved, StoreUnavailable } from "@clawdbot/domain/Profile/ProfileError"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import type { Disk } from "@clawdbot/node/File/Disk"
import * as FolderLock from "@clawdbot/node/File/FolderLock"
import * as MovedMarker from "@clawdbot/node/Profile/movedMarker"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Database, type DatabaseError } from "../Database.ts"
import { Keyring } from "../Keyring.ts"
import * as Migrate from "../migrate.ts"
import type { StoreKeyWrong, StoreSchemaNewer, StoreSchemaOlder } from "../StoreError.ts"
import {
  FolderInUse,
  LoginOwnedElsewhere,
  type MoveError,
  type StoreInUse,
  StoreNotEmpty
} from "./MoveError.ts"
import { putOutOfUse } from "./outOfUse.ts"
import type { Places } from "./places.ts"
import {
  asUnavailable,
  type FolderContent,
  type ReadFolderError,
  readFolder
} from "./readFolder.ts"
import { holdingLeases } from "./refreshLeases.ts"
import { lockMoves, lockTables, present, requireNoGateway } from "./storeState.ts"
import { writeStore } from "./writeStore.ts"

/** What is moved, and from where. */
export interface Import {
  readonly places: Places
  readonly version: string
  /** This host, as the store remembers it. */
  readonly host: string
  /** Whether a gateway serves the folder. */
  readonly isServed: Effect.Effect<boolean>
  /** How long locks are waited for. */
  readonly times: FolderLock.FolderLockTimes
}

/** How a move ended. */
export interface Imported {
  readonly id: string
  /** Undefined where an earlier run had moved it all, and this one put the files out of use. */
  readonly content: FolderContent | undefined
  /** Files that could not be renamed. */
  readonly left: ReadonlyArray<string>
}

/** Everything that a move into a store can fail with. */
export type ImportError =
  | MoveError
  | ReadFolderError
  | DatabaseError
  | StoreKeyWrong
  | StoreSchemaOlder
  | StoreSchemaNewer
  | StoreMoved
  | StoreUnavailable

/** The database and the schema as a person reads them. */
export const whereOf = ({ options }: typeof Database.Service): string =>
  `${options.connection.where}, schema "${options.schema}"`

const profilesOf = (content: FolderContent): ReadonlyArray<string> =>
  content.agents.flatMap(({ agent, document, kept }) => [
    ...[...(document?.profiles.keys() ?? [])].map((profile) => `${agent}/${profile}`),
    ...kept.map(({ profile }) => `${agent}/${profile}`)
  ])

/** Fails where the folder holds a login that is not the folder's alone. */
const requireOwn = ({ agents }: FolderContent) =>
  Effect.gen(function* () {
    for (const { agent, document } of agents)
      if (document?.profiles.has(ProfileId.claudeCode) === true)
        return yield* new LoginOwnedElsewhere({ agent, profile: ProfileId.claudeCode })
  })

const fingerprintsOf = ({ agents }: FolderContent): ReadonlyArray<string> => {
  const found = agents.flatMap(({ document }) =>
    [...(document?.profiles.values() ?? [])].flatMap((credential) => {
      if (credential.type !== "oauth" || Credential.isBlank(credential.refresh)) return []
      return [refreshFingerprint(credential)]
    })
  )
  return [...new Set(found)].sort()
}

/** Fails where the store holds what is not the folder's. */
const requireEmpty = (
  database: typeof Database.Service,
  query: (typeof Database.Service)["query"],
  content: FolderContent
) =>
  Effect.gen(function* () {
    const there = yield* present(query, database.table)
    if (there.length === 0) return
    const mine = new Set(profilesOf(content))
    return yield* new StoreNotEmpty({
      where: whereOf(database),
      conflicts: there.filter((name) => mine.has(name)),
      others: there.filter((name) => !mine.has(name))
    })
  })

/** The store, after it was found to be one that this version can use with this key. */
const opened = (version: string) =>
  Effect.gen(function* () {
    const { cluster } = yield* Migrate.checkFormat(version)
    const keys = yield* (yield* Keyring).keys
    return { cluster: cluster ?? "", database: yield* Database, keys }
  })

/** Whether the transaction of a move was committed; waits for one that is being ended. */
const isCommitted = ({ table, transaction }: typeof Database.Service, id: string) =>
  transaction((query) =>
    Effect.gen(function* () {
      yield* lockMoves(query)
      const rows = yield* query(`select 1 from ${table("store_import")} where id = $1`, [id])
      return rows.length > 0
    })
  )

/** Waits until nobody writes any of these files, and holds them. */
const holdFiles = ({ places, times }: Import, content: FolderContent) =>
  Effect.gen(function* () {
    const stores = content.agents.flatMap(({ agent }) => {
      const { health, store } = places.agent(agent)
      return [store, health]
    })
    for (const file of [...stores, places.pins, places.clients, places.own])
      yield* Effect.mapError(FolderLock.hold(file, times), (failure) => {
        if (failure.code === "ETIMEDOUT")
          return new FolderInUse({ folder: places.stateDir, by: "command" })
        return asUnavailable(failure)
      })
  })

const requireNotServed = ({ isServed, places }: Import) =>
  Effect.flatMap(isServed, (served) => {
    if (!served) return Effect.void
    return new FolderInUse({ folder: places.stateDir, by: "gateway" })
  })

/** Takes the folder out of everybody's hands: while nobody writes it, it begins to say so. */
const begin = (move: Import, marker: MovedMarker.Marker, before: FolderContent) =>
  Effect.gen(function* () {
    const { stateDir } = move.places
    yield* holdFiles(move, before)
    const now = yield* readFolder(move.places)
    // Somebody has signed in meanwhile, or refreshed: the leases that are held are not all.
    if (fingerprintsOf(now).join() !== fingerprintsOf(before).join())
      return yield* new FolderInUse({ folder: stateDir, by: "command" })
    yield* Effect.mapError(MovedMarker.write(stateDir, marker), asUnavailable)
  }).pipe(
    Effect.scoped,
    // One that was started since it was looked for.
    Effect.zipRight(
      Effect.onError(requireNotServed(move), () =>
        Effect.ignore(MovedMarker.remove(move.places.stateDir))
      )
    )
  )

/** Moves it all in one transaction. */
const commit = (move: Import, id: string) =>
  Effect.gen(function* () {
    const { database, keys } = yield* opened(move.version)
    const { table } = database
    const content = yield* readFolder(move.places)
    yield* requireOwn(content)
    yield* database.transaction((query) =>
      Effect.gen(function* () {
        yield* lockMoves(query)
        yield* lockTables(query, table, ["agent_store", "profile", "kept_aside", "client_token"])
        yield* requireNoGateway(query, table)
        yield* requireEmpty(database, query, content)
        yield* writeStore(database, query, keys, id, content)
        yield* query(
          `update ${table("store_meta")} set moved_id = null, moved_to = null, moved_at = null`
        )
        yield* query(
          `insert into ${table("store_import")} (id, host, folder) values ($1, $2, $3)`,
          [id, move.host, move.places.stateDir]
        )
      })
    )
    return content
  })

/** The folder's files are its credentials again, where the store certainly has nothing of it. */
const takeBack = (move: Import, id: string) =>
  Effect.gen(function* () {
    if (yield* isCommitted(yield* Database, id)) return
    yield* MovedMarker.remove(move.places.stateDir)
  }).pipe(Effect.ignore)

const commitOrTakeBack = (move: Import, id: string) =>
  Effect.onError(commit(move, id), () => takeBack(move, id))

const finish = ({ places }: Import, marker: MovedMarker.Marker) =>
  Effect.gen(function* () {
    const left = yield* putOutOfUse(places, marker.id)
    const done: MovedMarker.Marker = { ...marker, state: "moved" }
    yield* Effect.mapError(MovedMarker.write(places.stateDir, done), asUnavailable)
    return left
  })

/** What the folder holds, and everything that stands against moving it now. */
export interface ImportPlan {
  readonly content: FolderContent
  readonly objections: ReadonlyArray<Objection>
}

/** What stands against a move and is named with all else of its kind. */
type Objection = FolderInUse | LoginOwnedElsewhere | StoreInUse | StoreNotEmpty

/** What a move would do; nothing is changed. */
export const planImport = (
  move: Import
): Effect.Effect<ImportPlan, ImportError, Database | Keyring | Disk> =>
  Effect.gen(function* () {
    const { cluster, database } = yield* opened(move.version)
    const found = yield* MovedMarker.read(move.places.stateDir)
    if (found !== undefined) yield* mayFinish(move, found, cluster)
    const content = yield* readFolder(move.places)
    const objections: Array<Objection> = []
    const check = <E extends ImportError, R>(effect: Effect.Effect<void, E, R>) =>
      Effect.catchAll(effect, (error): Effect.Effect<void, E> => {
        if (!isObjection(error)) return Effect.fail(error)
        objections.push(error)
        return Effect.void
      })
    yield* check(requireNotServed(move))
    yield* check(requireOwn(content))
    yield* check(requireNoGateway(database.query, database.table))
    yield* check(requireEmpty(database, database.query, content))
    return { content, objections }
  })

const isObjection = (error: ImportError): error is Objection =>
  error._tag === "FolderInUse" ||
  error._tag === "LoginOwnedElsewhere" ||
  error._tag === "StoreInUse" ||
  error._tag === "StoreNotEmpty"

/** Fails where the folder says something else than that a move into this store was begun. */
const mayFinish = (
  { places }: Import,
  found: MovedMarker.Marker | "Unreadable",
  cluster: string
): Effect.Effect<MovedMarker.Marker, StoreMoved> => {
  if (found !== "Unreadable" && found.state === "importing" && found.cluster === cluster)
    return Effect.succeed(found)
  return MovedMarker.asError(places.stateDir, found)
}

/** Moves a folder into a store, or finishes it. */
export const importFolder = (
  move: Import
): Effect.Effect<Imported, ImportError, Database | Keyring | RefreshLease | Disk> =>
  Effect.gen(function* () {
    const { cluster, database } = yield* opened(move.version)
    const { stateDir } = move.places
    const found = yield* MovedMarker.read(stateDir)
    if (found !== undefined) {
      const marker = yield* mayFinish(move, found, cluster)
      const isDone = yield* isCommitted(database, marker.id)
      const content = isDone ? undefined : yield* commitOrTakeBack(move, marker.id)
      return { id: marker.id, content, left: yield* finish(move, marker) }
    }
    yield* requireNotServed(move)
    const before = yield* readFolder(move.places)
    yield* requireOwn(before)
    yield* requireNoGateway(database.query, database.table)
    yield* requireEmpty(database, database.query, before)
    const marker: MovedMarker.Marker = {
      version: 1,
      state: "importing",
      id: randomUUID(),
      cluster,
      where: whereOf(database),
      at: yield* Clock.currentTimeMillis
    }
    yield* holdingLeases(stateDir, fingerprintsOf(before), begin(move, marker, before))
    const content = yield* commitOrTakeBack(move, marker.id)
    return { id: marker.id, content, left: yield* finish(move, marker) }
  }).pipe(Effect.uninterruptible)
