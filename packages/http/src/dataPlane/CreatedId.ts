/** Finds the id of a new batch or file in an answer while its bytes pass. */
import { createdId } from "@clawdbot/domain/Anthropic/Resource"
import { readable } from "./upstreamAnswer.ts"

/**
 * How much of an answer is looked at. The provider's are a few hundred bytes, and the id stands
 * first.
 */
const longest = 64 * 1024

/** One answer. Tells once; looks no further then. */
export class CreatedId {
  private chunks: Array<Buffer> = []
  private bytes = 0
  private done = false
  private readonly encoding: string | undefined
  private readonly tell: (id: string) => void

  constructor(encoding: string | undefined, tell: (id: string) => void) {
    this.encoding = encoding
    this.tell = tell
  }

  push(chunk: Buffer): void {
    if (this.done) return
    this.chunks.push(chunk)
    this.bytes += chunk.length
    const id = createdId(
      Buffer.from(readable(this.encoding, Buffer.concat(this.chunks, this.bytes)))
    )
    if (id !== undefined) this.tell(id)
    this.done = id !== undefined || this.bytes > longest
    if (this.done) this.chunks = []
  }
}
