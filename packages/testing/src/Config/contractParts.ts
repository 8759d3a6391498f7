/** What the parts of the contract of `ConfigStore` share. */

import type { ConfigEdit } from "@clawdbot/domain/Config/ConfigStore"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import { ConfigTexts } from "./ConfigMemory.ts"

/** What stands where before a test begins; files are relative to the config's folder. */
export interface ConfigSetup {
  readonly text?: string
  readonly files?: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string>>
}

/** An edit that sets a value. */
export const set = (path: KeyPath, value: unknown): ConfigEdit => ({ _tag: "Set", path, value })
/** An edit that removes a value. */
export const unset = (path: KeyPath): ConfigEdit => ({ _tag: "Unset", path })
/** A key with a place in every part of the contract: the default model. */
export const primary = ["agents", "defaults", "model", "primary"] as const

/** Edits the store. */
export const edit = (...edits: ReadonlyArray<ConfigEdit>) =>
  Effect.flatMap(ConfigStore, (store) => store.edit(() => Either.right(edits)))
/** The config as it is now. */
export const load = Effect.flatMap(ConfigStore, (store) => store.load)
/** The text of a file; without a path, of the config itself. */
export const text = (path?: string) => Effect.flatMap(ConfigTexts, (texts) => texts.get(path))

/** Makes a fresh store for a test. */
export type MakeStore = (setup: ConfigSetup) => Layer.Layer<ConfigStore | ConfigTexts>

/** Declares one test of the contract. */
export type Check = <E>(
  title: string,
  setup: ConfigSetup,
  program: Effect.Effect<void, E, ConfigStore | ConfigTexts>
) => void

/** Declares tests over stores that `make` gives. */
export const checkOver =
  (make: MakeStore): Check =>
  (title, setup, program) =>
    it.live(title, () => Effect.provide(program, make(setup)))
