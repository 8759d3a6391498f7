/**
 * The repair of a login that the config knows as `<provider>:default` while the store keeps it
 * under its e-mail (docs/formats.md). It changes the config alone; secrets stay where they are.
 * Pure.
 */

import type { Config } from "../Config/Config.ts"
import type { ConfigEdit } from "../Config/ConfigStore.ts"
import { defined } from "../Document/defined.ts"
import type { ProfileDocument } from "../Profile/ProfileDocument.ts"
import type * as ProfileId from "../Profile/ProfileId.ts"
import * as ProviderId from "../Profile/ProviderId.ts"

/** A profile that the config should call by another name. */
export interface ProfileIdRepair {
  readonly from: string
  readonly to: ProfileId.ProfileId
  /** The e-mail that the store knows, for the config. */
  readonly email: string | undefined
}

const looksLikeEmail = (id: string): boolean => {
  const suffix = id.slice(id.indexOf(":") + 1)
  return suffix.includes("@") && suffix.includes(".")
}

/** The stored login that a name `<provider>:default` most likely means, by the steps of §2.1. */
export const suggestion = (
  config: Config,
  store: ProfileDocument,
  provider: ProviderId.ProviderId,
  legacy: string
): ProfileId.ProfileId | undefined => {
  if (legacy.slice(legacy.indexOf(":") + 1) !== "default") return undefined
  const entry = Object.entries(config.auth?.profiles ?? {}).find(([id]) => id === legacy)?.[1]
  if (
    entry !== undefined &&
    ProviderId.normalize(entry.provider) === provider &&
    entry.mode !== "oauth"
  )
    return undefined
  const logins = [...store.profiles].filter(
    ([, credential]) => credential.type === "oauth" && credential.provider === provider
  )
  const email = entry?.email?.trim()
  if (email !== undefined && email !== "") {
    const same = logins.find(
      ([id, credential]) => credential.email === email || id === `${provider}:${email}`
    )
    if (same !== undefined) return same[0]
  }
  const lastGood = store.lastGood.get(provider)
  if (lastGood !== undefined && logins.some(([id]) => id === lastGood)) return lastGood
  const others = logins.map(([id]) => id).filter((id) => id !== legacy)
  const named = others.length === 1 ? others : others.filter(looksLikeEmail)
  if (named.length === 1) return named[0]
  return undefined
}

/** The repair that a config and the default agent's store call for, if any. */
export const find = (config: Config, store: ProfileDocument): ProfileIdRepair | undefined => {
  const provider = ProviderId.anthropic
  const from = `${provider}:default`
  const entry = Object.entries(config.auth?.profiles ?? {}).find(([id]) => id === from)?.[1]
  if (
    entry === undefined ||
    entry.mode !== "oauth" ||
    ProviderId.normalize(entry.provider) !== provider
  )
    return undefined
  const to = suggestion(config, store, provider, from)
  if (to === undefined || to === from) return undefined
  return { from, to, email: store.profiles.get(to)?.email }
}

/** The edits of a repair: the entry under its new name, and the new name in the order, once. */
export const edits = (config: Config, repair: ProfileIdRepair): ReadonlyArray<ConfigEdit> => {
  const { email, from, to } = repair
  const profiles = config.auth?.profiles ?? {}
  const entry = Object.hasOwn(profiles, from) ? profiles[from] : undefined
  if (entry === undefined) return []
  const known = email ?? entry.email
  const value = {
    provider: entry.provider,
    mode: entry.mode,
    ...defined({ email: known === undefined || known.trim() === "" ? undefined : known })
  }
  const order = Object.entries(config.auth?.order ?? {}).find(
    ([name]) => ProviderId.normalize(name) === ProviderId.normalize(entry.provider)
  )
  const renamed = order?.[1]
    .map((id) => (id.trim() === from ? to : id.trim()))
    .filter((id) => id !== "")
  return [
    { _tag: "Set", path: ["auth", "profiles", to], value },
    { _tag: "Unset", path: ["auth", "profiles", from] },
    ...(order === undefined || renamed === undefined
      ? []
      : [
          {
            _tag: "Set" as const,
            path: ["auth", "order", order[0]],
            value: [...new Set<string>(renamed)]
          }
        ])
  ]
}
