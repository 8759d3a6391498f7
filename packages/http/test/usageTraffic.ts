/**
 * Mixed traffic through the gateway, and the tokens that the ledger and the provider count for it.
 */
import { isDeepStrictEqual } from "node:util"
import { defined } from "@clawdbot/domain/Document/defined"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import { merged } from "@clawdbot/domain/Usage/UsageCell"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as UsageReport from "@clawdbot/domain/Usage/UsageReport"
import type { RawUsage } from "@clawdbot/testing/ScriptedAnthropic/answers"
import { ok, overloaded, type Script } from "@clawdbot/testing/ScriptedAnthropic/Script"
import type { ScriptedAnthropic } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import * as UsageMemory from "@clawdbot/testing/Usage/UsageMemory"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { usageEntries } from "../src/usageEntries.ts"
import { body, clientToken, type Started, withGateway } from "./world.ts"

const secrets = ["ka", "kb", "kc", "kd", "ke"]
/** Streams of this model are slow, and their clients leave in the middle. */
const leftModel = "claude-haiku-4-5"
const models = ["claude-opus-4-5", "claude-sonnet-4-5"]

const usageOf = (number: number): RawUsage => ({
  input_tokens: number,
  output_tokens: 1 + (number % 97),
  cache_read_input_tokens: number % 3 === 0 ? 1000 + number : null,
  cache_creation_input_tokens: (number % 5) + (number % 4),
  ...defined({
    cache_creation:
      number % 2 === 0
        ? {
            ephemeral_5m_input_tokens: number % 5,
            ephemeral_1h_input_tokens: number % 4
          }
        : undefined
  })
})

/** Every way an answer can go, in turn. */
const script: Script = (number, { model }) => {
  const good = { usage: usageOf(number), gzip: number % 4 === 1 }
  if (model === leftModel) return ok({ ...good, gapMs: 40 })
  if (number % 7 === 0) return overloaded
  if (number % 11 === 0)
    return {
      _tag: "BrokenStream",
      afterEvents: number % 6,
      how: number % 2 === 0 ? "reset" : "error"
    }
  return ok(good)
}

const everything = { since: 0, until: 4_102_444_800_000 }

/** Sends one request and reads its answer, or leaves when the answer's content begins. */
const ask = ({ gateway }: Started, number: number) =>
  Effect.promise(async () => {
    const leaves = number % 10 === 3
    const leaving = new AbortController()
    try {
      const response = await fetch(`${gateway.url}/v1/messages`, {
        method: "POST",
        signal: leaving.signal,
        headers: {
          "x-api-key": clientToken,
          "anthropic-version": "2023-06-01",
          "content-type": "application/json"
        },
        body: JSON.stringify({
          ...body,
          model: leaves ? leftModel : models[number % models.length],
          ...defined({ stream: leaves || number % 3 !== 0 ? true : undefined })
        })
      })
      for await (const chunk of response.body ?? []) {
        if (leaves && Buffer.from(chunk).includes("content_block_start")) leaving.abort()
      }
    } catch {
      // Broken off, by either side: the tokens told before count all the same.
    }
  })

type Tokens = Readonly<Record<string, Usage.Usage>>

const byProvider = (upstream: ScriptedAnthropic): Tokens => {
  const sums: Record<string, Usage.Usage> = {}
  for (const { credential, model, usage } of upstream.bills()) {
    const name = `anthropic:${credential} ${model}`
    // Counted with nothing of the gateway's: each field by its own name.
    const split = typeof usage.cache_creation === "object" ? usage.cache_creation : null
    const of = (key: string): number => (typeof usage[key] === "number" ? usage[key] : 0)
    const known = sums[name] ?? Usage.zero
    sums[name] = {
      input: known.input + of("input_tokens"),
      output: known.output + of("output_tokens"),
      cacheRead: known.cacheRead + of("cache_read_input_tokens"),
      cacheWrite5m: known.cacheWrite5m + (split?.ephemeral_5m_input_tokens ?? 0),
      cacheWrite1h: known.cacheWrite1h + (split?.ephemeral_1h_input_tokens ?? 0),
      cacheWriteOther:
        known.cacheWriteOther + (split === null ? of("cache_creation_input_tokens") : 0)
    }
  }
  return sums
}

/** USD for a million tokens: input, output, cache write for 5 minutes, for 1 hour, cache read. */
const prices: Readonly<Record<string, ReadonlyArray<number>>> = {
  "claude-opus-4-5": [5, 25, 6.25, 10, 0.5],
  "claude-sonnet-4-5": [3, 15, 3.75, 6, 0.3],
  [leftModel]: [1, 5, 1.25, 2, 0.1]
}

/** What the provider's bills come to, and how many of them do not say what has a price. */
const billed = (upstream: ScriptedAnthropic) => {
  let usd = 0
  let unpriced = 0
  for (const { model, usage } of upstream.bills()) {
    const of = (key: string): number => (typeof usage[key] === "number" ? usage[key] : 0)
    const split = typeof usage.cache_creation === "object" ? usage.cache_creation : null
    if (split === null && of("cache_creation_input_tokens") > 0) {
      unpriced += 1
      continue
    }
    const [input = 0, output = 0, short = 0, long = 0, read = 0] = prices[model] ?? []
    usd += of("input_tokens") * input + of("output_tokens") * output
    usd += of("cache_read_input_tokens") * read
    usd += (split?.ephemeral_5m_input_tokens ?? 0) * short
    usd += (split?.ephemeral_1h_input_tokens ?? 0) * long
  }
  return { usd: usd / 1e6, unpriced }
}

/**
 * Sends `total` requests, 16 at a time, and checks that the ledger has what the provider told, to
 * the token.
 */
export const ledgerEqualsProvider = (total: number) =>
  Effect.gen(function* () {
    const ledger = yield* UsageLedger
    yield* withGateway(
      {
        script: Object.fromEntries(secrets.map((secret) => [secret, script])),
        gateway: {
          observe: (served) =>
            Effect.sync(() => {
              for (const entry of usageEntries(served)) ledger.record(entry)
            })
        }
      },
      (started) =>
        Effect.gen(function* () {
          yield* Effect.forEach(
            Array.from({ length: total }).keys(),
            (number) => ask(started, number),
            {
              concurrency: 16
            }
          )
          const cells = Effect.map(ledger.cells(everything), merged)
          const byLedger = Effect.map(cells, (found): Tokens => {
            const sums: Record<string, Usage.Usage> = {}
            for (const { model, profile, usage } of found) {
              if (Usage.prompt(usage) + usage.output === 0) continue
              const name = `${profile} ${model}`
              sums[name] = Usage.add(sums[name] ?? Usage.zero, usage)
            }
            return sums
          })
          const expected = byProvider(started.upstream)
          assert.isAbove(Object.keys(expected).length, 9)
          // The gateway learns of the last client that left a moment after that client does.
          yield* Effect.repeat(
            // real time: looks until the numbers agree, with a bound.
            Effect.tap(byLedger, () => Effect.sleep("20 millis")),
            { until: (sums) => isDeepStrictEqual(sums, expected), times: 500 }
          )
          assert.deepStrictEqual(yield* byLedger, expected)
          const known = (yield* cells).reduce((sum, cell) => sum + cell.requests, 0)
          assert.strictEqual(known, started.upstream.bills().length)
          const cost = UsageReport.make(yield* cells, everything, []).total
          const { unpriced, usd } = billed(started.upstream)
          assert.approximately(cost.billedUsd ?? 0, usd, 1e-9)
          assert.deepInclude(cost, { listUsd: 0, unpriced: unpriced + cost.unmeasured })
          assert.isAbove(unpriced, 0)
        })
    )
  }).pipe(Effect.provide(UsageMemory.layer))
