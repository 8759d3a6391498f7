/** The shared store for `doctor`, which works where other commands do not. */
import { StatusReport } from "@clawdbot/domain/Status/StatusReport"
import * as ConfigFile from "@clawdbot/node/Config/ConfigFile"
import type { StoreError } from "@clawdbot/postgres/StoreError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { sharedSnapshot } from "../sharedStore/sharedSnapshot.ts"
import { openingStore } from "../terminal/withSpinner.ts"

/**
 * Runs an effect over the shared store, where the config names one that can be opened. The effect
 * is given why it cannot be, and then has to leave credentials alone: those in files are not the
 * ones that are used.
 */
export const openIfPossible = <A, E, R>(
  use: (unopened: StoreError | undefined) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    // In silence: `doctor` shows older keys of the config itself.
    const snapshot = yield* Effect.provide(sharedSnapshot, ConfigFile.layer)
    if (snapshot === undefined) return yield* use(undefined)
    const { forCommands } = yield* Effect.promise(() => import("../sharedStore/openStore.ts"))
    const opened = yield* openingStore(Effect.either(Layer.build(forCommands(snapshot))))
    if (Either.isLeft(opened)) return yield* use(opened.left)
    return yield* use(undefined).pipe(
      Effect.provide(StatusReport.Default),
      Effect.provide(opened.right)
    )
  }).pipe(Effect.scoped)
