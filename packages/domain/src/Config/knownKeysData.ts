/**
 * The keys a `clawdbot.json` of the reference program may hold (decision D19), from
 * `knownKeys.json`: by path, with the kinds of their values. `*` stands for any key, `[]` for any
 * position of a list; a kind is one or more of string, number, integer, boolean, object and array,
 * or the very words that are allowed, separated by `|`.
 */
import data from "./knownKeys.json" with { type: "json" }

/** Kinds by path. */
export const knownKeys: Readonly<Record<string, string>> = data.keys

/** The sections, those of which no key is known included. */
export const knownSections: ReadonlyArray<string> = data.sections
