/**
 * Writes a file in place, for one that cannot be replaced because it is mounted by itself (a single
 * file given to a container). A copy with the new content stands beside it meanwhile: a program
 * that is killed, or a reader that comes, at any step finds the old content or the new
 * (`readDocument`). The copy is outside the mount; a container that is thrown away before the next
 * write takes it along.
 */
import * as path from "node:path"
import { type File, FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { problem, type Refusal } from "./FileFailure.ts"
import { copyPathOf } from "./inPlaceCopy.ts"
import { syncFolder, writeAll } from "./syncing.ts"

/** The steps in their order, for tests that end the process after one of them. */
export const steps = ["copied", "emptied", "half written", "written", "synced", "done"] as const
export type Step = (typeof steps)[number]

/** What is written where. */
export interface InPlaceWrite {
  /** The real path of the file. */
  readonly target: string
  readonly bytes: Uint8Array
  /** A file in the same folder that holds the bytes, on disk; it becomes the copy. */
  readonly temporary: string
  readonly mode: number
  readonly after?: ((step: Step) => void) | undefined
}

const chunkBytes = 65_536

/** Empties the file first: what is found in between is the beginning of the new content. */
const overwrite = (
  file: File,
  bytes: Uint8Array,
  after: (step: Step) => void
): Effect.Effect<void, Refusal> =>
  Effect.gen(function* () {
    yield* file.truncate(0)
    yield* file.seek(0, "start")
    after("emptied")
    const half = bytes.byteLength >> 1
    yield* writeAll(file, bytes.subarray(0, half))
    after("half written")
    yield* writeAll(file, bytes.subarray(half))
    after("written")
    yield* file.sync
    after("synced")
  })

/** What is in an open file, from its begin. */
const readToEnd = (file: File): Effect.Effect<Uint8Array, Refusal> =>
  Effect.gen(function* () {
    const chunks: Array<Uint8Array> = []
    for (;;) {
      const chunk = yield* file.readAlloc(chunkBytes)
      if (Option.isNone(chunk)) return Buffer.concat(chunks)
      chunks.push(chunk.value)
    }
  })

/** Fails with the system's refusal; the file then has its old content. */
export const writeInPlace = ({
  after = () => undefined,
  bytes,
  mode,
  target,
  temporary
}: InPlaceWrite): Effect.Effect<void, Refusal, FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    const folder = path.dirname(target)
    const copy = copyPathOf(target)
    /**
     * Gives the file its old content back after a write that failed, such as on a full disk. Where
     * not even that can be done, an empty file sends every reader to the copy.
     */
    const putBack = (file: File, before: Uint8Array): Effect.Effect<void> =>
      overwrite(file, before, () => undefined).pipe(
        Effect.zipRight(files.remove(copy, { force: true })),
        Effect.catchAll(() => Effect.ignore(file.truncate(0)))
      )
    yield* Effect.scoped(
      Effect.gen(function* () {
        const file = yield* files.open(target, { flag: "r+" })
        const stat = yield* file.stat
        if (stat.type !== "File") return yield* problem("NOT_A_FILE")
        const before = yield* readToEnd(file)
        yield* files.rename(temporary, copy)
        yield* syncFolder(folder)
        after("copied")
        yield* Effect.tapError(overwrite(file, bytes, after), () => putBack(file, before))
        // Whoever gave the file to a container may own it.
        yield* Effect.ignore(files.chmod(target, mode))
      })
    )
    yield* files.remove(copy, { force: true })
    yield* syncFolder(folder)
    after("done")
  })
