/** The rows of the refresh journal: what is sealed in them, and what their columns say. Pure. */
import * as JournalEntry from "@clawdbot/domain/OAuth/JournalEntry"
import * as Json from "@clawdbot/json5-edit/Json"
import { isObject } from "@clawdbot/json5-edit/JsonValue"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Place } from "../sealing.ts"

/** An entry with the fingerprint that it is about, which no column may hold. */
export interface Journaled {
  readonly fingerprint: string
  readonly entry: JournalEntry.JournalEntry
}

/** Where an entry stands. */
export const placeOf = (mark: string): Place => ["refresh_entry", mark]

/** The text to seal. */
export const encode = ({ entry, fingerprint }: Journaled): Redacted.Redacted =>
  Redacted.make(JSON.stringify({ fingerprint, entry: Redacted.value(JournalEntry.encode(entry)) }))

/** What a text holds; one that this version cannot read is an intent, as in a file. */
export const decode = (text: Redacted.Redacted | undefined): Journaled => {
  const value =
    text === undefined ? undefined : Either.getOrUndefined(Json.parse(Redacted.value(text)))
  if (!isObject(value)) return { fingerprint: "", entry: JournalEntry.decode(undefined) }
  const fingerprint = typeof value.fingerprint === "string" ? value.fingerprint : ""
  return { fingerprint, entry: JournalEntry.decode(value.entry) }
}

/** The name of a state as its column has it. */
export const stateOf = ({ _tag }: JournalEntry.JournalEntry): string => _tag.toLowerCase()
