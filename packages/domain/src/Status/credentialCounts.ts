/** How many credentials there are for a request, in one phrase: the same on every screen. Pure. */
import type { Explanation } from "../Auth/Explanation.ts"

/** How many of a provider's credentials are in each state. */
export interface CredentialCounts {
  readonly ready: number
  readonly coolingDown: number
  /** Those that no request gets, whatever the time. */
  readonly notEligible: number
}

/** Counts the credentials of an explanation. */
export const credentialCounts = ({
  candidates,
  rejected
}: Pick<Explanation, "candidates" | "rejected">): CredentialCounts => {
  const ready = candidates.filter(({ state }) => state === "ready").length
  return {
    ready,
    coolingDown: candidates.length - ready,
    notEligible: rejected.filter(({ reason }) => reason !== "another provider").length
  }
}

/** `36 ready, 14 cooling down`; states without a credential are left out. */
export const countWords = ({ coolingDown, notEligible, ready }: CredentialCounts): string => {
  const parts = [
    [ready, "ready"],
    [coolingDown, "cooling down"],
    [notEligible, "not eligible"]
  ] as const
  const named = parts.filter(([count]) => count > 0)
  if (named.length === 0) return "none"
  return named.map(([count, state]) => `${count} ${state}`).join(", ")
}
