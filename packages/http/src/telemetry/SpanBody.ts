/**
 * Spans as the bytes of a body, in memory that is used again: one text of a whole batch, and new
 * bytes for it, cost five times as much as making the spans.
 */
import { type Source, tracesFrame } from "./otlp.ts"
import { type Span, spanText } from "./spanText.ts"

/** Enough for a batch of requests whose first credential answered. */
const firstBytes = 256 * 1024

/** A character takes no more bytes. */
const maxBytesOfUnit = 3

/** The body of `POST /v1/traces`, of one batch at a time. */
export class SpanBody {
  private memory = Buffer.allocUnsafe(firstBytes)
  private length = 0
  private readonly frame: readonly [before: string, after: string]

  constructor(source: Source) {
    this.frame = tracesFrame(source)
  }

  /** What it holds, until it is filled again. */
  get bytes(): Uint8Array {
    return this.memory.subarray(0, this.length)
  }

  private add(text: string): void {
    const most = this.length + text.length * maxBytesOfUnit
    if (most > this.memory.length) {
      const larger = Buffer.allocUnsafe(Math.max(most, this.memory.length * 2))
      this.memory.copy(larger, 0, 0, this.length)
      this.memory = larger
    }
    this.length += this.memory.write(text, this.length)
  }

  /** Holds these spans in place of others. */
  fill(spans: ReadonlyArray<Span>): void {
    const [before, after] = this.frame
    this.length = 0
    this.add(before)
    spans.forEach((span, index) => {
      if (index > 0) this.add(",")
      this.add(spanText(span))
    })
    this.add(after)
  }
}
