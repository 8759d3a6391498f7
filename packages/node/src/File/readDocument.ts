/**
 * The one way in which a file is read: only a regular file, only up to a size that such a file can
 * have, and as UTF-8. A cloned repository, another user of the machine or a mistake can put a pipe,
 * a device or gigabytes in any of these places; none of them may hold a command or fill its memory.
 * A reader waits for nobody's lock: what is written in place meanwhile is found whole even so.
 */
import { isUtf8 } from "node:buffer"
import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  statSync
} from "node:fs"
import * as fs from "node:fs/promises"
import * as Effect from "effect/Effect"
import { codeOf, FileFailure, isMissing, problem } from "./FileFailure.ts"
import { copyPathOf, isUnfinished } from "./inPlaceCopy.ts"
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
  readonly stat: BigIntStats
  /** Whether the file was half written and its copy stands in for it. */
  readonly fromCopy: boolean
}

/** A file's text. */
export interface Document {
  /** Without the byte order mark. */
  readonly text: string
  /** The mark that stood before the text, to be kept by whoever edits it. */
  readonly mark: "" | "\uFEFF"
  readonly stat: BigIntStats
  readonly fromCopy: boolean
}

/** How often a file that changes while it is read is read anew. */
const maxRereads = 20

// Not blocking: between the look at it and the opening, a pipe may have taken the file's place.
const openFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

const requireRegular = (stat: BigIntStats, limit: number): void => {
  if (stat.isDirectory()) throw Object.assign(new Error("is a folder"), { code: "EISDIR" })
  if (!stat.isFile()) throw problem("NOT_A_FILE")
  if (stat.size > BigInt(limit)) throw problem("TOO_LARGE")
}

/**
 * All bytes of an open file, `size` of them as the system says; one that grows beyond the limit
 * meanwhile is refused.
 */
const readAll = async (handle: fs.FileHandle, size: number, limit: number): Promise<Uint8Array> => {
  // Files of the kernel say that they have no size.
  let buffer = Buffer.allocUnsafe(size > 0 ? size : 4_096)
  let done = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, done, buffer.byteLength - done, done)
    done += bytesRead
    // What was added since its size was asked for shows in the size afterwards.
    if (bytesRead === 0 || done === size) return buffer.subarray(0, done)
    if (done > limit) throw problem("TOO_LARGE")
    if (done === buffer.byteLength) {
      const larger = Buffer.allocUnsafe(2 * buffer.byteLength)
      buffer.copy(larger)
      buffer = larger
    }
  }
}

const readOpen = async (handle: fs.FileHandle, limit: number) => {
  const stat = await handle.stat({ bigint: true })
  requireRegular(stat, limit)
  return { stat, bytes: await readAll(handle, Number(stat.size), limit) }
}

/** The copy that stands beside a file for the moment of a write. */
const readCopy = async (target: string, limit: number): Promise<Uint8Array | undefined> => {
  const file = copyPathOf(target)
  // Hardly ever there, so it is asked for in the cheapest way.
  if (!existsSync(file)) return undefined
  try {
    const handle = await fs.open(file, openFlags)
    try {
      return (await readOpen(handle, limit)).bytes
    } finally {
      await handle.close()
    }
  } catch {
    // What cannot be read can stand in for nothing.
    return undefined
  }
}

const isSame = (one: BigIntStats, other: BigIntStats): boolean =>
  one.size === other.size && one.mtimeNs === other.mtimeNs && one.ctimeNs === other.ctimeNs

/** The bytes of what stands at a path, its copy, and whether it changed meanwhile. */
const readOnce = async (target: string, limit: number) => {
  const handle = await fs.open(target, openFlags)
  try {
    const { bytes, stat } = await readOpen(handle, limit)
    const copy = await readCopy(target, limit)
    return { bytes, stat, copy, changed: !isSame(stat, await handle.stat({ bigint: true })) }
  } finally {
    await handle.close()
  }
}

/** The bytes of a file. Rejects with an error that has a code. */
export const readContent = async (file: string, limit: number): Promise<Content> => {
  const entry = await fs.lstat(file, { bigint: true })
  const target = entry.isSymbolicLink() ? await realTarget(file) : file
  // Looked at before it is opened: to open a device may already do something.
  requireRegular(target === file ? entry : await fs.stat(target, { bigint: true }), limit)
  for (let left = maxRereads; ; left--) {
    const { bytes, changed, copy, stat } = await readOnce(target, limit)
    if (copy !== undefined && isUnfinished(bytes, copy))
      return { bytes: copy, stat, fromCopy: true }
    // The write may have ended, and its copy gone, between the two looks.
    if (!changed || left === 0) return { bytes, stat, fromCopy: false }
  }
}

/**
 * The bytes of a small file before the next line of the program runs, for what cannot wait. It is
 * never one that is written in place. Throws an error that has a code.
 */
export const readAtOnce = (file: string, limit: number = maxBytes.settings): Uint8Array => {
  requireRegular(statSync(file, { bigint: true }), limit)
  const descriptor = openSync(file, openFlags)
  try {
    requireRegular(fstatSync(descriptor, { bigint: true }), limit)
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

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
export const readDocument = (file: string, limit: number): Effect.Effect<Document, FileFailure> => {
  const failed = (code: string, place: { readonly line?: number; readonly column?: number } = {}) =>
    new FileFailure({ path: file, operation: "read", code, ...place })
  return Effect.flatMap(
    Effect.tryPromise({
      try: () => readContent(file, limit),
      catch: (cause) => failed(codeOf(cause))
    }),
    ({ bytes, fromCopy, stat }) => {
      if (isWide(bytes)) return Effect.fail(failed("UTF16"))
      if (!isUtf8(bytes)) return Effect.fail(failed("NOT_UTF8", invalidFrom(bytes)))
      const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
      const mark = whole.startsWith("\uFEFF") ? "\uFEFF" : ""
      return Effect.succeed({ text: whole.slice(mark.length), mark, stat, fromCopy })
    }
  )
}

/** The same, with nothing where there is no file. */
export const readIfPresent = (
  file: string,
  limit: number
): Effect.Effect<Document | undefined, FileFailure> =>
  Effect.catchIf(
    readDocument(file, limit),
    ({ code }) => isMissing(code),
    () => Effect.succeed(undefined)
  )
