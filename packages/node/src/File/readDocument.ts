/**
 * The one way in which a file is read: only a regular file, only up to a size that such a file can
 * have, and as UTF-8. A cloned repository, another user of the machine or a mistake can put a pipe,
 * a device or gigabytes in any of these places; none of them may hold a command or fill its memory.
 * A reader waits for nobody's lock: what is written in place meanwhile is found whole even so.
 */
import { isUtf8 } from "node:buffer"
import * as Effect from "effect/Effect"
import type { Disk } from "./Disk.ts"
import {
  asFailure,
  FileFailure,
  isMissing,
  problem,
  type Refusal,
  SystemRefusal
} from "./FileFailure.ts"
import { copyPathOf, isUnfinished } from "./inPlaceCopy.ts"
import { type FileStat, type OpenedFile, PosixFiles, readNow } from "./PosixFiles.ts"
import { realTarget } from "./realTarget.ts"

const mebibyte = 1024 * 1024

/** The largest files that are read, in bytes. */
export const maxBytes = {
  /** What a person writes: `.env`, the config and its parts, and small files of our own. */
  settings: mebibyte,
  /** What programs write about credentials: stores, health, Claude Code's file. */
  records: 64 * mebibyte,
  /** Lists that grow with use: usage of a day, pins. */
  ledger: 256 * mebibyte
} as const

/** A file's bytes. */
export interface Content {
  readonly bytes: Uint8Array
  /** What the system said of the file before it was read: a change meanwhile is newer. */
  readonly stat: FileStat
  /** Whether the file was half written and its copy stands in for it. */
  readonly fromCopy: boolean
}

/** A file's text. */
export interface Document {
  /** Without the byte order mark. */
  readonly text: string
  /** The mark that stood before the text, to be kept by whoever edits it. */
  readonly byteOrderMark: "" | "\uFEFF"
  readonly stat: FileStat
  readonly fromCopy: boolean
}

/** How often a file that changes while it is read is read anew. */
const maxRereads = 20

/** Why a file is not read, by what the system says of it. */
const objection = (stat: FileStat, limit: number): SystemRefusal | undefined => {
  if (stat.isDirectory()) return new SystemRefusal({ code: "EISDIR" })
  if (!stat.isFile()) return problem("NOT_A_FILE")
  if (stat.size > BigInt(limit)) return problem("TOO_LARGE")
  return undefined
}

const requireRegular = (stat: FileStat, limit: number): Effect.Effect<void, SystemRefusal> =>
  objection(stat, limit) ?? Effect.void

/**
 * All bytes of an open file, `size` of them as the system says; one that grows beyond the limit
 * meanwhile is refused.
 */
const readAll = (
  file: OpenedFile,
  size: number,
  limit: number
): Effect.Effect<Uint8Array, SystemRefusal> =>
  Effect.gen(function* () {
    // Files of the kernel say that they have no size.
    let buffer = Buffer.allocUnsafe(size > 0 ? size : 4_096)
    let done = 0
    for (;;) {
      const bytesRead = yield* file.read(buffer, done)
      done += bytesRead
      // What was added since its size was asked for shows in the size afterwards.
      if (bytesRead === 0 || done === size) return buffer.subarray(0, done)
      if (done > limit) return yield* problem("TOO_LARGE")
      if (done === buffer.byteLength) {
        const larger = Buffer.allocUnsafe(2 * buffer.byteLength)
        buffer.copy(larger)
        buffer = larger
      }
    }
  })

const readOpen = (file: OpenedFile, limit: number) =>
  Effect.gen(function* () {
    const stat = yield* file.stat
    yield* requireRegular(stat, limit)
    return { stat, bytes: yield* readAll(file, Number(stat.size), limit) }
  })

/** The copy that stands beside a file for the moment of a write. */
const readCopy = (
  target: string,
  limit: number
): Effect.Effect<Uint8Array | undefined, never, PosixFiles> =>
  Effect.gen(function* () {
    const posix = yield* PosixFiles
    const file = copyPathOf(target)
    // Hardly ever there, so it is asked for in the cheapest way.
    if (!(yield* posix.existsNow(file))) return undefined
    const { bytes } = yield* Effect.scoped(
      Effect.flatMap(posix.open(file), (opened) => readOpen(opened, limit))
    )
    return bytes
    // What cannot be read can stand in for nothing.
  }).pipe(Effect.orElseSucceed(() => undefined))

const isSame = (one: FileStat, other: FileStat): boolean =>
  one.size === other.size && one.mtimeNs === other.mtimeNs && one.ctimeNs === other.ctimeNs

/** The bytes of what stands at a path, its copy, and whether it changed meanwhile. */
const readOnce = (target: string, limit: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const file = yield* (yield* PosixFiles).open(target)
      const { bytes, stat } = yield* readOpen(file, limit)
      const copy = yield* readCopy(target, limit)
      return { bytes, stat, copy, changed: !isSame(stat, yield* file.stat) }
    })
  )

/** The bytes of a file. Fails with the refusal alone; {@link asFailure} adds what it was for. */
export const readContent = (file: string, limit: number): Effect.Effect<Content, Refusal, Disk> =>
  Effect.gen(function* () {
    const posix = yield* PosixFiles
    const entry = yield* posix.lstat(file)
    const target = entry.isSymbolicLink() ? yield* realTarget(file) : file
    // Looked at before it is opened: to open a device may already do something.
    yield* requireRegular(target === file ? entry : yield* posix.stat(target), limit)
    for (let left = maxRereads; ; left--) {
      const { bytes, changed, copy, stat } = yield* readOnce(target, limit)
      if (copy !== undefined && isUnfinished(bytes, copy))
        return { bytes: copy, stat, fromCopy: true }
      // The write may have ended, and its copy gone, between the two looks.
      if (!changed || left === 0) return { bytes, stat, fromCopy: false }
    }
  })

/**
 * The bytes of a small file before the next line of the program runs, for what cannot wait. It is
 * never one that is written in place. Throws an error that has a code.
 */
export const readAtOnce = (file: string, limit: number = maxBytes.settings): Uint8Array =>
  readNow(file, (stat) => {
    const refusal = objection(stat, limit)
    if (refusal !== undefined) throw refusal
  })

/** UTF-16 with its mark, or any encoding of more than one byte without it. */
const isWide = (bytes: Uint8Array): boolean => {
  const [first, second] = bytes
  return (
    (first === 0xff && second === 0xfe) ||
    (first === 0xfe && second === 0xff) ||
    bytes.subarray(0, 4).includes(0)
  )
}

const chunkBytes = 65_536

/** How many UTF-16 units of a line can be decoded before its first byte that is not UTF-8. */
const validUnits = (line: Uint8Array): number => {
  const decode = (bytes: Uint8Array, pieces: number, start: number) => {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
    let units = decoder.decode(bytes.subarray(0, start), { stream: true }).length
    let at = start
    try {
      for (; at < bytes.byteLength; at += pieces)
        units += decoder.decode(bytes.subarray(at, at + pieces), { stream: true }).length
    } catch {
      // The piece that begins at `at` holds it.
    }
    return { at, units }
  }
  return decode(line, 1, decode(line, chunkBytes, 0).at).units
}

/** Where a text stops being UTF-8. A line break is never part of a longer character. */
const invalidFrom = (bytes: Uint8Array): { readonly line: number; readonly column: number } => {
  let line = 1
  for (let start = 0; start <= bytes.byteLength; line++) {
    const found = bytes.indexOf(0x0a, start)
    const end = found < 0 ? bytes.byteLength : found
    const whole = bytes.subarray(start, end)
    if (!isUtf8(whole)) return { line, column: validUnits(whole) + 1 }
    start = end + 1
  }
  return { line: 1, column: 1 }
}

/**
 * The text of a file. Fails with the system's code, or with `NOT_A_FILE`, `TOO_LARGE`, `UTF16` or
 * `NOT_UTF8`. Interruptible at any time, however long the system takes.
 */
export const readDocument = (
  file: string,
  limit: number
): Effect.Effect<Document, FileFailure, Disk> => {
  const failed = (code: string, place: { readonly line?: number; readonly column?: number } = {}) =>
    new FileFailure({ path: file, operation: "read", code, ...place })
  return Effect.flatMap(
    asFailure(file, "read")(readContent(file, limit)),
    ({ bytes, fromCopy, stat }) => {
      if (isWide(bytes)) return Effect.fail(failed("UTF16"))
      if (!isUtf8(bytes)) return Effect.fail(failed("NOT_UTF8", invalidFrom(bytes)))
      const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
      const byteOrderMark = whole.startsWith("\uFEFF") ? "\uFEFF" : ""
      return Effect.succeed({
        text: whole.slice(byteOrderMark.length),
        byteOrderMark,
        stat,
        fromCopy
      })
    }
  )
}

/** The same, with nothing where there is no file. */
export const readIfPresent = (
  file: string,
  limit: number
): Effect.Effect<Document | undefined, FileFailure, Disk> =>
  Effect.catchIf(
    readDocument(file, limit),
    ({ code }) => isMissing(code),
    () => Effect.succeed(undefined)
  )
