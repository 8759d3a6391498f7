/**
 * The stand-in provider's prompt cache, with books of its own: it knows beginnings of requests and
 * until when they can be read, and nothing of causes.
 */
import { createHash } from "node:crypto"
import type { Asked } from "./week.ts"

const lifetimeMs = 5 * 60_000
/** So many positions before a breakpoint it looks for what it has. */
const lookback = 20
const bytesPerToken = 4

const plain = (part: unknown): string =>
  JSON.stringify(part, (key, value) => (key === "cache_control" ? undefined : value))

/** A beginning of a request, up to one of its parts. */
interface Beginning {
  readonly name: string
  readonly tokens: number
  readonly isMarked: boolean
}

const beginningsOf = (credential: string, asked: Asked): ReadonlyArray<Beginning> => {
  const instructions = [...asked.tools, ...asked.system]
  const messages = asked.messages.flatMap(({ content }) => content)
  const hash = createHash("sha256").update(`${credential} ${asked.model}`)
  let bytes = 0
  return [...instructions, ...messages].map((part, index) => {
    const words = plain(part)
    // What messages are cached by has whether the model thinks in it.
    if (index === instructions.length) hash.update(plain(asked.thinking ?? "none"))
    bytes += words.length
    const isMarked = Object.hasOwn(part, "cache_control")
    const name = hash.update(words).copy().digest("base64")
    return { name, tokens: Math.ceil(bytes / bytesPerToken), isMarked }
  })
}

/** The caches of all credentials. */
export class CacheBooks {
  /** Until when each beginning can be read, in epoch ms. */
  private readonly kept = new Map<string, number>()

  /** The tokens of a request's prompt as the provider's answer tells them. `now` in epoch ms. */
  ask(credential: string, asked: Asked, now: number) {
    const beginnings = beginningsOf(credential, asked)
    const breakpoints = beginnings.flatMap(({ isMarked }, index) => (isMarked ? [index] : []))
    const read = breakpoints
      .flatMap((index) => beginnings.slice(Math.max(0, index - lookback), index + 1))
      .filter(({ name }) => (this.kept.get(name) ?? 0) > now)
      .at(-1)
    for (const one of [read, ...breakpoints.map((index) => beginnings[index])])
      if (one !== undefined) this.kept.set(one.name, now + lifetimeMs)
    const cached = beginnings[breakpoints.at(-1) ?? -1]?.tokens ?? 0
    const fromCache = read?.tokens ?? 0
    return {
      input_tokens: (beginnings.at(-1)?.tokens ?? 0) - cached + 3,
      cache_read_input_tokens: fromCache,
      cache_creation_input_tokens: cached - fromCache,
      cache_creation: {
        ephemeral_5m_input_tokens: cached - fromCache,
        ephemeral_1h_input_tokens: 0
      }
    }
  }
}
