/** Reads what a state folder holds, as it is moved to a store. */
import * as path from "node:path"
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import type { Pin } from "@clawdbot/domain/Auth/ResourcePins"
import { isBrief } from "@clawdbot/domain/Auth/ResourcePins"
import { GatewayTokensUnavailable, type OwnTokens } from "@clawdbot/domain/Client/AccessTokens"
import * as ClientTokens from "@clawdbot/domain/Client/ClientTokens"
import { atFirstUse } from "@clawdbot/domain/Document/atFirstUse"
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import * as LoggedOut from "@clawdbot/domain/Profile/LoggedOut"
import type { ProfileDocument } from "@clawdbot/domain/Profile/ProfileDocument"
import type { ProfileStoreError } from "@clawdbot/domain/Profile/ProfileError"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Cell from "@clawdbot/domain/Usage/UsageCell"
import * as Json from "@clawdbot/json5-edit/Json"
import * as ResourcePinsFile from "@clawdbot/node/Auth/ResourcePinsFile"
import { StoredOwn } from "@clawdbot/node/Client/AccessTokensFile"
import type { Disk } from "@clawdbot/node/File/Disk"
import { type FileFailure, isEncoding } from "@clawdbot/node/File/FileFailure"
import { type Document, maxBytes, readIfPresent } from "@clawdbot/node/File/readDocument"
import { readLines } from "@clawdbot/node/File/readLines"
import * as RefreshJournalFile from "@clawdbot/node/OAuth/RefreshJournalFile"
import { readOnce, recover } from "@clawdbot/node/Profile/readStore"
import { isDayFile } from "@clawdbot/node/Usage/UsageFiles"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Journaled } from "../OAuth/journalRows.ts"
import type { KeptRow } from "../Profile/KeptAsidePostgres.ts"
import type { MovedFile } from "./MovedFiles.ts"
import { StateFileUnavailable } from "./MoveError.ts"
import { type AgentPlaces, agentsOf, names, namesIn, type Places } from "./places.ts"

/** What is known of one agent. */
export interface AgentContent {
  readonly agent: AgentId
  /** Undefined where the agent has no store. */
  readonly document: ProfileDocument | undefined
  readonly health: HealthDocument.HealthDocument
  readonly kept: ReadonlyArray<KeptRow>
}

/** Everything that is moved. */
export interface FolderContent {
  readonly agents: ReadonlyArray<AgentContent>
  readonly journal: ReadonlyArray<Journaled>
  readonly cells: ReadonlyArray<Cell.UsageCell>
  readonly pins: ReadonlyArray<Pin>
  readonly clients: ClientTokens.ClientTokens
  readonly own: OwnTokens
  /** The files as they are written. */
  readonly files: ReadonlyArray<MovedFile>
}

/** What reading can fail with. */
export type ReadFolderError = ProfileStoreError | GatewayTokensUnavailable | StateFileUnavailable

/** A failure of the disk as one of moving. */
export const asUnavailable = ({ code, operation, path }: FileFailure): StateFileUnavailable =>
  new StateFileUnavailable({ path, operation, code })

/** A file's text, with its byte order mark; what is no text is as if there were none. */
const textOf = (
  file: string,
  limit: number
): Effect.Effect<Document | undefined, StateFileUnavailable, Disk> =>
  readIfPresent(file, limit).pipe(
    Effect.catchIf(
      ({ code }) => isEncoding(code),
      () => Effect.succeed(undefined)
    ),
    Effect.mapError(asUnavailable)
  )

const moved = (name: string, agent: AgentId | undefined, { byteOrderMark, text }: Document) => ({
  name,
  agent,
  text: Redacted.make(`${byteOrderMark}${text}`)
})

const valueOf = (text: string): unknown => Either.getOrUndefined(Json.parse(text))

/** The files beside a store in which logged out profiles are kept, with their profiles. */
export const keptFiles = ({ folder, store }: AgentPlaces) =>
  Effect.map(namesIn(folder), (all) => {
    const prefix = `${path.basename(store)}.logged-out-`
    return all
      .filter((name) => name.startsWith(prefix) && !/\.(lock|moved-[0-9a-f]{8})$/.test(name))
      .map((name) => ({
        file: path.join(folder, name),
        profile: Either.getOrUndefined(
          Either.try(() => ProfileId.of(decodeURIComponent(name.slice(prefix.length))))
        )
      }))
  })

const readKept = (places: AgentPlaces, files: Array<MovedFile>) =>
  Effect.gen(function* () {
    const kept: Array<KeptRow> = []
    for (const { file, profile } of yield* keptFiles(places)) {
      const document = yield* textOf(file, maxBytes.settings)
      if (document === undefined) continue
      files.push(moved(names.keptAs(places, file), places.agent, document))
      const content = LoggedOut.decode(valueOf(document.text))
      // What this version cannot read is moved as it is written.
      if (profile === undefined || content === undefined) continue
      kept.push({ agent: places.agent, profile, content })
    }
    return kept
  })

const readAgent = (places: AgentPlaces, files: Array<MovedFile>) =>
  Effect.gen(function* () {
    const { agent, health, store } = places
    const content = yield* Effect.catchTag(readOnce(store), "StoreCorrupt", (broken) =>
      recover(store, broken)
    )
    if (content.text !== undefined) {
      const written = yield* textOf(store, maxBytes.records)
      const isWhole = written?.text === content.text
      const text = isWhole ? `${written.byteOrderMark}${content.text}` : content.text
      files.push({ name: names.store(places), agent, text: Redacted.make(text) })
    }
    const healthFile = yield* textOf(health, maxBytes.records)
    if (healthFile !== undefined) files.push(moved(names.health(places), agent, healthFile))
    const found: AgentContent = {
      agent,
      document: content.text === undefined ? undefined : content.document,
      health: HealthDocument.decode(valueOf(healthFile?.text ?? "")),
      kept: yield* readKept(places, files)
    }
    return found
  })

const readJournal = (places: Places, files: Array<MovedFile>) =>
  Effect.gen(function* () {
    const journal: Array<Journaled> = []
    for (const name of yield* namesIn(places.journal)) {
      if (!/^[0-9a-z_]+\.json$/i.test(name)) continue
      const fingerprint = name.slice(0, -".json".length)
      const document = yield* textOf(path.join(places.journal, name), maxBytes.settings)
      if (document !== undefined) files.push(moved(names.journal(fingerprint), undefined, document))
      // What is no text is an entry that says nothing, as it is where it stands.
      journal.push({ fingerprint, entry: RefreshJournalFile.parse(document?.text ?? "") })
    }
    return journal
  })

const readUsage = (places: Places, files: Array<MovedFile>) =>
  Effect.gen(function* () {
    const cells: Array<Cell.UsageCell> = []
    for (const name of (yield* namesIn(places.usage)).filter(isDayFile)) {
      const file = path.join(places.usage, name)
      const text = yield* Effect.mapError(readLines(file, maxBytes.ledger), asUnavailable)
      files.push({
        name: names.usage(name.slice(0, -".jsonl".length)),
        agent: undefined,
        text: Redacted.make(text)
      })
      cells.push(...Cell.fromText(text))
    }
    return cells
  })

const decodeClients = atFirstUse(() => Schema.decodeUnknownEither(ClientTokens.ClientTokens))
const decodeOwn = atFirstUse(() => Schema.decodeUnknownEither(StoredOwn))

/** One of the files of tokens; one that holds something else is refused, never left behind. */
const readTokens = <A, E>(
  file: string,
  name: string,
  decode: (value: unknown) => Either.Either<A, E>,
  none: A,
  files: Array<MovedFile>
) =>
  Effect.gen(function* () {
    const document = yield* textOf(file, maxBytes.records)
    if (document === undefined) return none
    files.push(moved(name, undefined, document))
    return yield* Either.mapLeft(
      decode(valueOf(document.text)),
      () => new GatewayTokensUnavailable({ path: file, operation: "read", code: "INVALID" })
    )
  })

const readPins = ({ pins }: Places, files: Array<MovedFile>) =>
  Effect.gen(function* () {
    const text = yield* Effect.mapError(readLines(pins, maxBytes.ledger), asUnavailable)
    if (text === "") return []
    files.push({ name: names.pins, agent: undefined, text: Redacted.make(text) })
    const found = ResourcePinsFile.parse(text).filter(({ kind }) => !isBrief(kind))
    // Of two about the same the last one is in force.
    return [...new Map(found.map((pin) => [`${pin.agent}\n${pin.id}`, pin])).values()]
  })

/** Everything that a folder holds. Takes no lock: whoever needs one holds it. */
export const readFolder = (places: Places): Effect.Effect<FolderContent, ReadFolderError, Disk> =>
  Effect.gen(function* () {
    const files: Array<MovedFile> = []
    const content: Omit<FolderContent, "files"> = {
      agents: yield* Effect.forEach(yield* agentsOf(places), (agent) => readAgent(agent, files)),
      journal: yield* readJournal(places, files),
      cells: yield* readUsage(places, files),
      pins: yield* readPins(places, files),
      clients: yield* readTokens(
        places.clients,
        names.clients,
        decodeClients,
        ClientTokens.none,
        files
      ),
      own: yield* readTokens<OwnTokens, unknown>(places.own, names.own, decodeOwn, {}, files)
    }
    return { ...content, files }
  })
