/**
 * `HeldStores` over `auth-profiles.json` (decision D8a): the lock the reference program takes on a
 * store, kept for as long as a refresh takes, with the store's own rules for reading and writing
 * under it.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import * as Config from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { type HeldStore, HeldStores } from "@clawdbot/domain/OAuth/HeldStores"
import type { ProfileDocument } from "@clawdbot/domain/Profile/ProfileDocument"
import {
  type ProfileStoreError,
  StoreLocked,
  StoreUnavailable
} from "@clawdbot/domain/Profile/ProfileError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Disk from "../File/Disk.ts"
import { durableWrite } from "../File/durableWrite.ts"
import type { FileFailure } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"
import * as Backups from "../Profile/backups.ts"
import * as MovedMarker from "../Profile/movedMarker.ts"
import { readOnce, recover } from "../Profile/readStore.ts"
import { render } from "../Profile/writeStore.ts"

const make = (times: FolderLock.FolderLockTimes) =>
  Effect.gen(function* () {
    const configs = yield* ConfigStore
    const paths = yield* StatePaths
    const onDisk = yield* Disk.provider

    const fileOf = (agent: AgentId): Effect.Effect<string> =>
      Effect.map(Effect.option(configs.load), (loaded) => {
        const config = Option.match(loaded, {
          onNone: () => Config.empty,
          onSome: (snapshot) => snapshot.config
        })
        return AgentRegistry.storePath(AgentRegistry.fromConfig(config, paths).get(agent))
      })

    const failed =
      (file: string) =>
      ({ code, operation, path }: FileFailure): ProfileStoreError => {
        if (operation === "lock" && code === "ETIMEDOUT")
          return new StoreLocked({
            path: file,
            lockPath: `${path}.lock`,
            waitedMs: times.maxWaitMs
          })
        return new StoreUnavailable({ path: file, operation, code })
      }

    const hold = (agent: AgentId): Effect.Effect<HeldStore, ProfileStoreError, Scope.Scope> =>
      Effect.gen(function* () {
        const file = yield* fileOf(agent)
        const lock = yield* Effect.mapError(FolderLock.hold(file, times), failed(file))
        yield* MovedMarker.refuse(paths.stateDir)
        const content = yield* Effect.catchTag(readOnce(file), "StoreCorrupt", (broken) =>
          recover(file, broken)
        )
        const write = (document: ProfileDocument) =>
          Effect.gen(function* () {
            const text = render(document, content.text)
            if (content.text !== undefined && !content.restored)
              yield* Backups.keep(file, content.text)
            yield* durableWrite(file, text, { beforeRename: lock.stillMine })
          }).pipe(Effect.mapError(failed(file)), onDisk)
        return { agent, document: content.document, write }
      }).pipe(onDisk)

    return HeldStores.of({ hold })
  })

/** The stores of a state folder. */
export const standard = make(FolderLock.standardTimes)

/** The layer of {@link standard}. */
export const layer: Layer.Layer<HeldStores, never, ConfigStore | StatePaths | Disk.Disk> =
  Layer.effect(HeldStores, standard)

/** The same with other lock times, for tests of waiting. */
export const layerWith = (
  times: FolderLock.FolderLockTimes
): Layer.Layer<HeldStores, never, ConfigStore | StatePaths | Disk.Disk> =>
  Layer.effect(HeldStores, make(times))
