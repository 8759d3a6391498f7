/**
 * The words and bars of the status report. Pure; ASCII, so that every terminal and log shows them.
 */
import type { PlaceReason, RejectReason } from "@clawdbot/domain/Auth/Explanation"
import type { Paints } from "./terminal/lines.ts"

const two = (amount: number): string => String(amount).padStart(2, "0")

/**
 * A time that is left or has passed (ms), as exact as anybody needs: `40s`, `4m 10s`, `2h 05m`, `3d
 * 4h`.
 */
export const left = (ms: number): string => {
  const seconds = Math.max(1, Math.ceil(ms / 1_000))
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours}h ${two(minutes % 60)}m`
  return `${Math.floor(hours / 24)}d ${hours % 24}h`
}

const cells = 10

/** How much of a quota is used (1 is full): `[####......]  42 %`. */
export const bar = (used: number, { bad, good, warn }: Paints): string => {
  const filled = Math.max(0, Math.min(cells, Math.round(used * cells)))
  const paint = used >= 0.9 ? bad : used >= 0.7 ? warn : good
  return (
    `[${paint("#".repeat(filled))}${".".repeat(cells - filled)}] ` +
    `${String(Math.round(used * 100)).padStart(3)} %`
  )
}

/** Why a candidate stands where it does, in the words of the report. */
const places: Readonly<Record<PlaceReason, string>> = {
  preferred: "chosen by the request",
  "explicit order of the agent": "set in the agent's order",
  "explicit order of the config": "set in config (auth.order)",
  "same conversation": "kept for the same conversation",
  "kind, then least recently used": "chosen by type, then least recently used",
  "after the stored profiles": "used after the stored profiles"
}

/** Why a candidate stands where it does. */
export const placeWords = (place: PlaceReason): string => places[place]

/** Why a profile is not used, for every reason there is. */
const rejections: Readonly<Record<RejectReason, string>> = {
  "not in the order": "not listed in the order",
  "not in the store": "no secret stored for this profile",
  "another provider": "belongs to another provider",
  "config names another provider": "config lists it for another provider",
  "config names another kind": "config lists it as another type",
  "no secret": "the stored secret is empty",
  expired: "expired",
  "disabled by hand": "disabled by you",
  "login ended": "sign-in required",
  superseded: "an older copy of another login",
  unclear: "perhaps an older copy of another login",
  "refresh failed": "could not be refreshed",
  "held back: pay-as-you-go": "billed per request, and you have a subscription",
  "cannot be sent": "contains a character that cannot be sent",
  "a token of this gateway": "a token of this gateway, not of the provider",
  "a placeholder": "a placeholder, not a key",
  "not a setup token": "not a setup token",
  "held back: other credentials": "only used when there is no other credential",
  "held back: working folder":
    "from the working folder; only used when there is no other credential"
}

/** Why a profile is not used. `detail` is the fact behind it, where there is one. */
export const rejectionWords = (reason: RejectReason, detail?: string): string => {
  if (reason === "login ended" && detail === "revoked")
    return "sign-in required: the provider ended this login"
  return `not used: ${rejections[reason]}`
}
