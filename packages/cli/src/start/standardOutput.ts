/**
 * Standard output and standard error. Node makes a stream of one as soon as it is looked at, and
 * for a pipe it loads all it has for networks, a fifth of a bare start. A command that ends soon
 * can write by the descriptor instead to what is a file or another program.
 */
import type * as Fs from "node:fs"

/** Why output was not taken. */
type Failure = NodeJS.ErrnoException

/** Standard output or standard error, as it is written. */
export interface Output {
  /** Calls `done` once the text is written or is known to be lost. */
  readonly write: (text: string | Uint8Array, done?: () => void) => void
  /** The stream, where it is a terminal. */
  readonly terminal: NodeJS.WriteStream | undefined
}

let hear: (failure: Failure) => void = () => undefined

/** Calls `listener` with each failure of standard output; one of the other cannot be told. */
export const onFailure = (listener: (failure: Failure) => void): void => {
  hear = listener
}

const failed = (fd: 1 | 2, failure: Failure): void => {
  if (fd === 1) hear(failure)
}

const byStream = (fd: 1 | 2): Output => {
  const stream = process[fd === 1 ? "stdout" : "stderr"]
  // The callback of a write hears of it too; without a listener it would end the process.
  stream.on("error", (failure: Failure) => failed(fd, failure))
  return {
    write: (text, done) => void stream.write(text, () => done?.()),
    terminal: stream.isTTY === true ? stream : undefined
  }
}

interface Piece {
  readonly bytes: Uint8Array
  readonly done: (() => void) | undefined
}

/** One piece after the other. A reader that is slow keeps a thread waiting, not the process. */
const byDescriptor = ({ write }: typeof Fs, fd: 1 | 2): Output => {
  const pieces: Array<Piece> = []
  let stream: Output | undefined
  const writeNext = (): void => {
    const [piece] = pieces
    if (piece === undefined) return
    const { bytes, done } = piece
    write(fd, bytes, (failure, written) => {
      if (failure?.code === "EAGAIN") {
        // Another program made this pipe one that does not wait; a stream waits for its reader.
        stream = byStream(fd)
        for (const { bytes, done } of pieces.splice(0)) stream.write(bytes, done)
        return
      }
      if (failure === null && written < bytes.length) {
        pieces[0] = { bytes: bytes.subarray(written), done }
      } else {
        if (failure !== null) failed(fd, failure)
        pieces.shift()
        done?.()
      }
      writeNext()
    })
  }
  return {
    write: (text, done) => {
      if (stream !== undefined) return stream.write(text, done)
      pieces.push({ bytes: typeof text === "string" ? Buffer.from(text) : text, done })
      if (pieces.length === 1) writeNext()
    },
    terminal: undefined
  }
}

/**
 * Whether a descriptor leads to a file or to another program. The first process of a container is
 * spared by the signals it sends to itself, and a thread that waits for a reader would keep it.
 */
const isPlain = ({ fstatSync }: typeof Fs, fd: 1 | 2): boolean => {
  if (process.pid === 1) return false
  try {
    const found = fstatSync(fd)
    return found.isFIFO() || found.isSocket() || found.isFile()
  } catch {
    return false
  }
}

let isShort = false

/**
 * Writes by descriptors from now on. A reader that takes nothing keeps one of the four threads that
 * Node has for files: no way for a service, which has streams anyway.
 */
export const writeByDescriptor = (): void => {
  isShort = true
}

const opened: { 1?: Output; 2?: Output } = {}

/** Standard output (1) or standard error (2): the same for all that ask. */
export const standardOutput = (fs: typeof Fs, fd: 1 | 2): Output => {
  opened[fd] ??= isShort && isPlain(fs, fd) ? byDescriptor(fs, fd) : byStream(fd)
  return opened[fd]
}
