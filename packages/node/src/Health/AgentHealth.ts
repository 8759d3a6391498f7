/**
 * One agent's health: what this process knows, in memory, and its file (decisions D7, D12a). Health
 * can be learned again: a broken file never stops a request.
 */

import * as path from "node:path"
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as ClockJump from "@clawdbot/domain/Health/clockJump"
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import * as LiveHealth from "@clawdbot/domain/Health/liveHealth"
import { merge } from "@clawdbot/domain/Health/mergeHealth"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as Json from "@clawdbot/json5-edit/Json"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import type { Disk } from "../File/Disk.ts"
import { durableWrite, sweepTemporaries } from "../File/durableWrite.ts"
import { type FileFailure, isEncoding } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"
import { fileVersion } from "../File/fileVersion.ts"
import { PosixFiles } from "../File/PosixFiles.ts"
import { maxBytes, readDocument } from "../File/readDocument.ts"
import { watchedVersion } from "../File/watchedVersion.ts"

/** What is known of one agent's health, and how far the file is behind. */
export interface AgentHealth extends LiveHealth.LiveHealth {
  readonly agent: AgentId
  readonly file: string
  /** Identifies the content of the file that was last read or written. */
  fileVersion: string
  /** Since when the file is behind, in epoch ms; undefined when it is not. */
  dirtySince: number | undefined
  /** Whether what it lacks is news to other processes. */
  urgent: boolean
  /** Writes that failed in a row, and when (epoch ms) the next is due. */
  failures: number
  retryAt: number
  /** Whether the log, or whoever asked for it to be written, knows that it cannot be. */
  reported: boolean
}

interface OnDisk {
  readonly fileVersion: string
  readonly document: HealthDocument.HealthDocument
}

const missing: OnDisk = { fileVersion: "missing", document: HealthDocument.empty }

const versionOf = (file: string): Effect.Effect<string, never, PosixFiles> =>
  watchedVersion(file, missing.fileVersion, fileVersion)

const putAside = (file: string): Effect.Effect<void, never, Disk> =>
  Effect.gen(function* () {
    const modified = yield* Effect.match((yield* PosixFiles).stat(file), {
      onFailure: () => 0n,
      onSuccess: ({ mtimeMs }) => mtimeMs
    })
    yield* Effect.ignore((yield* FileSystem).rename(file, `${file}.corrupt-${modified}`))
  })

/**
 * The file's content; what is broken is put aside and reads as nothing known, and what a clock
 * ahead of `now` noted likewise.
 */
const readDisk = (file: string, now: number): Effect.Effect<OnDisk, never, Disk> =>
  readDocument(file, maxBytes.records).pipe(
    Effect.flatMap(({ stat, text }) =>
      Effect.map(
        Effect.filterOrFail(
          Json.parse(text),
          HealthDocument.isHealthFile,
          () => ({ _tag: "NoHealthFile" }) as const
        ),
        (value) => ({
          // From before the reading: what is written meanwhile is newer, never hidden by it.
          fileVersion: fileVersion(stat),
          document: ClockJump.forgetFuture(HealthDocument.decode(value), now)
        })
      )
    ),
    Effect.catchAll((failure) => {
      if (failure._tag === "FileFailure" && !isEncoding(failure.code))
        return Effect.succeed(missing)
      return Effect.as(putAside(file), missing)
    })
  )

/** The health of an agent as its file has it at `now` (epoch ms). */
export const load = (
  agent: AgentId,
  file: string,
  now: number
): Effect.Effect<AgentHealth, never, Disk> =>
  Effect.map(readDisk(file, now), (disk) => ({
    agent,
    file,
    ...disk,
    mutable: undefined,
    dirtySince: undefined,
    urgent: false,
    failures: 0,
    retryAt: 0,
    reported: false
  }))

/** An event is in force at once; the file is behind from `now` (epoch ms) on. */
export const record = (
  health: AgentHealth,
  profile: ProfileId,
  secretFingerprint: string,
  event: HealthEvent,
  now: number
): void => {
  const news = LiveHealth.record(health, profile, secretFingerprint, event)
  health.dirtySince = health.dirtySince ?? now
  health.urgent = health.urgent || news
}

/**
 * Takes over what other processes wrote; false where they wrote nothing: the document still names
 * its last changes then. `now` is epoch ms.
 */
export const reload = (health: AgentHealth, now: number): Effect.Effect<boolean, never, Disk> =>
  Effect.gen(function* () {
    if ((yield* versionOf(health.file)) === health.fileVersion) return false
    const disk = yield* readDisk(health.file, now)
    health.document = merge(health.document, disk.document)
    health.fileVersion = disk.fileVersion
    return true
  })

/**
 * Writes what is known, merged with what other processes wrote. `locked` runs between the two,
 * while no other process can write: what it records is written as well.
 */
export const persist = <R>(
  health: AgentHealth,
  locked: Effect.Effect<void, never, R>,
  times: FolderLock.FolderLockTimes
): Effect.Effect<void, FileFailure, R | Disk> =>
  Effect.scoped(
    Effect.gen(function* () {
      const lock = yield* FolderLock.hold(health.file, times)
      yield* sweepTemporaries(path.dirname(lock.target), lock.target)
      yield* locked
      // From here on new records make it dirty again; nothing recorded meanwhile is taken for
      // written.
      const { dirtySince, urgent } = health
      if (dirtySince === undefined) return
      health.dirtySince = undefined
      health.urgent = false
      const text = `${JSON.stringify(HealthDocument.encode(health.document), null, 2)}\n`
      yield* durableWrite(health.file, text, { beforeRename: lock.stillMine }).pipe(
        Effect.onError(() =>
          Effect.sync(() => {
            health.dirtySince = dirtySince
            health.urgent = health.urgent || urgent
          })
        )
      )
      health.fileVersion = yield* versionOf(health.file)
    })
  )
