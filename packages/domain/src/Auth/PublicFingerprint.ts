/**
 * The version of a secret as other programs may know it (decision D50): an opaque name, so that
 * nobody who reads it can test guesses of the secret against it. A report that names another
 * version than the current one is about a secret that is no longer used.
 */
import * as Context from "effect/Context"

/**
 * `of` names a secret by its own fingerprint; undefined where this installation has no key to make
 * names with. Without a layer there are none.
 */
export class PublicFingerprint extends Context.Reference<PublicFingerprint>()(
  "@clawdbot/domain/Auth/PublicFingerprint",
  {
    defaultValue: (): { readonly of: (secretFingerprint: string) => string | undefined } => ({
      of: () => undefined
    })
  }
) {}
