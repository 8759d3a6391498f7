/**
 * Where Claude Code keeps its login on this machine: a file, or an item of the macOS Keychain.
 * Private to this package.
 */
import type { SharedLoginUnavailable } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { Disk } from "../File/Disk.ts"
import type { FileFailure } from "../File/FileFailure.ts"

/** The stored text of a login. */
export interface StoredText {
  readonly text: Redacted.Redacted
  /** Fails when a text of about this length could never be put in its place. */
  readonly canTake: Effect.Effect<void, SharedLoginUnavailable>
  /**
   * Puts another text in its place, if it is still the one that was read and `stillMine` holds;
   * everything about it but the text stays as it is.
   */
  readonly replace: (
    text: Redacted.Redacted,
    stillMine: Effect.Effect<void, FileFailure>
  ) => Effect.Effect<void, SharedLoginUnavailable, Disk>
}

/** One place. `read` gives nothing where nothing is stored. */
export interface LoginPlace {
  readonly name: string
  readonly read: Effect.Effect<Option.Option<StoredText>, SharedLoginUnavailable, Disk>
}
