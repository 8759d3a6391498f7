/**
 * What this package asks of the system that `FileSystem` of `@effect/platform` has no words for:
 * times of change to the nanosecond, links that are not followed, an opening that waits for
 * nothing, the removal of a folder only while it is empty, and what must have happened before the
 * next line of the program runs. The one file that talks to `node:fs` itself; everything else goes
 * through `FileSystem` or through here, so that a test can put a layer with faults in place of
 * both.
 */
import {
  type BigIntStats,
  close,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstat,
  fstatSync,
  fsyncSync,
  lstat,
  mkdirSync,
  open as openFile,
  openSync,
  read,
  readFileSync,
  renameSync,
  rmdir,
  rmSync,
  stat,
  statSync,
  writeFileSync
} from "node:fs"
import { dirname } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { codeOf, SystemRefusal } from "./FileFailure.ts"

/** What the system says of a file: sizes and identities as `bigint`, times in nanoseconds. */
export type FileStat = BigIntStats

/** A file that is open for reading. */
export interface OpenedFile {
  /** Of the file that was opened, whatever stands at its path meanwhile. */
  readonly stat: Effect.Effect<FileStat, SystemRefusal>
  /**
   * Reads from `position` (bytes from the file's begin) on into the place of the buffer that has
   * the same offset; gives how many bytes there were, 0 at the end of the file.
   */
  readonly read: (buffer: Uint8Array, position: number) => Effect.Effect<number, SystemRefusal>
}

/** The system's calls. Each fails with the system's code. */
export class PosixFiles extends Context.Tag("@clawdbot/node/File/PosixFiles")<
  PosixFiles,
  {
    readonly stat: (file: string) => Effect.Effect<FileStat, SystemRefusal>
    /** Of a symbolic link the link itself. */
    readonly lstat: (file: string) => Effect.Effect<FileStat, SystemRefusal>
    /**
     * Opens for reading until the scope closes. Never waits for the other end of a pipe, and can be
     * interrupted however long the system takes.
     */
    readonly open: (file: string) => Effect.Effect<OpenedFile, SystemRefusal, Scope.Scope>
    /** Removes a folder that is empty; one with something in it stays. */
    readonly removeEmptyFolder: (folder: string) => Effect.Effect<void, SystemRefusal>
    /** Whether there is something at a path, asked in the cheapest way. Never waits. */
    readonly existsNow: (file: string) => Effect.Effect<boolean>
    /** Replaces a file through a new one beside it, for its owner alone. Never waits. */
    readonly replaceNow: (
      file: string,
      temporary: string,
      content: string
    ) => Effect.Effect<void, SystemRefusal>
  }
>() {}

// Not blocking: between the look at it and the opening, a pipe may have taken the file's place.
const openFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

type Done<A> = (cause: NodeJS.ErrnoException | null, value: A) => void

/** A call of the system. Promises would load what Node has for reading lines, at every start. */
const attempt = <A>(call: (done: Done<A>) => void): Effect.Effect<A, SystemRefusal> =>
  Effect.async((resume) => {
    const refuse = (cause: unknown) =>
      resume(Effect.fail(new SystemRefusal({ code: codeOf(cause) })))
    try {
      call((cause, value) => (cause === null ? resume(Effect.succeed(value)) : refuse(cause)))
    } catch (cause) {
      // Thrown for a path that no system takes.
      refuse(cause)
    }
  })

const opened = (descriptor: number): OpenedFile => ({
  stat: attempt((done) => fstat(descriptor, { bigint: true }, done)),
  read: (buffer, position) =>
    attempt((done) =>
      read(descriptor, buffer, position, buffer.byteLength - position, position, done)
    )
})

/** Nothing was written: a refusal to close has nothing to say. */
const closeQuietly = (descriptor: number, done: () => void = () => undefined): void =>
  close(descriptor, done)

/** What the system opens after nobody waits for it any more is closed at once. */
const openInterruptibly = (file: string): Effect.Effect<number, SystemRefusal> =>
  Effect.suspend(() => {
    let isWanted = true
    return Effect.onInterrupt(
      attempt<number>((done) =>
        openFile(file, openFlags, (cause, descriptor) => {
          if (cause === null && !isWanted) closeQuietly(descriptor)
          else done(cause, descriptor)
        })
      ),
      () =>
        Effect.sync(() => {
          isWanted = false
        })
    )
  })

const open = (file: string) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const descriptor = yield* restore(openInterruptibly(file))
      yield* Effect.addFinalizer((exit) => {
        // A read that hangs holds the descriptor; whoever was interrupted does not wait for it.
        if (Exit.isInterrupted(exit)) return Effect.sync(() => closeQuietly(descriptor))
        return Effect.async<void>((resume) => closeQuietly(descriptor, () => resume(Effect.void)))
      })
      return opened(descriptor)
    })
  )

const replaceNow = (file: string, temporary: string, content: string) =>
  Effect.try({
    try: () => {
      try {
        writeFileSync(temporary, content, { flag: "wx", mode: 0o600 })
        renameSync(temporary, file)
      } catch (cause) {
        // What is left of it could hold a secret.
        rmSync(temporary, { force: true })
        throw cause
      }
    },
    catch: (cause) => new SystemRefusal({ code: codeOf(cause) })
  })

/** The system's own. */
export const ofSystem = PosixFiles.of({
  stat: (file) => attempt((done) => stat(file, { bigint: true }, done)),
  lstat: (file) => attempt((done) => lstat(file, { bigint: true }, done)),
  open,
  removeEmptyFolder: (folder) =>
    attempt((done) => rmdir(folder, (cause) => done(cause, undefined))),
  existsNow: (file) => Effect.sync(() => existsSync(file)),
  replaceNow
})

/** The layer of {@link ofSystem}. */
export const layer: Layer.Layer<PosixFiles> = Layer.succeed(PosixFiles, ofSystem)

/**
 * The bytes of a file before the next line of the program runs, for what is asked for with each
 * request and so cannot be an effect. `check` throws where the file is not to be read, and is asked
 * before it is opened and after. Throws an error that has a code.
 */
export const readNow = (file: string, check: (stat: FileStat) => void): Uint8Array => {
  check(statSync(file, { bigint: true }))
  const descriptor = openSync(file, openFlags)
  try {
    check(fstatSync(descriptor, { bigint: true }))
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** What is at a path before the next line of the program runs; undefined where nothing is. */
export const statNow = (file: string): FileStat | undefined =>
  statSync(file, { bigint: true, throwIfNoEntry: false })

/** Makes a file for its owner alone, and its folder, at once. Throws where there is one already. */
export const createNow = (file: string, content: string): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, content, { flag: "wx", mode: 0o600 })
}

const appendFlags =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0)

/**
 * Appends to a file that is, or becomes, its owner's alone, and waits until that is on disk. Throws
 * an error that has a code.
 */
export const appendNow = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const descriptor = openSync(file, appendFlags, 0o600)
  try {
    fchmodSync(descriptor, 0o600)
    if (text === "") return
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Gives a file another name, in place of what has it. */
export const renameNow = (file: string, to: string): void => renameSync(file, to)
