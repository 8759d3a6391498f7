/**
 * Finds texts in a JSON document while its bytes pass, by where they stand (`["id"]`,
 * `["container", "id"]`), without keeping the document: every byte is looked at once, whatever the
 * chunks, and no more is kept than the key or the text that is being read. For valid JSON the
 * answers are exact; anything else ends the search or is found where it seems to stand.
 */
import { GrowingBytes } from "./GrowingBytes.ts"
import {
  backslash,
  closeBrace,
  closeBracket,
  colon,
  comma,
  openBrace,
  openBracket,
  quote,
  text
} from "./jsonBytes.ts"

/** Keys and texts that are longer, as they are written, are none that is looked for; in bytes. */
const maxLiteral = 2_048

/** Where a text stands: the keys that lead to it. */
export type FieldPath = ReadonlyArray<string>

/** What lies below a key: the position of a wanted path that ends here, and further keys. */
interface Level {
  readonly wanted: number | undefined
  readonly below: ReadonlyMap<string, Level>
}

const levelOf = (paths: ReadonlyArray<readonly [path: FieldPath, position: number]>): Level => {
  const byKey = new Map<string, Array<readonly [FieldPath, number]>>()
  for (const [[key, ...rest], position] of paths) {
    if (key === undefined) continue
    byKey.set(key, [...(byKey.get(key) ?? []), [rest, position]])
  }
  return {
    wanted: paths.find(([path]) => path.length === 0)?.[1],
    below: new Map([...byKey].map(([key, under]) => [key, levelOf(under)]))
  }
}

/**
 * What the next byte belongs to. `string` and `literal` are within one; `passing` is inside of a
 * value that nothing is looked for in.
 */
type NextToken = "value" | "key" | "colon" | "comma" | "string" | "literal" | "passing" | "over"

const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** The scanner of one document. */
export class FieldScan {
  private next: NextToken = "value"
  /** The objects around the next byte, as far as something is looked for in them. */
  private readonly around: Array<Level> = []
  /** Where the next value stands; undefined where nothing is looked for. */
  private at: Level | undefined
  /** The string that is being read, where it matters. */
  private kept: GrowingBytes | undefined
  /** What follows the string that is being read. */
  private afterString: "colon" | "comma" | "passing" = "comma"
  /** Whether the string read so far ends with an odd number of backslashes. */
  private isEscaped = false
  /** How deep a value is nested that is passed over. */
  private depth = 0
  private readonly found: (position: number, text: string) => void

  /** `found` hears of each text at one of the `paths`, with the path's position among them. */
  constructor(paths: ReadonlyArray<FieldPath>, found: (position: number, text: string) => void) {
    this.at = levelOf(paths.map((path, position) => [path, position]))
    this.found = found
  }

  /** Whether nothing more can be found. */
  get isOver(): boolean {
    return this.next === "over"
  }

  /** Looks no further. */
  stop(): void {
    this.next = "over"
    this.kept = undefined
  }

  /** Looks over the next bytes. */
  push(chunk: Uint8Array): void {
    let index = 0
    while (index < chunk.length && this.next !== "over") {
      if (this.next === "string") index = this.string(chunk, index)
      else if (this.next === "passing") index = this.passing(chunk, index)
      else if (this.next === "literal") index = this.literal(chunk, index)
      else {
        const byte = chunk[index] ?? 0
        // A value without quotes begins with its first byte.
        if (!isBlank(byte)) this.punctuation(byte)
        if (!this.isInLiteral()) index++
      }
    }
  }

  private isInLiteral(): boolean {
    return this.next === "literal"
  }

  private punctuation(byte: number): void {
    switch (this.next) {
      case "value":
        return this.value(byte)
      case "key":
        if (byte === closeBrace) return this.leave()
        if (byte === quote) return this.beginString("colon", true)
        return this.stop()
      case "colon":
        this.next = "value"
        if (byte === colon) return undefined
        return this.stop()
      case "comma":
        if (byte === closeBrace) return this.leave()
        this.next = "key"
        if (byte === comma) return undefined
        return this.stop()
      default:
        return
    }
  }

  private value(byte: number): void {
    const { at } = this
    if (byte === quote) return this.beginString("comma", at?.wanted !== undefined)
    if (byte === openBrace && at !== undefined && at.below.size > 0) {
      this.around.push(at)
      this.next = "key"
      return
    }
    this.next = byte === openBrace || byte === openBracket ? "passing" : "literal"
    this.depth = 1
  }

  /** An object ends. */
  private leave(): void {
    this.around.pop()
    this.next = this.around.length === 0 ? "over" : "comma"
  }

  private beginString(after: "colon" | "comma" | "passing", isKept: boolean): void {
    this.next = "string"
    this.afterString = after
    this.isEscaped = false
    this.kept = isKept ? new GrowingBytes() : undefined
  }

  /** Reads on in a string; gives the position after what was read. */
  private string(chunk: Uint8Array, start: number): number {
    for (let from = start; ; ) {
      const found = chunk.indexOf(quote, from)
      const end = found < 0 ? chunk.length : found
      let slashes = 0
      while (end - slashes > from && chunk[end - 1 - slashes] === backslash) slashes++
      // The backslashes before this part count with it where nothing else stands between.
      const isOdd = (slashes + (slashes === end - from && this.isEscaped ? 1 : 0)) % 2 === 1
      if (found < 0) {
        this.isEscaped = isOdd
        this.keep(chunk, start, end)
        return end
      }
      this.isEscaped = false
      if (isOdd) {
        from = end + 1
        continue
      }
      this.keep(chunk, start, end)
      this.endString()
      return end + 1
    }
  }

  private keep(chunk: Uint8Array, start: number, end: number): void {
    const { kept } = this
    if (kept === undefined) return
    if (kept.length + end - start <= maxLiteral) kept.push(chunk, start, end)
    else this.kept = undefined
  }

  private endString(): void {
    const { afterString, at, kept } = this
    this.kept = undefined
    this.next = afterString
    const read = kept === undefined ? undefined : literalText(kept)
    if (afterString === "colon") {
      const inner = this.around[this.around.length - 1]
      this.at = read === undefined ? undefined : inner?.below.get(read)
    } else if (afterString === "comma") {
      if (read !== undefined && at?.wanted !== undefined) this.found(at.wanted, read)
      if (this.around.length === 0) this.stop()
    }
  }

  private passing(chunk: Uint8Array, start: number): number {
    for (let index = start; index < chunk.length; index++) {
      const byte = chunk[index]
      if (byte === quote) {
        this.beginString("passing", false)
        return index + 1
      }
      if (byte === openBrace || byte === openBracket) this.depth++
      else if (byte === closeBrace || byte === closeBracket) {
        this.depth--
        if (this.depth === 0) {
          this.next = this.around.length === 0 ? "over" : "comma"
          return index + 1
        }
      }
    }
    return chunk.length
  }

  private literal(chunk: Uint8Array, start: number): number {
    for (let index = start; index < chunk.length; index++) {
      const byte = chunk[index]
      if (byte === comma || byte === closeBrace || byte === closeBracket || isBlank(byte)) {
        this.next = this.around.length === 0 ? "over" : "comma"
        return index
      }
    }
    return chunk.length
  }
}

/** The text of a string by what stands between its quotes. */
const literalText = (kept: GrowingBytes): string | undefined => {
  const bytes = new Uint8Array(kept.length + 2)
  bytes[0] = quote
  bytes.set(kept.bytes(), 1)
  bytes[bytes.length - 1] = quote
  return text(bytes, 0, bytes.length)
}
