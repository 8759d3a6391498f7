/** The other gateways of a shared store, for `doctor`. */
import * as ConfigFile from "@clawdbot/node/Config/ConfigFile"
import type { StoreError } from "@clawdbot/postgres/StoreError"
import * as Effect from "effect/Effect"
import { sharedSnapshot } from "../sharedStore/sharedSnapshot.ts"

/** Undefined where credentials are in files, and where the store cannot be opened. */
export const lookAtFleet = (unopened: StoreError | undefined) =>
  Effect.gen(function* () {
    if (unopened !== undefined) return undefined
    // In silence: `doctor` shows older keys of the config itself.
    const snapshot = yield* Effect.provide(sharedSnapshot, ConfigFile.layer)
    if (snapshot === undefined) return undefined
    const { fleet } = yield* Effect.promise(() => import("../sharedStore/openStore.ts"))
    return yield* Effect.orElseSucceed(fleet(snapshot), () => undefined)
  })
