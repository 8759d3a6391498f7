/**
 * How one agent's `auth-profiles.json` is read and changed (decisions D6–D8): locked
 * read–change–write, and what a first look takes over.
 */

import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { listIf } from "@clawdbot/domain/Document/listIf"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import {
  type ProfileStoreError,
  StoreLocked,
  StoreUnavailable
} from "@clawdbot/domain/Profile/ProfileError"
import type { ProfileChange } from "@clawdbot/domain/Profile/ProfileStore"
import type { StoreNotice } from "@clawdbot/domain/Profile/StoreNotice"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Disk } from "../File/Disk.ts"
import type { FileFailure } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"
import * as LegacyFiles from "./legacyFiles.ts"
import * as MovedMarker from "./movedMarker.ts"
import { asWritten, readOnce, recover, type StoreContent } from "./readStore.ts"
import { render, replace } from "./writeStore.ts"

/** Where an agent's store is. */
export interface StoreLocation {
  readonly agent: AgentId
  readonly folder: string
  readonly file: string
  /** Set for the default agent, the only one that takes over `oauth.json`. */
  readonly oauthDir: string | undefined
}

/** What the access is told and tells: the newest content this process knows of a file. */
export interface Memory {
  readonly recall: (file: string) => StoreContent | undefined
  /** Called under the lock, so that no older content is ever remembered after a newer one. */
  readonly remember: (place: StoreLocation, content: StoreContent) => Effect.Effect<void>
  /** The state folder, whose credentials may have been moved to a shared store. */
  readonly stateDir: string
}

/** Both ways to a store. */
export interface StoreAccess {
  /** The lock, the newest content under it, and a change; no document leaves the file alone. */
  readonly change: <A, E>(
    place: StoreLocation,
    change: (content: StoreContent) => Either.Either<ProfileChange<A>, E>
  ) => Effect.Effect<A, E | ProfileStoreError, Disk>
  /** The content as it is now; an empty store first takes over what older versions left. */
  readonly load: (place: StoreLocation) => Effect.Effect<StoreContent, ProfileStoreError, Disk>
}

/**
 * Access with these lock times. Changes of one file are taken one at a time before they queue for
 * its lock.
 */
export const make = (
  times: FolderLock.FolderLockTimes,
  { recall, remember, stateDir }: Memory
): StoreAccess => {
  const permits = new Map<string, Effect.Semaphore>()
  const permitOf = (file: string): Effect.Semaphore => {
    const found = permits.get(file) ?? Effect.unsafeMakeSemaphore(1)
    permits.set(file, found)
    return found
  }

  const failed =
    (file: string) =>
    (failure: FileFailure): ProfileStoreError => {
      if (failure.operation === "lock" && failure.code === "ETIMEDOUT")
        return new StoreLocked({
          path: file,
          lockPath: `${failure.path}.lock`,
          waitedMs: times.maxWaitMs
        })
      return new StoreUnavailable({ path: file, operation: failure.operation, code: failure.code })
    }

  const change: StoreAccess["change"] = (place, decide) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { file } = place
        const lock = yield* Effect.mapError(FolderLock.hold(file, times), failed(file))
        yield* MovedMarker.refuse(stateDir)
        const content = yield* Effect.catchTag(readOnce(file), "StoreCorrupt", (broken) =>
          recover(file, broken, recall(file))
        )
        const { document, result } = yield* decide(content)
        const text = ifDefined(document, (document) => render(document, content.text))
        if (
          document === undefined ||
          text === undefined ||
          (text === content.text && !content.restored)
        ) {
          yield* remember(place, content)
          return result
        }
        yield* Effect.mapError(replace(file, content, text, lock), failed(file))
        yield* Effect.flatMap(asWritten(file, text, document), (written) =>
          remember(place, written)
        )
        return result
      })
    ).pipe(permitOf(place.file).withPermits(1))

  /** What is in the store already wins. */
  const takeOver = (
    place: StoreLocation,
    source: LegacyFiles.LegacySource
  ): Effect.Effect<ReadonlyArray<StoreNotice>, ProfileStoreError, Disk> =>
    Effect.gen(function* () {
      const taken = yield* change(place, ({ document }) => {
        const fresh = [...source.profiles].filter(([id]) => !document.profiles.has(id))
        const next = fresh.reduce(
          (all, [id, credential]) => ProfileDocument.set(all, id, credential),
          document
        )
        return Either.right({ document: fresh.length > 0 ? next : undefined, result: fresh })
      })
      const stored = (yield* readOnce(place.file)).document.profiles
      const isStored = taken.every(([id, credential]) => {
        const found = stored.get(id)
        return (
          found !== undefined &&
          Credential.secretFingerprint(found) === Credential.secretFingerprint(credential)
        )
      })
      if (!isStored) return []
      const imported: StoreNotice = {
        kind: "imported",
        text: `imported ${taken.map(([id]) => id).join(", ")} from ${source.file}`
      }
      const told = listIf(taken.length > 0, imported)
      // The profiles are safe; a mark that cannot be left is told, and does not make the store
      // unreadable.
      const finished = yield* Effect.either(source.finish)
      if (Either.isRight(finished)) return told
      const unmarked: StoreNotice = {
        kind: "unmarked",
        text: `${source.file} cannot be marked as imported: ${finished.left.message}`
      }
      return [...told, unmarked]
    })

  const load: StoreAccess["load"] = (place) =>
    Effect.gen(function* () {
      yield* MovedMarker.refuse(stateDir)
      // The reference writes in place: what looks broken may be half of a write. Under its lock it
      // is whole.
      const content = yield* Effect.catchTag(readOnce(place.file), "StoreCorrupt", () =>
        change(place, (locked) => Either.right({ document: undefined, result: locked }))
      )
      if (content.document.profiles.size > 0 || content.restored) return content
      if (!(yield* LegacyFiles.mayExist(place.folder, place.oauthDir))) return content
      const sources = yield* LegacyFiles.find(place.folder, place.oauthDir)
      const notices = yield* Effect.forEach(sources, (source) => takeOver(place, source))
      const imported = yield* readOnce(place.file)
      return { ...imported, notices: [...imported.notices, ...notices.flat()] }
    })

  return { change, load }
}
