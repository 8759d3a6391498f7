import { defined, ifDefined } from "../Document/defined.ts"
import * as Expiry from "../Health/Expiry.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import type * as ProviderId from "../Profile/ProviderId.ts"
import { textOf } from "../Text/textIf.ts"
import type * as Status from "./AuthStatus.ts"
import { emailOf } from "./providerAuth.ts"
import type { StatusFacts, StoredProfile } from "./StatusFacts.ts"

const expirySource = (profile: ProfileId.ProfileId): Status.ProfileExpiry["source"] => {
  if (profile === ProfileId.claudeCode) return "claude-cli"
  if (profile === "openai-codex:codex-cli") return "codex-cli"
  return "store"
}

/**
 * A login that is over, or that must not be refreshed beside its newer copy, does not renew itself.
 */
const renewsItself = ({ copy, health }: StoredProfile): boolean =>
  health.needsLogin === undefined && (copy === undefined || copy._tag === "Newest")

export const profileExpiry = (facts: StatusFacts, known: StoredProfile): Status.ProfileExpiry => {
  const { expiresAt, refreshable, remainingMs, status } = Expiry.expiry(known.credential, facts.now)
  const email = emailOf(facts, known)
  return {
    profileId: known.profile,
    provider: known.credential.provider,
    type: known.credential.type,
    status,
    ...defined({ expiresAt, remainingMs }),
    source: expirySource(known.profile),
    label: `${known.profile}${textOf(email, (text) => ` (${text})`)}`,
    refreshable: refreshable && renewsItself(known)
  }
}

export const providerExpiry = (
  facts: StatusFacts,
  provider: ProviderId.ProviderId,
  profiles: ReadonlyArray<Status.ProfileExpiry>
): Status.ProviderExpiry => {
  const own = profiles.filter((profile) => profile.provider === provider)
  const ends = own.flatMap(({ expiresAt, type }) =>
    type !== "api_key" && expiresAt !== undefined ? [expiresAt] : []
  )
  const expiresAt = ends.length === 0 ? undefined : Math.min(...ends)
  return {
    provider,
    status: Expiry.worst(own.map((profile) => ({ kind: profile.type, expiry: profile }))),
    profiles: own,
    ...defined({
      expiresAt,
      remainingMs: ifDefined(expiresAt, (expiresAt) => expiresAt - facts.now)
    })
  }
}
