/** The files that JSON names, read from its bytes. */

/**
 * A quotation mark inside a text is escaped, so these bytes are always a key or a text of their
 * own.
 */
const key = Buffer.from('"file_id"')
const value = /^\s*:\s*"([\w-]{1,200})"/

/** The longest text after the key that is looked at, in bytes. */
const maxValue = 256

/** So many are looked at; a body of 32 MB could name three million. */
const maxNamed = 1_000

/** The ids under `file_id`, in order. */
export function* filesIn(body: Buffer): Generator<string> {
  let looked = 0
  for (let at = body.indexOf(key); at >= 0; at = body.indexOf(key, at + 1)) {
    if (++looked > maxNamed) return
    const start = at + key.length
    const id = value.exec(body.toString("latin1", start, start + maxValue))?.[1]
    if (id !== undefined) yield id
  }
}

/** The same for an answer while its bytes pass: an id that is cut in two is found as well. */
export class FileIds {
  private tail: Buffer = Buffer.alloc(0)
  private last: string | undefined
  private readonly found: (id: string) => void

  constructor(found: (id: string) => void) {
    this.found = found
  }

  push(chunk: Buffer): void {
    const bytes = this.tail.length === 0 ? chunk : Buffer.concat([this.tail, chunk])
    for (const id of filesIn(bytes)) {
      if (id !== this.last) this.found(id)
      this.last = id
    }
    // A copy: the chunk's memory belongs to the socket.
    this.tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - key.length - maxValue)))
  }
}
