/**
 * Says of each answered message what the provider's prompt cache did for it, and what a miss cost.
 * Works once the answer is with the client, on the body that is still there; of that only checksums
 * stay, keyed with a number of this process, and nothing of it is stored.
 */
import { randomInt } from "node:crypto"
import { crc32 } from "node:zlib"
import { shortText } from "@clawdbot/domain/Bounded/shortText"
import { TokenBucket } from "@clawdbot/domain/Bounded/TokenBucket"
import type { Config } from "@clawdbot/domain/Config/Config"
import { priceAnswer } from "@clawdbot/domain/Pricing/priceAnswer"
import { Beginnings } from "@clawdbot/domain/PromptCache/Beginnings"
import type { CacheReport } from "@clawdbot/domain/PromptCache/CacheReport"
import { decide, isMiss, lostTokens, notExamined } from "@clawdbot/domain/PromptCache/cacheCause"
import { PrefixMemory } from "@clawdbot/domain/PromptCache/PrefixMemory"
import { type PrefixSketch, sketch } from "@clawdbot/domain/PromptCache/prefixSketch"
import { rememberedOf } from "@clawdbot/domain/PromptCache/RememberedPrefix"
import type { AnswerUsage } from "@clawdbot/domain/Usage/AnswerUsage"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import type { Account } from "./RelayRequest.ts"

/** Longer bodies are not looked into: half a millisecond is what all other requests may wait. */
export const maxSketchedBytes = 1024 * 1024

/**
 * So many prefixes of up to {@link unitBytes} bytes are examined in a minute, and so many at a time
 * when there were few: examining takes a quarter of what a request costs, and must not take that
 * part of a busy gateway's time.
 */
export const examinedPerMinute = 3_000
export const examinedAtOnce = 1_000

/** Longer prefixes count as several. */
const unitBytes = 64 * 1024

const marker = '"cache_control"'

/** One answered request. Epoch ms. */
export interface WatchedAnswer {
  readonly body: Buffer
  /** The header `anthropic-beta`. */
  readonly betas: string | undefined
  readonly model: string
  readonly client: string | undefined
  readonly conversation: string | undefined
  readonly startedAt: number
  readonly firstByteAt: number | undefined
  readonly endedAt: number
  readonly status: number
  /** Whose credential answered; undefined where none did. */
  readonly account: Account | undefined
  readonly answer: AnswerUsage | undefined
  /** Why the first attempt failed, where another one answered. */
  readonly movedBecause: string | undefined
  /** What the provider itself says, where the client asked it. */
  readonly provider: string | undefined
  readonly config: Config
}

/** The price of tokens as if they alone were read from the cache, or written to it. */
const usdOf = (
  kind: "cacheRead" | "cacheWrite5m" | "cacheWrite1h",
  tokens: number,
  { account, answer, config, endedAt, model }: WatchedAnswer
): number | undefined => {
  if (account === undefined || answer === undefined) return undefined
  const { profile, provider } = account
  const usage = { ...Usage.zero, [kind]: tokens }
  const alone = { ...answer, usage, iterations: [], webSearches: 0 }
  return priceAnswer(alone, model, { profile, provider, pricing: config.pricing, at: endedAt })
}

/** What it cost that tokens were written again instead of read; undefined without a known price. */
const lostUsd = (tokens: number, watched: WatchedAnswer): number | undefined => {
  const written = watched.answer?.usage
  const isLong = written !== undefined && written.cacheWrite1h > written.cacheWrite5m
  const again = usdOf(isLong ? "cacheWrite1h" : "cacheWrite5m", tokens, watched)
  const read = usdOf("cacheRead", tokens, watched)
  if (again === undefined || read === undefined) return undefined
  return again - read
}

/** The watch of one gateway. */
export class CacheWatch {
  private memory = new PrefixMemory()
  private beginnings = new Beginnings()
  private readonly allowance = new TokenBucket()
  private readonly key = randomInt(2 ** 32)
  /** When the last request came that was not examined, in epoch ms. */
  private notExaminedAt = Number.NEGATIVE_INFINITY

  /** How many prefixes are remembered. */
  get remembered(): number {
    return this.memory.size
  }

  /** Keeps nothing of what was seen: for a gateway whose config turns this off while it runs. */
  forget(): void {
    if (this.memory.size === 0) return
    this.memory = new PrefixMemory()
    this.beginnings = new Beginnings()
  }

  /** Whether there is room to examine a request. */
  private mayExamine({ body, endedAt, startedAt }: WatchedAnswer): boolean {
    const units = Math.ceil(body.length / unitBytes)
    if (this.allowance.left(examinedPerMinute, endedAt, examinedAtOnce) >= units) {
      this.allowance.take(units)
      return true
    }
    this.notExaminedAt = Math.max(this.notExaminedAt, startedAt)
    return false
  }

  private sketchOf({ betas, body, client, conversation = "" }: WatchedAnswer) {
    const { beginnings, key } = this
    const name = `${client ?? ""}\n${shortText(conversation)}`
    const before = beginnings.of(name)
    // Most bodies without breakpoints have none in any request: they are not read at all.
    if (before === undefined && body.indexOf(marker) < 0) return "no breakpoint"
    const found = sketch(
      {
        bytes: body,
        key,
        checksum: (start, end, before) => crc32(body.subarray(start, end), before),
        nextMark: (from) => body.indexOf(marker, from)
      },
      betas === undefined ? undefined : crc32(betas, key),
      before
    )
    beginnings.keep(name, found?.beginning)
    return found
  }

  private conversationOf({ client, conversation }: WatchedAnswer, { opening }: PrefixSketch) {
    const name = conversation === undefined ? `\n${opening}` : shortText(conversation)
    return `${client ?? ""}\n${name}`
  }

  /**
   * What the cache did; undefined where that cannot be said. Nothing that goes wrong here may keep
   * a request from being reported.
   */
  take(watched: WatchedAnswer): CacheReport | undefined {
    try {
      return this.report(watched)
    } catch {
      return undefined
    }
  }

  private report(watched: WatchedAnswer): CacheReport | undefined {
    const { account, answer, body, firstByteAt, model, movedBecause, status } = watched
    const isRefused = status === 400
    if (body.length > maxSketchedBytes || (answer === undefined && !isRefused)) return undefined
    const usage = answer?.usage ?? Usage.zero
    if (!this.mayExamine(watched)) return notExamined(usage)
    const found = this.sketchOf(watched)
    if (found === undefined) return undefined
    if (found === "no breakpoint" || found.breakpoints.length === 0)
      return { cause: "no_breakpoint", read: usage.cacheRead, written: 0, expected: 0 }
    const now = {
      model,
      profile: account?.profile ?? "",
      startedAt: watched.startedAt,
      status,
      usage,
      sketch: found,
      movedBecause
    }
    const conversation = this.conversationOf(watched, found)
    const before = this.memory.find(conversation, model, found)
    const verdict = decide(now, before, this.notExaminedAt)
    if (isRefused) return verdict.cause === "too_many_breakpoints" ? verdict : undefined
    this.memory.keep(conversation, rememberedOf(now, firstByteAt ?? watched.endedAt), before)
    const { provider } = watched
    if (!isMiss(verdict.cause)) return { ...verdict, provider }
    return { ...verdict, provider, lostUsd: lostUsd(lostTokens(verdict), watched) }
  }
}
