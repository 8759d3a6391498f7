/** Finds the id of a new batch or file in an answer while its bytes pass. */
import { FieldScan } from "@clawdbot/domain/Anthropic/FieldScan"
import { isId } from "@clawdbot/domain/Anthropic/Resource"
import { Pieces } from "./Pieces.ts"
import { readable } from "./upstreamAnswer.ts"

/**
 * How much of an answer is looked at, in bytes, packed and unpacked. The provider's are a few
 * hundred bytes, and the id stands first.
 */
const maxBytes = 64 * 1024

/**
 * How often it is tried to unpack an answer that is not known to be whole. Each try begins at the
 * answer's first byte.
 */
const maxTries = 16

const isPlain = (encoding: string | undefined): boolean =>
  encoding === undefined || encoding === "" || encoding === "identity"

/** One answer. Tells once; looks no further then. */
export class CreatedId {
  private readonly scan: FieldScan
  private readonly encoding: string | undefined
  /** The answer so far where it is packed: it can be read only as a whole. */
  private packed: Pieces | undefined
  private tries = 0
  private bytes = 0

  constructor(encoding: string | undefined, tell: (id: string) => void) {
    this.encoding = encoding
    this.packed = isPlain(encoding) ? undefined : new Pieces()
    this.scan = new FieldScan([["id"]], (_, id) => {
      if (isId(id)) tell(id)
      this.stop()
    })
  }

  /** The next bytes, before the client gets them. */
  push(chunk: Buffer): void {
    if (this.scan.isOver) return
    this.bytes += chunk.length
    if (this.packed === undefined) this.scan.push(chunk)
    else {
      this.packed.push(chunk)
      if (this.tries < maxTries) this.unpack()
    }
    if (this.bytes > maxBytes) this.stop()
  }

  /** The end of the answer. */
  end(): void {
    if (!this.scan.isOver) this.unpack()
    this.stop()
  }

  private unpack(): void {
    if (this.packed === undefined) return
    this.tries++
    const text = readable(this.encoding, this.packed.joined(), maxBytes)
    if (text !== "") this.scan.push(Buffer.from(text))
  }

  private stop(): void {
    this.scan.stop()
    this.packed = undefined
  }
}
