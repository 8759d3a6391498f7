/** Made by the gateway from the words of `@clawdbot/domain`. */
export const classes: Readonly<Record<string, string>>
export const sources: Readonly<Record<string, string>>
/** By the kind of scope; `*` stands for its subject. */
export const scopes: Readonly<Record<string, { readonly alone: string; readonly with: string }>>
/** Why a candidate stands where it does, and why a profile is not used. */
export const places: Readonly<Record<string, string>>
export const rejections: Readonly<Record<string, string>>
/** Why a profile is not used, where only a person can change that. */
export const personReasons: readonly string[]
/** What each cause of a cache miss means, follows "the request"; and what ends it. */
export const causes: Readonly<
  Record<string, { readonly what: string; readonly cure?: string; readonly isMiss: boolean }>
>
/** For a login that the provider itself ended. */
export const revoked: string
