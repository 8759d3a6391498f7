/** The body of a request, and what is found in it for the prompt cache. Pure. */

/** A part of a body. */
export type Section = "tools" | "system" | "messages"

/** A body, and what its reader does with it natively. */
export interface PrefixBody {
  readonly bytes: Uint8Array
  /** What every checksum begins with, so that none says anything outside of the process. */
  readonly key: number
  /** A checksum of 32 bits of the bytes between two positions, continued from another one. */
  readonly checksum: (start: number, end: number, before: number) => number
  /** Where `"cache_control"` stands next, quotes included; -1 where it does not. */
  readonly nextMark: (from: number) => number
}

/** The parameters that count, besides the model. */
export const parameterNames = [
  "thinking",
  "tool_choice",
  "output_config",
  "speed",
  "anthropic-beta"
] as const

/** One of them. */
export type ParameterName = (typeof parameterNames)[number]

/** One element of a prefix, and where it stands. */
export interface Element {
  readonly checksum: number
  readonly bytes: number
  readonly message: number
  readonly block: number
}

/** The elements of a body. */
export type Sections = Readonly<Record<"tools" | "system" | "messages", ReadonlyArray<Element>>>

/** A breakpoint, by the element that it is in. */
export interface Marked {
  readonly section: Section
  readonly ordinal: number
  readonly ttl?: string
}

/** A checksum of each parameter that is given. */
export type Parameters = Readonly<Partial<Record<ParameterName, number>>>

/**
 * What stands before a message of a body, without a byte of it: what is before the first breakpoint
 * of the messages is the same in a conversation's next request.
 */
export interface Beginning {
  /** Where the message starts, and its position among the messages. */
  readonly end: number
  readonly position: number
  /** Of all bytes before it. */
  readonly checksum: number
  readonly sections: Sections
  readonly marked: ReadonlyArray<Marked>
  readonly parameters: Parameters
}
