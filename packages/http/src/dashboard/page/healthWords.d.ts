/** Made by the gateway from the words of `@clawdbot/domain/Health`. */
export const classes: Readonly<Record<string, string>>
export const sources: Readonly<Record<string, string>>
/** By the kind of scope; `*` stands for its subject. */
export const scopes: Readonly<Record<string, { readonly alone: string; readonly with: string }>>
