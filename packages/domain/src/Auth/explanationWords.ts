/**
 * What reports and the dashboard say for the reasons of an explanation: every reason has words, or
 * this does not compile. The reasons themselves are read by programs and stay.
 */
import * as Duration from "../Status/duration.ts"
import { textOf } from "../Text/textIf.ts"
import type { PlaceReason, RejectReason } from "./Explanation.ts"

/** Why a candidate stands where it does. */
export const placeWords: Readonly<Record<PlaceReason, string>> = {
  preferred: "chosen by the request",
  "explicit order of the agent": "set in the agent's order",
  "explicit order of the config": "set in config (auth.order)",
  "same conversation": "kept for the same conversation",
  "conversation's home": "chosen by the conversation's id, the same on every gateway",
  "by quota": "chosen by quota and reset",
  "kind, then least recently used": "chosen by type, then least recently used",
  "after the stored profiles": "used after the stored profiles"
}

/** Beside an order of requests without a conversation, where gateways share credentials. */
export const byConversation =
  "This is the order for a request without a conversation. A conversation begins on the " +
  "credential that its id chooses, the same on every gateway, and stays on it."

/** Why a profile is not used. */
export const rejectWords: Readonly<Record<RejectReason, string>> = {
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
  "for another address": "belongs to another address than the one in use",
  "not a setup token": "not a setup token",
  "held back: other credentials": "only used when there is no other credential",
  "held back: working folder":
    "from the working folder; only used when there is no other credential"
}

/**
 * The reasons that only a person can change: signing in, storing a secret, or saying whose a login
 * is. The others are choices that somebody made, or end by themselves.
 */
export const personReasons: ReadonlySet<RejectReason> = new Set<RejectReason>([
  "no secret",
  "expired",
  "login ended",
  "unclear",
  "refresh failed",
  "cannot be sent",
  "a token of this gateway",
  "a placeholder",
  "not a setup token"
])

/** For a login that the provider itself ended. */
export const revokedWords = "sign-in required: the provider ended this login"

/** Why a profile is not used, as a whole. `detail` is the fact behind it, where there is one. */
export const rejectionWords = (reason: RejectReason, detail?: string): string =>
  reason === "login ended" && detail === "revoked"
    ? revokedWords
    : `not used: ${rejectWords[reason]}`

/**
 * Why a profile is not used, with the fact behind it: of one that expired, how long ago that was
 * (`expiredMs`, in ms) rather than when.
 */
export const rejectionText = (
  { detail, reason }: { readonly reason: RejectReason; readonly detail?: string | undefined },
  expiredMs: number | undefined
): string => {
  const isDated = reason === "expired" && expiredMs !== undefined
  const fact = isDated ? `${Duration.exact(expiredMs)} ago` : detail
  return `${rejectionWords(reason, detail)}${textOf(fact, (fact) => ` (${fact})`)}`
}
