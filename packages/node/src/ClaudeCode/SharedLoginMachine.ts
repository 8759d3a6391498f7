/**
 * `SharedLogin` on this machine: the Keychain on macOS, where Claude Code prefers it, else the file
 * in its config folder. What was read from one place is written back to that place. Nothing is
 * cached, so that a new login is seen at once.
 */
import * as path from "node:path"
import { decode, parse, render, withTokens } from "@clawdbot/domain/ClaudeCode/credentialsDocument"
import { SharedLogin, SharedLoginUnavailable } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import { Environment, lookup } from "@clawdbot/domain/Environment/Environment"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import type { OAuth } from "@clawdbot/domain/Profile/Credential"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Disk from "../File/Disk.ts"
import type { FolderLockTimes } from "../File/FolderLock.ts"
import { credentialsPath } from "./ClaudeCodeFile.ts"
import { fileLogin } from "./fileLogin.ts"
import { background, type KeychainOptions, keychainLogin } from "./keychainLogin.ts"
import type { LoginPlace, StoredText } from "./LoginPlace.ts"
import * as RefreshLock from "./refreshLock.ts"

/**
 * What may differ: the system, how `security` is run, and the lock's times (for tests of waiting).
 */
export interface SharedLoginOptions {
  readonly platform?: NodeJS.Platform
  readonly keychain?: KeychainOptions
  readonly lockTimes?: FolderLockTimes
}

interface Found extends StoredText {
  readonly place: string
  readonly value: unknown
}

const readFirst = (
  places: ReadonlyArray<LoginPlace>
): Effect.Effect<Option.Option<Found>, SharedLoginUnavailable, Disk.Disk> =>
  Effect.gen(function* () {
    for (const place of places) {
      const stored = yield* place.read
      if (Option.isNone(stored)) continue
      const value = yield* Either.mapLeft(
        parse(Redacted.value(stored.value.text)),
        (code) => new SharedLoginUnavailable({ operation: "read", place: place.name, code })
      )
      return Option.some({ ...stored.value, place: place.name, value })
    }
    return Option.none()
  })

const make = ({
  keychain = background,
  lockTimes,
  platform = process.platform
}: SharedLoginOptions) =>
  Effect.gen(function* () {
    const paths = yield* StatePaths
    const environment = yield* Environment
    const onDisk = yield* Disk.provider
    const variables = yield* environment.base
    const named = lookup({ variables, shell: { enabled: false, applied: [] } }, "CLAUDE_CONFIG_DIR")
    const file = credentialsPath(
      paths,
      Option.getOrUndefined(Option.map(named, ({ value }) => Redacted.value(value)))
    )
    const places = [...(platform === "darwin" ? [keychainLogin(keychain)] : []), fileLogin(file)]
    const found = onDisk(readFirst(places))
    const read = Effect.map(
      found,
      Option.flatMap(({ value }) => Either.getRight(decode(value)))
    )

    return SharedLogin.of({
      peek: read,
      hold: Effect.map(onDisk(RefreshLock.hold(path.dirname(file), lockTimes)), (lock) => ({
        read,
        canTake: Effect.flatMap(
          found,
          Option.match({ onNone: () => Effect.void, onSome: ({ canTake }) => canTake })
        ),
        write: (credential: OAuth) =>
          Effect.gen(function* () {
            const current = yield* found
            if (Option.isNone(current)) return
            const { place, replace, text, value } = current.value
            const next = withTokens(value, credential)
            if (Option.isNone(next)) {
              return yield* new SharedLoginUnavailable({
                operation: "write",
                place,
                code: "no login in it"
              })
            }
            yield* replace(render(next.value, Redacted.value(text)), lock?.stillMine ?? Effect.void)
          }).pipe(onDisk)
      }))
    })
  })

/** Claude Code's login of this person, for programs in the background. */
export const inBackground = make({})

/** The layer of {@link inBackground}. */
export const layer: Layer.Layer<SharedLogin, never, Environment | StatePaths | Disk.Disk> =
  Layer.effect(SharedLogin, inBackground)

/** The same with other circumstances. */
export const layerWith = (
  options: SharedLoginOptions
): Layer.Layer<SharedLogin, never, Environment | StatePaths | Disk.Disk> =>
  Layer.effect(SharedLogin, make(options))
