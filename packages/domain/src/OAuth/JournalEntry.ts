/**
 * What the refresh journal knows of one refresh token, as data and as the text of its file. Pure.
 */
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { RefreshCause } from "./OAuthError.ts"
import type { TokenGrant } from "./TokenEndpoint.ts"

/**
 * - `Intent`: it is about to be redeemed. Found later, it means that whoever wrote it got no
 *   answer, or could not keep it.
 * - `Answered`: it was redeemed, and not every store holds the answer yet. The only entry with
 *   secrets in it.
 * - `Settled`: it was redeemed, and every store holds its successor, known by its fingerprint.
 * - `Ended`: the provider said the login is over.
 * Times are epoch ms.
 */
export type JournalEntry =
  | { readonly _tag: "Intent"; readonly at: number }
  | { readonly _tag: "Answered"; readonly at: number; readonly grant: TokenGrant }
  | { readonly _tag: "Settled"; readonly at: number; readonly successor: string }
  | {
      readonly _tag: "Ended"
      readonly at: number
      readonly cause: RefreshCause
      readonly detail: string
    }

/**
 * Whether a refresh token is known to be used up, so that it must never be redeemed again (decision
 * D8).
 */
export const isConsumed = (entry: JournalEntry): boolean => entry._tag !== "Intent"

/** How long an entry without secrets is of use, in ms: longer than any refresh token lives. */
export const retentionMs = 60 * 24 * 60 * 60_000

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isCause = Schema.is(RefreshCause)

const decodeGrant = (value: unknown): TokenGrant | undefined => {
  if (!isRecord(value) || typeof value.access !== "string" || value.access === "") return undefined
  return {
    access: Redacted.make(value.access),
    ...(typeof value.refresh === "string" && value.refresh !== ""
      ? { refresh: Redacted.make(value.refresh) }
      : {}),
    ...(typeof value.expiresInMs === "number" ? { expiresInMs: value.expiresInMs } : {}),
    ...(typeof value.accountId === "string" ? { accountId: value.accountId } : {}),
    ...(typeof value.email === "string" ? { email: value.email } : {}),
    ...(typeof value.scope === "string" ? { scope: value.scope } : {})
  }
}

/**
 * A parsed entry. What this version cannot read is taken for an intent: it may have been used up,
 * and nobody knows the answer, which is the one reading that neither redeems blindly nor gives a
 * login up.
 */
export const decode = (value: unknown): JournalEntry => {
  const at = isRecord(value) && typeof value.at === "number" ? value.at : 0
  const unknown: JournalEntry = { _tag: "Intent", at }
  if (!isRecord(value)) return unknown
  switch (value.state) {
    case "answered": {
      const grant = decodeGrant(value.grant)
      return grant === undefined ? unknown : { _tag: "Answered", at, grant }
    }
    case "settled":
      return typeof value.successor === "string"
        ? { _tag: "Settled", at, successor: value.successor }
        : unknown
    case "ended":
      return {
        _tag: "Ended",
        at,
        cause: isCause(value.cause) ? value.cause : "consumed",
        detail: typeof value.detail === "string" ? value.detail : ""
      }
    default:
      return unknown
  }
}

/** The value to write. */
export const encode = (
  entry: JournalEntry
): Redacted.Redacted<Readonly<Record<string, unknown>>> => {
  switch (entry._tag) {
    case "Intent":
      return Redacted.make({ version: 1, state: "intent", at: entry.at })
    case "Settled":
      return Redacted.make({
        version: 1,
        state: "settled",
        at: entry.at,
        successor: entry.successor
      })
    case "Ended":
      return Redacted.make({
        version: 1,
        state: "ended",
        at: entry.at,
        cause: entry.cause,
        detail: entry.detail
      })
    case "Answered": {
      const { access, refresh, ...rest } = entry.grant
      return Redacted.make({
        version: 1,
        state: "answered",
        at: entry.at,
        grant: {
          access: Redacted.value(access),
          ...(refresh === undefined ? {} : { refresh: Redacted.value(refresh) }),
          ...rest
        }
      })
    }
  }
}
