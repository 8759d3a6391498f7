/** A recognised secret as the credential that is stored, and under which id. Pure. */
import type * as Redacted from "effect/Redacted"
import { defined, ifDefined } from "../Document/defined.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import * as Credential from "./Credential.ts"
import type { ProfileDocument } from "./ProfileDocument.ts"
import * as ProfileId from "./ProfileId.ts"
import * as ProviderId from "./ProviderId.ts"

/** A secret, its kind, and for how long it is good from `now` on (ms); undefined if unknown. */
export interface Pasted {
  readonly kind: "api_key" | "token"
  readonly secret: Redacted.Redacted
  readonly provider: ProviderId.ProviderId
  readonly lifetimeMs?: number | undefined
  /** Epoch ms. */
  readonly now: number
}

/** The credential; only a token ends. */
export const pastedCredential = ({
  kind,
  lifetimeMs,
  now,
  provider,
  secret
}: Pasted): Credential.ApiKey | Credential.Token => {
  const extra = Credential.noExtra
  if (kind === "api_key") return { type: "api_key", provider, key: secret, extra }
  const expires = ifDefined(lifetimeMs, (ms) => EpochMs.clamp(now + ms))
  return { type: "token", provider, token: secret, ...defined({ expires }), extra }
}

/**
 * Where a new credential goes: the id that was named, else the usual one. What stands under an id
 * that was named, or where `replace` was said, gives way.
 */
export const enrolmentTarget = ({
  named,
  replace,
  usual
}: {
  readonly named: string | undefined
  readonly replace: boolean
  readonly usual: ProfileId.ProfileId
}): { readonly profile: ProfileId.ProfileId; readonly isNamed: boolean } => {
  const name = named?.trim() ?? ""
  if (name === "") return { profile: usual, isNamed: replace }
  return { profile: ProfileId.of(name), isNamed: true }
}

/** The first API key of Anthropic's that a store holds. */
export const storedApiKey = ({
  profiles
}: Pick<ProfileDocument, "profiles">):
  | readonly [ProfileId.ProfileId, Credential.Credential]
  | undefined =>
  [...profiles].find(
    ([, credential]) =>
      credential.type === "api_key" &&
      credential.provider === ProviderId.anthropic &&
      !Credential.isBlank(credential.key)
  )
