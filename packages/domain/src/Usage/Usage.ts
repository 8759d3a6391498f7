/**
 * What one answer used, in tokens, from the raw `usage` fields of the provider
 * (docs/provider.md). The same for plain answers and for streams. Pure.
 */
import { isObject } from "@clawdbot/json5-edit/JsonValue"

/**
 * Tokens. `input` is what came after the last cache breakpoint; cache writes are told apart by
 * their time to live as far as the answer does.
 */
export interface Usage {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
  /** Cache writes of an answer that does not say for how long. */
  readonly cacheWriteOther: number
}

/** Nothing used. */
export const zero: Usage = {
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  cacheWriteOther: 0
}

/** A count as the provider writes it: missing and null say nothing. */
export const count = (value: unknown): number | undefined => {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value
  return undefined
}

const writesIn = (
  fields: Readonly<Record<string, unknown>>,
  { cacheWrite1h, cacheWrite5m, cacheWriteOther }: Usage
): Pick<Usage, "cacheWrite5m" | "cacheWrite1h" | "cacheWriteOther"> => {
  const split = isObject(fields.cache_creation) ? fields.cache_creation : {}
  const short = count(split.ephemeral_5m_input_tokens)
  const long = count(split.ephemeral_1h_input_tokens)
  const total = count(fields.cache_creation_input_tokens)
  const isTold = short !== undefined || long !== undefined
  const known = isTold
    ? { cacheWrite5m: short ?? 0, cacheWrite1h: long ?? 0, cacheWriteOther: 0 }
    : { cacheWrite5m, cacheWrite1h, cacheWriteOther }
  if (total === undefined) return known
  return {
    ...known,
    cacheWriteOther: Math.max(0, total - known.cacheWrite5m - known.cacheWrite1h)
  }
}

/**
 * What is known after one more `usage` object of the same answer. The figures of a stream are
 * cumulative, so a later one takes the place of an earlier one and is never added; what it leaves
 * out stays.
 */
export const after = (before: Usage | undefined, value: unknown): Usage | undefined => {
  if (!isObject(value)) return before
  const known = before ?? zero
  return {
    input: count(value.input_tokens) ?? known.input,
    output: count(value.output_tokens) ?? known.output,
    cacheRead: count(value.cache_read_input_tokens) ?? known.cacheRead,
    ...writesIn(value, known)
  }
}

/** Both together. */
export const add = (one: Usage, other: Usage): Usage => ({
  input: one.input + other.input,
  output: one.output + other.output,
  cacheRead: one.cacheRead + other.cacheRead,
  cacheWrite5m: one.cacheWrite5m + other.cacheWrite5m,
  cacheWrite1h: one.cacheWrite1h + other.cacheWrite1h,
  cacheWriteOther: one.cacheWriteOther + other.cacheWriteOther
})

/** Tokens that were written to the cache, for however long. */
export const cacheWrites = (usage: Usage): number =>
  usage.cacheWrite5m + usage.cacheWrite1h + usage.cacheWriteOther

/** All tokens that were read as a prompt, however they are priced. */
export const prompt = (usage: Usage): number =>
  usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h + usage.cacheWriteOther

/** The share of the prompt that came out of the cache, 0 to 1; undefined without a prompt. */
export const cacheHit = (usage: Usage): number | undefined => {
  const total = prompt(usage)
  if (total === 0) return undefined
  return usage.cacheRead / total
}
