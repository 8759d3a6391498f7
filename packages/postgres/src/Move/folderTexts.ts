/**
 * The files of a state folder, made of what a store holds. A file that was moved to the store and
 * means the same is given byte for byte; of one that was changed everything else stays. Pure.
 */
import * as path from "node:path"
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import type { Pin } from "@clawdbot/domain/Auth/ResourcePins"
import type { OwnTokens } from "@clawdbot/domain/Client/AccessTokens"
import type { ClientTokens } from "@clawdbot/domain/Client/ClientTokens"
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import * as JournalEntry from "@clawdbot/domain/OAuth/JournalEntry"
import * as LoggedOut from "@clawdbot/domain/Profile/LoggedOut"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import type * as Cell from "@clawdbot/domain/Usage/UsageCell"
import * as Json from "@clawdbot/json5-edit/Json"
import * as JsonText from "@clawdbot/json5-edit/JsonText"
import { equals, isObject, own } from "@clawdbot/json5-edit/JsonValue"
import * as ResourcePinsFile from "@clawdbot/node/Auth/ResourcePinsFile"
import * as RefreshJournalFile from "@clawdbot/node/OAuth/RefreshJournalFile"
import * as LoggedOutFile from "@clawdbot/node/Profile/loggedOutFile"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Journaled } from "../OAuth/journalRows.ts"
import type { KeptRow } from "../Profile/KeptAsidePostgres.ts"
import { type FolderFile, file, textIn, type Written } from "./folderFile.ts"
import { type AgentPlaces, names, type Places } from "./places.ts"
import { usageFiles } from "./usageTexts.ts"

/** A client token as the store has it; `createdAt` in whole ms. */
export interface StoredClient {
  readonly name: string
  readonly hash: string
  readonly agent: AgentId | undefined
  readonly createdAt: number
}

/** What a store holds. */
export interface StoreContent {
  readonly documents: ReadonlyArray<readonly [AgentId, ProfileDocument.ProfileDocument]>
  readonly health: ReadonlyMap<AgentId, HealthDocument.HealthDocument["profiles"]>
  readonly kept: ReadonlyArray<KeptRow>
  readonly journal: ReadonlyArray<Journaled>
  readonly cells: ReadonlyArray<Cell.UsageCell>
  readonly pins: ReadonlyArray<Pin>
  readonly clients: ReadonlyArray<StoredClient>
  readonly own: OwnTokens
}

const byteOrderMark = "\uFEFF"

/** A text without its mark, which stays in front of whatever becomes of it. */
const unmarked = (text: string): readonly [mark: string, body: string] => {
  if (text.startsWith(byteOrderMark)) return [byteOrderMark, text.slice(1)]
  return ["", text]
}

const valueOf = (text: string | undefined): unknown => {
  if (text === undefined) return undefined
  return Either.getOrUndefined(Json.parse(unmarked(text)[1]))
}

/** A value as the text of a file, with every byte that may stay of the one that was moved. */
const jsonText = (before: string | undefined, value: unknown): string => {
  if (before === undefined) return JsonText.whole(value)
  const [mark, body] = unmarked(before)
  return `${mark}${JsonText.change(body, value)}`
}

const storeFile = (
  places: AgentPlaces,
  document: ProfileDocument.ProfileDocument,
  written: Written
): FolderFile => {
  const before = textIn(written, names.store(places))
  const now = Redacted.value(ProfileDocument.encode(document))
  const known = ProfileDocument.decode(valueOf(before))
  const isSame =
    Either.isRight(known) && equals(Redacted.value(ProfileDocument.encode(known.right)), now)
  if (before !== undefined && isSame) return file(places.store, before)
  return file(places.store, jsonText(before, now))
}

const healthFile = (
  places: AgentPlaces,
  profiles: HealthDocument.HealthDocument["profiles"],
  written: Written
): FolderFile => {
  const before = textIn(written, names.health(places))
  const known = HealthDocument.decode(valueOf(before))
  const now = HealthDocument.encode({ ...known, profiles })
  // What an older version wrote in another form means the same.
  if (before !== undefined && equals(HealthDocument.encode(known), now))
    return file(places.health, before)
  return file(places.health, jsonText(before, now))
}

const keptFile = (places: AgentPlaces, { content, profile }: KeptRow, written: Written) => {
  const before = textIn(written, names.kept(places, profile))
  const now = Redacted.value(LoggedOut.encode(content))
  const target = LoggedOutFile.pathOf(places.store, profile)
  const known = before === undefined ? undefined : LoggedOut.decode(valueOf(before))
  const isSame = known !== undefined && equals(Redacted.value(LoggedOut.encode(known)), now)
  if (before !== undefined && isSame) return file(target, before)
  return file(target, jsonText(before, now))
}

/** Files of logged out profiles that no version so far could read: as they were written. */
const unreadKept = (places: AgentPlaces, written: Written): ReadonlyArray<FolderFile> => {
  const prefix = names.keptAs(places, `${path.basename(places.store)}.logged-out-`)
  return [...written].flatMap(([name, text]) => {
    if (!name.startsWith(prefix)) return []
    if (LoggedOut.decode(valueOf(Redacted.value(text))) !== undefined) return []
    return [{ path: path.join(places.folder, path.basename(name)), text }]
  })
}

const journalFile = (
  { journal }: Places,
  { entry, fingerprint }: Journaled,
  written: Written
): FolderFile => {
  const before = textIn(written, names.journal(fingerprint))
  const now = Redacted.value(JournalEntry.encode(entry))
  const target = RefreshJournalFile.fileOf(journal, fingerprint)
  if (before !== undefined) {
    const known = Redacted.value(JournalEntry.encode(RefreshJournalFile.parse(unmarked(before)[1])))
    if (equals(known, now)) return file(target, before)
  }
  return file(target, JsonText.whole(now))
}

const pinsFile = (places: Places, pins: ReadonlyArray<Pin>, written: Written) => {
  const before = textIn(written, names.pins)
  if (before === undefined) {
    if (pins.length === 0) return []
    return [file(places.pins, ResourcePinsFile.lines(pins))]
  }
  const key = ({ agent, id }: Pin) => `${agent}\n${id}`
  const known = new Map(ResourcePinsFile.parse(before).map((pin) => [key(pin), pin.profile]))
  const fresh = pins.filter((pin) => known.get(key(pin)) !== pin.profile)
  if (fresh.length === 0) return [file(places.pins, before)]
  const between = before.endsWith("\n") ? "" : "\n"
  return [file(places.pins, `${before}${between}${ResourcePinsFile.lines(fresh)}`)]
}

const clientsFile = (
  places: Places,
  clients: ReadonlyArray<StoredClient>,
  written: Written
): ReadonlyArray<FolderFile> => {
  const before = textIn(written, names.clients)
  if (before === undefined && clients.length === 0) return []
  const document = valueOf(before)
  const known = isObject(document) && isObject(document.clients) ? document.clients : {}
  const records = clients.map(({ agent, createdAt, hash, name }) => {
    const record = own(known, name)
    const isSame =
      isObject(record) &&
      record.hash === hash &&
      record.agent === agent &&
      Math.floor(Number(record.createdAt)) === createdAt
    if (isSame) return [name, record] as const
    const made: ClientTokens["clients"][string] = { hash, createdAt }
    if (agent === undefined) return [name, made] as const
    return [name, { ...made, agent }] as const
  })
  const fields = isObject(document) ? document : { version: 1 }
  const now = { ...fields, clients: Object.fromEntries(records) }
  return [file(places.clients, jsonText(before, now))]
}

const ownFile = (places: Places, { admin, client }: OwnTokens, written: Written) => {
  const before = textIn(written, names.own)
  if (before === undefined && admin === undefined && client === undefined) return []
  const document = valueOf(before)
  const now: Record<string, unknown> = isObject(document) ? { ...document } : {}
  if (client !== undefined) now.client = Redacted.value(client)
  if (admin !== undefined) now.admin = Redacted.value(admin)
  return [file(places.own, jsonText(before, now))]
}

/** All files of the folder; they hold secrets. */
export const folderFiles = (
  places: Places,
  content: StoreContent,
  written: Written
): ReadonlyArray<FolderFile> => {
  const agents = new Set([
    ...content.documents.map(([agent]) => agent),
    ...content.kept.map(({ agent }) => agent)
  ])
  return [
    ...content.documents.map(([agent, document]) => {
      return storeFile(places.agent(agent), document, written)
    }),
    ...[...content.health].map(([agent, profiles]) =>
      healthFile(places.agent(agent), profiles, written)
    ),
    ...content.kept.map((row) => keptFile(places.agent(row.agent), row, written)),
    ...[...agents].flatMap((agent) => unreadKept(places.agent(agent), written)),
    ...content.journal.map((journaled) => journalFile(places, journaled, written)),
    ...usageFiles(places, content.cells, written),
    ...pinsFile(places, content.pins, written),
    ...clientsFile(places, content.clients, written),
    ...ownFile(places, content.own, written)
  ]
}
