/**
 * `ClaudeCodeLogin` on this machine: the Keychain on macOS, where Claude Code prefers it, else
 * `~/.claude/.credentials.json`, or that file in the folder that `CLAUDE_CONFIG_DIR` names. Read
 * anew every time: a login is picked up at once.
 */
import * as path from "node:path"
import { ClaudeCodeLogin, ClaudeCodeUnreadable } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import { decode, parse } from "@clawdbot/domain/ClaudeCode/credentialsDocument"
import type { SharedLoginUnavailable } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import { Environment, lookup } from "@clawdbot/domain/Environment/Environment"
import { type Paths, resolve, StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Disk from "../File/Disk.ts"
import { isMissing } from "../File/FileFailure.ts"
import { maxBytes, readDocument } from "../File/readDocument.ts"
import type * as Keychain from "./keychainLogin.ts"
import type { KeychainOptions } from "./keychainLogin.ts"

const keychainName = "the macOS Keychain"

/** Where Claude Code keeps its login, given the folder its variable names. */
export const credentialsPath = (
  paths: Pick<Paths, "home" | "workingFolder">,
  configDir: string | undefined
): string =>
  path.join(
    configDir === undefined ? path.join(paths.home, ".claude") : resolve(paths, configDir),
    ".credentials.json"
  )

/**
 * What may differ: the system, whether somebody is there to answer the Keychain's dialog, and how
 * `security` is run.
 */
export interface ClaudeCodeFileOptions {
  readonly platform?: NodeJS.Platform
  readonly interactive?: boolean
  readonly keychain?: KeychainOptions
}

/** Claude Code's login of this person. */
export const make = ({
  interactive = false,
  keychain,
  platform = process.platform
}: ClaudeCodeFileOptions) =>
  Effect.gen(function* () {
    const paths = yield* StatePaths
    const environment = yield* Environment
    const files = yield* FileSystem
    const onDisk = yield* Disk.provider
    const file = Effect.map(environment.base, (variables) => {
      const named = lookup(
        { variables, shell: { enabled: false, applied: [] } },
        "CLAUDE_CONFIG_DIR"
      )
      return credentialsPath(
        paths,
        Option.getOrUndefined(Option.map(named, ({ value }) => Redacted.value(value)))
      )
    })
    // Elsewhere there is no Keychain, and nothing to load for it.
    const inKeychain = <A>(
      ask: (
        module: typeof Keychain,
        options: KeychainOptions
      ) => Effect.Effect<Option.Option<A>, SharedLoginUnavailable, Disk.Disk>
    ): Effect.Effect<Option.Option<A>, SharedLoginUnavailable> => {
      if (platform !== "darwin") return Effect.succeedNone
      return Effect.flatMap(
        Effect.promise(() => import("./keychainLogin.ts")),
        (module) => ask(module, keychain ?? (interactive ? module.foreground : module.background))
      ).pipe(onDisk)
    }

    const unreadable = (place: string, reason: ClaudeCodeUnreadable["reason"]) =>
      new ClaudeCodeUnreadable({ place, reason })

    const stored: Effect.Effect<
      { readonly place: string; readonly text: string },
      ClaudeCodeUnreadable
    > = Effect.gen(function* () {
      const kept = yield* Effect.mapError(
        inKeychain(({ keychainLogin }, options) => keychainLogin(options).read),
        ({ place }) => unreadable(place, "not readable")
      )
      if (Option.isSome(kept)) return { place: keychainName, text: Redacted.value(kept.value.text) }
      const place = yield* file
      const { text } = yield* Effect.mapError(readDocument(place, maxBytes.records), ({ code }) =>
        unreadable(place, isMissing(code) ? "missing" : "not readable")
      )
      return { place, text }
    }).pipe(onDisk)

    return ClaudeCodeLogin.of({
      look: Effect.gen(function* () {
        const kept = yield* Effect.orElseSucceed(
          inKeychain(({ isInKeychain }, options) => isInKeychain(options)),
          Option.none
        )
        if (Option.isSome(kept)) return { present: true, place: keychainName }
        const place = yield* file
        const present = yield* Effect.orElseSucceed(files.exists(place), () => false)
        return { present, place }
      }),
      read: Effect.gen(function* () {
        const { place, text } = yield* stored
        return yield* Either.mapLeft(Either.flatMap(parse(text), decode), (problem) =>
          unreadable(place, problem)
        )
      })
    })
  })

/** The layer of {@link make}. */
export const layerWith = (
  options: ClaudeCodeFileOptions
): Layer.Layer<ClaudeCodeLogin, never, StatePaths | Environment | Disk.Disk> =>
  Layer.effect(ClaudeCodeLogin, make(options))
