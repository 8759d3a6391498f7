/** Writes what a state folder holds into the tables of a store, inside one transaction. */
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import type * as Cell from "@clawdbot/domain/Usage/UsageCell"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as PinRows from "../Auth/PinRows.ts"
import * as SharedSecrets from "../Client/sharedSecrets.ts"
import { Database, type Query } from "../Database.ts"
import { HealthTable, isStorable } from "../Health/HealthTable.ts"
import type { Keys } from "../Keyring.ts"
import { JournalTable } from "../OAuth/JournalTable.ts"
import { standardTimes } from "../OAuth/RefreshJournalPostgres.ts"
import * as DocumentRows from "../Profile/documentRows.ts"
import * as KeptAsidePostgres from "../Profile/KeptAsidePostgres.ts"
import { StoreRows } from "../Profile/storeRows.ts"
import { storable } from "../Usage/storableCells.ts"
import * as UsageTable from "../Usage/UsageTable.ts"
import { MovedFiles } from "./MovedFiles.ts"
import { MoveDiffers } from "./MoveError.ts"
import type { AgentContent, FolderContent } from "./readFolder.ts"
import { inside } from "./storeState.ts"

/** So many rows are written by one statement. */
const batch = 1_000

/** The last hour that a column can hold; files may name any. */
const lastHour = 2 ** 31 - 1

const batches = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(items.length / batch) }, (_, index) =>
    items.slice(index * batch, (index + 1) * batch)
  )

/** The move that writes, and what it writes with. */
interface Writing {
  readonly database: typeof Database.Service
  readonly query: Query
  readonly keys: Keys
  /** Names the move; the writer of what it writes. */
  readonly id: string
}

const writeProfiles = ({ database, keys, query }: Writing, agents: ReadonlyArray<AgentContent>) =>
  Effect.gen(function* () {
    const rows = new StoreRows(database, keys)
    for (const { agent, document } of agents) {
      if (document === undefined) continue
      const after = DocumentRows.ofDocument(document)
      const differs = new MoveDiffers({ name: `the store of agent ${agent}` })
      const nothing = { rows: DocumentRows.none, version: 0, writtenAt: 0 }
      if ((yield* rows.write(query, agent, nothing, after)) === undefined) return yield* differs
      yield* rows.announce(query, agent)
      const read = yield* rows
        .read(query, agent)
        .pipe(Effect.catchTag("StoreCorrupt", () => differs))
      const { removed, rest, written } = DocumentRows.changes(read.rows, after)
      if (rest !== undefined || removed.length + written.length > 0) return yield* differs
      const again = DocumentRows.toDocument(read.rows, agent)
      const isWhole =
        again._tag === "Right" &&
        JSON.stringify(Redacted.value(ProfileDocument.encode(again.right))) ===
          JSON.stringify(Redacted.value(ProfileDocument.encode(document)))
      if (!isWhole) return yield* differs
    }
  })

const writeHealth = ({ database, keys, query }: Writing, agents: ReadonlyArray<AgentContent>) => {
  const rows = agents.flatMap(({ agent, health }) =>
    [...health.profiles].map(([profile, health]) => ({ agent, profile, health, version: 1 }))
  )
  const table = new HealthTable(database, keys)
  return Effect.forEach(batches(rows.filter(isStorable)), (some) => table.write(query, some), {
    discard: true
  })
}

const writeJournal = ({ database, id, keys, query }: Writing, journal: FolderContent["journal"]) =>
  Effect.gen(function* () {
    const table = new JournalTable(database, keys, id)
    for (const journaled of journal) {
      yield* table.put(query, journaled, undefined)
      const found = yield* table.find(query, journaled.fingerprint)
      if (Option.isNone(found) || found.value._tag !== journaled.entry._tag)
        return yield* new MoveDiffers({ name: `the refresh ${journaled.fingerprint}` })
    }
    // Of an intent its age decides: nobody who wrote one in a file is still at it. It is made no
    // older than that takes, or it would be forgotten as one from long ago.
    yield* query(
      `update ${database.table("refresh_entry")}
       set changed_at = greatest(to_timestamp(at_ms / 1000.0),
         clock_timestamp() - $2::float8 * interval '1 millisecond')
       where writer = $1 and state = 'intent' and to_timestamp(at_ms / 1000.0) < clock_timestamp()`,
      [id, standardTimes.graceMs]
    )
  })

const writeUsage = ({ database, id }: Writing, cells: ReadonlyArray<Cell.UsageCell>) =>
  Effect.gen(function* () {
    const table = yield* Effect.provideService(UsageTable.make, Database, database)
    const all = storable(cells.filter(({ hour }) => hour <= lastHour))
    yield* Effect.forEach(batches(all), (some, index) =>
      table.send({ writer: id, seq: index + 1, cells: some })
    )
  })

const writePins = ({ database }: Writing, pins: FolderContent["pins"]) =>
  Effect.gen(function* () {
    const table = yield* Effect.provideService(PinRows.make, Database, database)
    yield* Effect.forEach(batches(pins.filter(PinRows.isStorable)), table.write)
  })

const writeTokens = ({ database, keys, query }: Writing, { clients, own }: FolderContent) =>
  Effect.gen(function* () {
    for (const [name, { agent, createdAt, hash }] of Object.entries(clients.clients))
      yield* query(
        `insert into ${database.table("client_token")} (name, hash, agent, created_at)
         values ($1, $2, $3, $4)`,
        [name, hash, agent ?? null, Math.floor(createdAt)]
      )
    for (const which of ["client", "admin"] as const) {
      const secret = own[which]
      if (secret === undefined) continue
      const name = SharedSecrets.secretNames[which]
      // One that a gateway made while the store was empty: no client has it.
      yield* query(`delete from ${database.table("shared_secret")} where name = $1`, [name])
      yield* SharedSecrets.insert(database, keys, name, secret)
    }
  })

const writeFiles = ({ database, keys, query }: Writing, files: FolderContent["files"]) =>
  Effect.gen(function* () {
    const table = new MovedFiles(database, keys)
    for (const file of files) yield* table.write(query, file)
    const read = yield* table.all(query)
    for (const { name, text } of files) {
      const found = read.get(name)
      if (found === undefined || Redacted.value(found) !== Redacted.value(text))
        return yield* new MoveDiffers({ name })
    }
  })

/**
 * Writes everything, reads it back, and fails where it is not the same. What an empty store still
 * holds of earlier gateways is replaced.
 */
export const writeStore = (
  outer: typeof Database.Service,
  query: Query,
  keys: Keys,
  id: string,
  content: FolderContent
) =>
  Effect.gen(function* () {
    const database = inside(outer, query)
    const writing: Writing = { database, query, keys, id }
    for (const name of ["agent_store", "health", "moved_file"])
      yield* query(`delete from ${database.table(name)}`)
    yield* writeProfiles(writing, content.agents)
    for (const kept of content.agents.flatMap(({ kept }) => kept))
      yield* KeptAsidePostgres.write(query, database.table, keys, kept)
    yield* writeHealth(writing, content.agents)
    yield* writeJournal(writing, content.journal)
    yield* writeUsage(writing, content.cells)
    yield* writePins(writing, content.pins)
    yield* writeTokens(writing, content)
    yield* writeFiles(writing, content.files)
  })
