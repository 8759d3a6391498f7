/**
 * `ResourcePins` over `<state>/gateway-pins.jsonl`: one line a pin, appended behind the requests,
 * made short again at a start. It holds no secret, and nothing that lives for minutes only. Without
 * it a batch would be asked for with any credential: a file that cannot be read or written never
 * stops a request.
 */

import * as path from "node:path"
import { AgentId } from "@clawdbot/domain/Agent/AgentId"
import {
  isBrief,
  maxPerGroup,
  type Pin,
  PinTable,
  ResourcePins
} from "@clawdbot/domain/Auth/ResourcePins"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { atFirstUse } from "@clawdbot/domain/Document/atFirstUse"
import { lazily } from "@clawdbot/domain/Document/lazily"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Disk from "../File/Disk.ts"
import { durableWrite } from "../File/durableWrite.ts"
import { asFailure, type FileFailure } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"
import { maxBytes } from "../File/readDocument.ts"
import { readLines } from "../File/readLines.ts"
import { pinDigest } from "./pinDigest.ts"

/** How long a pin may be missing from the file. */
const writeAfter = Duration.millis(200)

/**
 * A file with more lines than this, and with more than twice as many as pins, is written anew at a
 * start.
 */
const maxLines = 2 * maxPerGroup

/** How many pins wait at most for a file that cannot be written; the oldest go first. */
const maxWaiting = 3 * maxPerGroup

/**
 * The kind is missing in files of the first edition, which knew batches and files only. Whatever
 * else stands in a line is kept.
 */
const Line = lazily(() =>
  Schema.parseJson(
    Schema.Struct(
      {
        agent: AgentId,
        id: Schema.NonEmptyString,
        kind: Schema.optionalWith(Schema.String, { default: () => "file" }),
        profile: ProfileId
      },
      Schema.Record({ key: Schema.String, value: Schema.Unknown })
    )
  )
)
const decode = atFirstUse(() => Schema.decodeUnknownEither(Line))
const encode = atFirstUse(() => Schema.encodeSync(Line))

/** The file of a state folder. */
export const fileOf = (stateDir: string): string => path.join(stateDir, "gateway-pins.jsonl")

/** Whole lines only: what a crash or a full disk cut off is passed over. */
export const parse = (text: string): ReadonlyArray<Pin> =>
  text
    .split("\n")
    .flatMap((line) =>
      line === "" ? [] : Either.match(decode(line), { onLeft: () => [], onRight: (pin) => [pin] })
    )

const read = (file: string): Effect.Effect<ReadonlyArray<Pin>, FileFailure, Disk.Disk> =>
  Effect.map(readLines(file, maxBytes.ledger), parse)

/** Pins as lines of the file. */
export const lines = (pins: ReadonlyArray<Pin>): string =>
  pins.map((pin) => `${encode({ ...pin })}\n`).join("")

/**
 * Begins with a line break, so that a line that was cut off before does not take the next one with
 * it.
 */
const append = (
  file: string,
  pins: ReadonlyArray<Pin>
): Effect.Effect<void, FileFailure, FileSystem> =>
  Effect.scoped(
    Effect.gen(function* () {
      const opened = yield* (yield* FileSystem).open(file, { flag: "a", mode: 0o600 })
      yield* opened.writeAll(new TextEncoder().encode(`\n${lines(pins)}`))
      yield* opened.sync
    })
  ).pipe(asFailure(file, "write"))

const warn = (message: string) => (failure: FileFailure) =>
  Effect.annotateLogs(Effect.logWarning(message), { error: failure.message })

const tableOf = (pins: ReadonlyArray<Pin>): PinTable => {
  const table = new PinTable(pinDigest())
  for (const pin of pins) if (!isBrief(pin.kind)) table.note(pin, 0)
  return table
}

/** The pins of a state folder. */
export const make = Effect.gen(function* () {
  const { stateDir } = yield* StatePaths
  const file = fileOf(stateDir)
  const waiting: Array<Pin> = []
  let failed = false

  const known = yield* Effect.catchAll(read(file), (failure) =>
    Effect.as(
      warn(
        "the pins file cannot be read; requests about batches and files may use " +
          "another credential than the one that created them"
      )(failure),
      []
    )
  )
  const table = tableOf(known)

  /** Two gateways over one folder take turns. */
  const locked = <A>(
    use: (lock: FolderLock.HeldLock) => Effect.Effect<A, FileFailure, Disk.Disk>
  ) => Effect.scoped(Effect.flatMap(FolderLock.hold(file), use))

  if (known.length > Math.max(maxLines, 2 * table.size)) {
    yield* locked((lock) =>
      Effect.flatMap(read(file), (pins) =>
        durableWrite(file, lines(tableOf(pins).entries()), {
          maxBytes: maxBytes.ledger,
          beforeRename: lock.stillMine
        })
      )
    ).pipe(Effect.catchAll(warn("the pins file could not be shortened")))
  }

  const forgetOldest = (): void => {
    if (waiting.length > maxWaiting) waiting.splice(0, waiting.length - maxWaiting)
  }

  const write = Effect.suspend(() => {
    if (waiting.length === 0) return Effect.void
    const batch = waiting.splice(0)
    return locked(() => append(file, batch)).pipe(
      Effect.onError(() =>
        Effect.sync(() => {
          waiting.splice(0, 0, ...batch)
          forgetOldest()
        })
      ),
      Effect.tap(() =>
        Effect.sync(() => {
          failed = false
        })
      ),
      // Logged once, not with every try.
      Effect.catchAll((failure) => {
        const isKnown = failed
        failed = true
        if (isKnown) return Effect.void
        return warn("the pins file cannot be written; continuing from memory")(failure)
      })
    )
  })
  yield* Effect.addFinalizer(() => write)
  yield* BackgroundLoop.start({ task: "writing pins", every: writeAfter }, write)

  return ResourcePins.of({
    find: (agent, id) => table.find(agent, id),
    findBrief: (kind, agent, id, now) => table.findBrief(kind, agent, id, now),
    note: (pin, now) => {
      // A container is named by every answer that used it: only the first is news to the file.
      const isNews = !isBrief(pin.kind) && table.find(pin.agent, pin.id) !== pin.profile
      table.note(pin, now)
      if (isNews) {
        waiting.push(pin)
        forgetOldest()
      }
      return undefined
    },
    isEmpty: () => table.size === 0,
    isShared: false,
    look: () => Effect.succeed(false)
  })
})

/** The layer of {@link make}. */
export const layer: Layer.Layer<ResourcePins, never, StatePaths | Disk.Disk> = Layer.scoped(
  ResourcePins,
  make
)
