/**
 * Port: the person's `clawdbot.json`. Layers: file (`@clawdbot/node`), memory
 * (`@clawdbot/testing`).
 */
import type { Edit } from "@clawdbot/json5-edit/Json5Document"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import type * as Stream from "effect/Stream"
import type { EffectiveEnvironment } from "../Environment/Environment.ts"
import type { Config } from "./Config.ts"
import type { ConfigError, ConfigInvalid, ConfigPlace, ConfigUnavailable } from "./ConfigError.ts"

/** Where an effective value came from. */
export type ConfigSource =
  | { readonly _tag: "File"; readonly place: ConfigPlace }
  | { readonly _tag: "Variable"; readonly name: string; readonly place: ConfigPlace }
  | { readonly _tag: "Migrated"; readonly from: string; readonly place: ConfigPlace }
  | { readonly _tag: "Default" }

/** A loaded config. */
export interface ConfigSnapshot {
  /** Absolute path of the main file. */
  readonly path: string
  readonly exists: boolean
  /**
   * The version of the main file that was read (`Document/fileVersion.ts`); absent from a store
   * that does not watch.
   */
  readonly version?: string
  readonly config: Config
  /**
   * The whole effective value, sections of other programs included. Redacted: it holds the values
   * of `${VAR}` and keys.
   */
  readonly value: Redacted.Redacted<Readonly<Record<string, unknown>>>
  /**
   * The environment after the config's own `env` block and the login shell (docs/formats.md
   * §2.4).
   */
  readonly environment: EffectiveEnvironment
  /** What the migrations changed in memory, one line each; empty when the file is current. */
  readonly migrations: ReadonlyArray<string>
  /** Things worth telling that do not stop anything. */
  readonly warnings: ReadonlyArray<string>
  /** Where the value at a path came from. */
  readonly source: (path: KeyPath) => ConfigSource
}

/** One change of a config text: a plain JSON value set, or a key removed. */
export type ConfigEdit = Edit

/** What an edit did. */
export interface ConfigEditReport {
  readonly path: string
  /** Whether the file's text changed at all. */
  readonly changed: boolean
  /**
   * The text before and after, for a diff; `before` is empty for a new file. Redacted: a config may
   * hold keys.
   */
  readonly before: Redacted.Redacted
  readonly after: Redacted.Redacted
}

/**
 * - `load` gives the effective config; a file layer that watches answers from memory, and keeps the
 *   last good one.
 * - `edit` applies minimal edits to the newest text of the file, with backups and a durable write;
 *   pending migrations are
 *   persisted with it. `change` may be run again on a newer text.
 * - `changes` gives every further state of the file, good or bad.
 * - `current` is what `load` would give, where that is known without looking: never in a layer that
 *   always looks.
 */
export class ConfigStore extends Context.Tag("@clawdbot/domain/Config/ConfigStore")<
  ConfigStore,
  {
    readonly load: Effect.Effect<ConfigSnapshot, ConfigInvalid | ConfigUnavailable>
    readonly edit: <E>(
      change: (snapshot: ConfigSnapshot) => Either.Either<ReadonlyArray<ConfigEdit>, E>,
      options?: { readonly dryRun?: boolean }
    ) => Effect.Effect<ConfigEditReport, E | ConfigError>
    readonly changes: Stream.Stream<
      Either.Either<ConfigSnapshot, ConfigInvalid | ConfigUnavailable>
    >
    readonly current: () => ConfigSnapshot | undefined
  }
>() {}
