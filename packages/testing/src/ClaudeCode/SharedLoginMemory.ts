/**
 * `SharedLogin` in memory: what Claude Code holds, who holds its lock, and whether it can be
 * written.
 */
import { SharedLogin, SharedLoginUnavailable } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import type { OAuth, Token } from "@clawdbot/domain/Profile/Credential"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

/**
 * Claude Code's side, for tests to change. `lock` is its refresh lock: take a permit to play Claude
 * Code.
 */
export interface OtherProgram {
  login: Option.Option<OAuth | Token>
  readOnly: boolean
  /** New tokens could never be written. */
  full: boolean
  readonly lock: Effect.Semaphore
}

/** Claude Code with a login, or without. */
export const otherProgram = (login?: OAuth | Token): OtherProgram => ({
  login: Option.fromNullable(login),
  readOnly: false,
  full: false,
  lock: Effect.unsafeMakeSemaphore(1)
})

/** The port over it. */
export const layer = (other: OtherProgram): Layer.Layer<SharedLogin> =>
  Layer.succeed(SharedLogin, {
    peek: Effect.sync(() => other.login),
    hold: Effect.acquireRelease(Effect.interruptible(other.lock.take(1)), () =>
      other.lock.release(1)
    ).pipe(
      Effect.as({
        read: Effect.sync(() => other.login),
        canTake: Effect.suspend(() => {
          if (other.full)
            return new SharedLoginUnavailable({
              operation: "write",
              place: "memory:/.credentials.json",
              code: "EMSGSIZE"
            })
          return Effect.void
        }),
        write: (credential: OAuth) =>
          Effect.suspend(() => {
            if (other.readOnly)
              return new SharedLoginUnavailable({
                operation: "write",
                place: "memory:/.credentials.json",
                code: "EACCES"
              })
            other.login = Option.map(other.login, (theirs) => ({
              ...theirs,
              ...credential,
              extra: theirs.extra
            }))
            return Effect.void
          })
      })
    )
  })
