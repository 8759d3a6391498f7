/**
 * Port: Claude Code's own copy of a login, with its refresh lock held, so that the two programs
 * never redeem one refresh token beside each other (docs/formats.md). Asked only for a profile that
 * follows Claude Code by consent (decision D2). Layers: file and macOS Keychain (`@clawdbot/node`),
 * memory (`@clawdbot/testing`).
 */

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as FileProblem from "../Document/fileProblem.ts"
import { taggedError } from "../Document/taggedError.ts"
import type { OAuth, Token } from "../Profile/Credential.ts"

/** Claude Code's login cannot be locked, read or written now. */
export class SharedLoginUnavailable extends taggedError<SharedLoginUnavailable>()(
  "SharedLoginUnavailable",
  () => ({
    operation: Schema.Literal("lock", "read", "write"),
    place: Schema.String,
    /** The system's code, or a word such as `busy`; never what was read. */
    code: Schema.String
  })
) {
  override get message() {
    return (
      `cannot ${this.operation} Claude Code's login in ${this.place} ` +
      `(${FileProblem.inWords(this.code)})`
    )
  }
}

/** Claude Code's login while nobody else refreshes it. */
export interface HeldSharedLogin {
  readonly read: Effect.Effect<Option.Option<OAuth | Token>, SharedLoginUnavailable>
  /**
   * Fails when new tokens could never be written there: then nothing may be redeemed, or Claude
   * Code would be left with a spent token.
   */
  readonly canTake: Effect.Effect<void, SharedLoginUnavailable>
  /**
   * Replaces its tokens and keeps everything else there; never creates a login that was not there.
   */
  readonly write: (credential: OAuth) => Effect.Effect<void, SharedLoginUnavailable>
}

/**
 * - `peek` reads without the lock, without waiting and without ever asking a person anything.
 * - `hold` waits for Claude Code's own refresh (bounded, interruptible) and keeps its lock until
 *   the scope closes.
 */
export class SharedLogin extends Context.Tag("@clawdbot/domain/ClaudeCode/SharedLogin")<
  SharedLogin,
  {
    readonly peek: Effect.Effect<Option.Option<OAuth | Token>, SharedLoginUnavailable>
    readonly hold: Effect.Effect<HeldSharedLogin, SharedLoginUnavailable, Scope.Scope>
  }
>() {}

/** Nobody shares any login. */
export const layerNone: Layer.Layer<SharedLogin> = Layer.succeed(SharedLogin, {
  peek: Effect.succeedNone,
  hold: Effect.succeed({ read: Effect.succeedNone, canTake: Effect.void, write: () => Effect.void })
})
