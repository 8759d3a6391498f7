/**
 * One agent's health: what this process knows, in memory, and its file (decisions D7, D12a). Health
 * can be learned again: a broken file never stops a request.
 */

import type { BigIntStats } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as ClockJump from "@clawdbot/domain/Health/clockJump"
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import * as HealthPolicy from "@clawdbot/domain/Health/HealthPolicy"
import { isNews } from "@clawdbot/domain/Health/isNews"
import { merge } from "@clawdbot/domain/Health/mergeHealth"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as Json from "@clawdbot/json5-edit/Json"
import * as Effect from "effect/Effect"
import { durableWrite, sweepTemporaries } from "../File/durableWrite.ts"
import { type FileFailure, isEncoding } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"
import { maxBytes, readDocument } from "../File/readDocument.ts"

/** The parts of a document that are changed in place. */
interface Own {
  readonly profiles: Map<ProfileId, HealthDocument.ProfileHealth>
  readonly recent: Array<ProfileId>
}

/** What is known of one agent's health, and how far the file is behind. */
export interface AgentHealth {
  readonly agent: AgentId
  readonly file: string
  document: HealthDocument.HealthDocument
  /** The document's map and its last changes, when they are this process's own to change. */
  own: Own | undefined
  /** Identifies the content of the file that was last read or written. */
  fileVersion: string
  /** Since when the file is behind, in epoch ms; undefined when it is not. */
  dirtySince: number | undefined
  /** Whether what it lacks is news to other processes. */
  urgent: boolean
  /** Writes that failed in a row, and when (epoch ms) the next is due. */
  failures: number
  retryAt: number
}

interface OnDisk {
  readonly fileVersion: string
  readonly document: HealthDocument.HealthDocument
}

const missing: OnDisk = { fileVersion: "missing", document: HealthDocument.empty }

const versionFrom = (stat: BigIntStats): string => `${stat.ino} ${stat.size} ${stat.mtimeNs}`

const versionOf = async (file: string): Promise<string> => {
  const stat = await fs.stat(file, { bigint: true }).catch(() => undefined)
  if (stat === undefined) return missing.fileVersion
  return versionFrom(stat)
}

const putAside = (file: string): Effect.Effect<void> =>
  Effect.promise(async () => {
    const stat = await fs.stat(file).catch(() => undefined)
    await fs
      .rename(file, `${file}.corrupt-${Math.trunc(stat?.mtimeMs ?? 0)}`)
      .catch(() => undefined)
  })

/**
 * The file's content; what is broken is put aside and reads as nothing known, and what a clock
 * ahead of `now` noted likewise.
 */
const readDisk = (file: string, now: number): Effect.Effect<OnDisk> =>
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
          fileVersion: versionFrom(stat),
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
export const load = (agent: AgentId, file: string, now: number): Effect.Effect<AgentHealth> =>
  Effect.map(readDisk(file, now), (disk) => ({
    agent,
    file,
    ...disk,
    own: undefined,
    dirtySince: undefined,
    urgent: false,
    failures: 0,
    retryAt: 0
  }))

/**
 * Changes one profile's health in place. A copy of all profiles for each request would cost more
 * than everything else about it; whoever holds the document sees the change, and learns of it by
 * the version.
 */
const change = (
  health: AgentHealth,
  profile: ProfileId,
  after: HealthDocument.ProfileHealth
): void => {
  const { document } = health
  const own: Own =
    health.own?.profiles === document.profiles
      ? health.own
      : { profiles: new Map(document.profiles), recent: [...document.recent] }
  own.profiles.set(profile, after)
  own.recent.push(profile)
  if (own.recent.length > 2 * HealthPolicy.recentCapacity)
    own.recent.splice(0, HealthPolicy.recentCapacity)
  const { kept } = document
  const { profiles, recent } = own
  health.own = own
  health.document = { version: document.version + 1, recent, profiles, kept }
}

/** An event is in force at once; the file is behind from `now` (epoch ms) on. */
export const record = (
  health: AgentHealth,
  profile: ProfileId,
  secretFingerprint: string,
  event: HealthEvent,
  now: number
): void => {
  const before = health.document.profiles.get(profile)
  const after = HealthPolicy.next(health.document, profile, secretFingerprint, event)
  change(health, profile, after)
  health.dirtySince = health.dirtySince ?? now
  health.urgent = health.urgent || isNews(before, after)
}

/**
 * Takes over what other processes wrote; false where they wrote nothing: the document still names
 * its last changes then. `now` is epoch ms.
 */
export const pickUp = (health: AgentHealth, now: number): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    if ((yield* Effect.promise(() => versionOf(health.file))) === health.fileVersion) return false
    const disk = yield* readDisk(health.file, now)
    health.document = merge(health.document, disk.document)
    health.fileVersion = disk.fileVersion
    return true
  })

/**
 * Writes what is known, merged with what other processes wrote. `locked` runs between the two,
 * while no other process can write: what it records is written as well.
 */
export const write = (
  health: AgentHealth,
  locked: Effect.Effect<void>
): Effect.Effect<void, FileFailure> =>
  Effect.scoped(
    Effect.gen(function* () {
      const lock = yield* FolderLock.hold(health.file)
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
      health.fileVersion = yield* Effect.promise(() => versionOf(health.file))
    })
  )
