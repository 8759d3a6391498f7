/**
 * The name of a stored credential, `<provider>:<suffix>`, and how names are made (docs/formats.md).
 */
import * as Schema from "effect/Schema"
import type { ProviderId } from "./ProviderId.ts"

/**
 * A profile id as stored, e.g. `anthropic:default`. Any non-empty text is accepted, because files
 * of older versions hold any.
 */
export const ProfileId = Schema.NonEmptyString.pipe(
  Schema.brand("ProfileId"),
  Schema.annotations({
    identifier: "ProfileId",
    description: "the name of a stored credential, <provider>:<suffix>"
  })
)
export type ProfileId = typeof ProfileId.Type

/** The brand on a text that is known not to be empty. */
export const of = (text: string): ProfileId => ProfileId.make(text)

/** The names that people wrote in a list, in its order; empty entries of it are none. */
export const listOf = (texts: ReadonlyArray<string>): ReadonlyArray<ProfileId> =>
  texts
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map(of)

/** The profile that follows Claude Code's own login. */
export const claudeCode: ProfileId = of("anthropic:claude-cli")

/** The profile that a pasted token or key is stored under unless another is named. */
export const usual = (provider: ProviderId): ProfileId => of(`${provider}:manual`)

/** The id of the key that a variable holds, and no store. */
export const ofVariable = (name: string): ProfileId => of(`env:${name}`)

/** The id of a key of the config. `path` such as `models.providers.x.apiKey`. */
export const ofConfigKey = (path: string): ProfileId => of(`config:${path}`)

const sdkPrefix = "sdk:"

/** The id of a profile of the provider's SDK. */
export const ofSdkProfile = (name: string): ProfileId => of(`${sdkPrefix}${name}`)

/** Whether it is one. */
export const isOfSdk = (id: string): boolean => id.startsWith(sdkPrefix)

/** The variable, or the path in the config, behind such an id; undefined for a stored profile. */
export const sourceOf = (id: string): string | undefined => /^(?:env|config):(.+)$/.exec(id)?.[1]

/** The text after the first `:`, so that an e-mail or further colons stay whole. */
export const suffix = (id: ProfileId): string => {
  const at = id.indexOf(":")
  if (at < 0) return ""
  return id.slice(at + 1)
}

/**
 * A profile name as a person types it, made safe for an id: lower case, `[a-z0-9._-]`, blank means
 * `default`.
 */
export const slug = (name: string): string => {
  const cleaned = name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/-+/g, "-")
    .replace(/^-+|-+$/g, "")
  if (cleaned === "") return "default"
  return cleaned
}
