/**
 * Usage that the database has not taken, in `<state>/usage-spool/`: a file for each process that
 * could not store what it counted, 0600, and only for as long as that is so. Its process holds a
 * lock on it; one whose process is gone is taken over by the next one of this state folder, under
 * the numbers of its batches.
 */
import * as path from "node:path"
import { atFirstUse } from "@clawdbot/domain/Document/atFirstUse"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Cell from "@clawdbot/domain/Usage/UsageCell"
import * as Disk from "@clawdbot/node/File/Disk"
import { durableWrite } from "@clawdbot/node/File/durableWrite"
import { asFailure, type FileFailure, hasCode } from "@clawdbot/node/File/FileFailure"
import * as FolderLock from "@clawdbot/node/File/FolderLock"
import { maxBytes, readIfPresent } from "@clawdbot/node/File/readDocument"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import type { Unstored } from "./UsageOutbox.ts"

const Document = Schema.parseJson(
  Schema.Struct({
    version: Schema.Literal(1),
    writer: Schema.UUID,
    seq: Schema.NonNegativeInt,
    /** Lines as in a usage file. */
    batches: Schema.Array(Schema.String)
  })
)
const decode = atFirstUse(() => Schema.decodeOption(Document))
const encode = atFirstUse(() => Schema.encodeSync(Document))

const toText = ({ batches, seq, writer }: Unstored): string =>
  encode({
    version: 1,
    writer,
    seq,
    batches: batches.map((cells) => cells.map(Cell.toLine).join("\n"))
  })

const fromText = (text: string): Option.Option<Unstored> =>
  Option.map(decode(text), ({ batches, seq, writer }) => ({
    writer,
    seq,
    batches: batches.map(Cell.fromText)
  }))

const isSpoolFile = (name: string): boolean => /^[0-9a-f-]{36}\.json$/.test(name)

/** The folder of a state folder. */
export const folderOf = (stateDir: string): string => path.join(stateDir, "usage-spool")

/** A file of this process, from its first write to its removal. */
interface OwnFile {
  readonly path: string
  readonly lock: FolderLock.HeldLock
  readonly scope: Scope.CloseableScope
}

/** What is kept of this process, and what others have left. */
export const make = (times: FolderLock.FolderLockTimes) =>
  Effect.gen(function* () {
    const { stateDir } = yield* StatePaths
    const files = yield* FileSystem
    const onDisk = yield* Disk.provider
    const folder = folderOf(stateDir)
    const oneAtATime = yield* Effect.makeSemaphore(1)
    let own: OwnFile | undefined
    const unreadable = new Set<string>()

    /** Once: a newer version may have written it, and can read it. */
    const tellUnreadable = (file: string) => {
      if (unreadable.has(file)) return Effect.void
      unreadable.add(file)
      return Effect.logWarning(
        `${file} holds usage that was not stored, in a form that this version cannot read`
      )
    }

    const open = (file: string) =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const lock = yield* FolderLock.hold(file, times).pipe(
          Scope.extend(scope),
          Effect.onError(() => Scope.close(scope, Exit.void))
        )
        return { path: file, lock, scope }
      })

    const close = Effect.suspend(() => {
      const closing = own
      own = undefined
      if (closing === undefined) return Effect.void
      return Scope.close(closing.scope, Exit.void)
    })

    /** Keeps what waits, in place of what was kept before. Fails where that is not possible. */
    const keep = (unstored: () => Unstored): Effect.Effect<void, FileFailure> =>
      Effect.gen(function* () {
        const kept = unstored()
        own ??= yield* open(path.join(folder, `${kept.writer}.json`))
        yield* durableWrite(own.path, toText(kept), {
          maxBytes: maxBytes.ledger,
          beforeRename: own.lock.stillMine
        })
      }).pipe(onDisk, oneAtATime.withPermits(1), Effect.uninterruptible)

    return {
      folder,
      keep,
      isKeeping: () => own !== undefined,

      /** Fails where another process took over what this one kept: it was stopped for too long. */
      stillMine: Effect.suspend((): Effect.Effect<void, FileFailure> => {
        return own?.lock.stillMine ?? Effect.void
      }),

      /** Everything is stored, or somebody else's: nothing is kept any more. */
      forget: (isMine: boolean): Effect.Effect<void> =>
        Effect.suspend(() => {
          if (own === undefined) return Effect.void
          if (!isMine) return close
          return Effect.zipRight(Effect.ignore(files.remove(own.path, { force: true })), close)
        }).pipe(oneAtATime.withPermits(1), Effect.uninterruptible),

      /** Gives the lock back; what is kept stays for the next process. */
      leave: close,

      /**
       * Stores what processes have left that are gone; `store` fails where it cannot. What cannot
       * be read stays where it is.
       */
      takeOver: <E>(
        store: (
          unstored: Unstored,
          keepAgain: (changed: Unstored) => Effect.Effect<void, FileFailure>
        ) => Effect.Effect<void, E>
      ): Effect.Effect<void, E | FileFailure> =>
        Effect.gen(function* () {
          const names = yield* Effect.catchIf(files.readDirectory(folder), hasCode("ENOENT"), () =>
            Effect.succeed<ReadonlyArray<string>>([])
          ).pipe(asFailure(folder, "list"))
          for (const name of names.filter(isSpoolFile)) {
            const file = path.join(folder, name)
            if (file === own?.path) continue
            yield* Effect.scoped(
              Effect.gen(function* () {
                const lock = yield* FolderLock.hold(file, times)
                const document = yield* readIfPresent(file, maxBytes.ledger)
                // Its process has stored it meanwhile, or another one has taken it over.
                if (document === undefined) return
                const unstored = fromText(document.text)
                if (Option.isNone(unstored)) return yield* tellUnreadable(file)
                yield* store(unstored.value, (changed) =>
                  onDisk(
                    durableWrite(file, toText(changed), {
                      maxBytes: maxBytes.ledger,
                      beforeRename: lock.stillMine
                    })
                  )
                )
                yield* asFailure(file, "write")(files.remove(file, { force: true }))
              })
            )
          }
        }).pipe(onDisk)
    } as const
  })

/** What the ledger keeps on the disk. */
export type UsageSpool = Effect.Effect.Success<ReturnType<typeof make>>
