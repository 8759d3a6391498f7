/**
 * A week of conversations through a gateway, before a stand-in provider with a prompt cache and a
 * plan that is used up at times. What it cost by day and model, and why the cache missed, is what
 * the gateway says; the pictures and figures of `docs/cost.md` and `docs/cache.md` are of this run.
 */
import * as fs from "node:fs"
import type { CacheReport } from "@clawdbot/domain/PromptCache/CacheReport"
import { isMiss } from "@clawdbot/domain/PromptCache/cacheCause"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as UsageReport from "@clawdbot/domain/Usage/UsageReport"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as UsageMemory from "@clawdbot/testing/Usage/UsageMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import type { ServedRequest } from "../../src/dataPlane/ServedRequest.ts"
import { usageEntries } from "../../src/usageEntries.ts"
import { ask, keys, withGateway } from "../world.ts"
import { barsOf } from "./barsOf.ts"
import { CacheBooks } from "./CacheBooks.ts"
import { type Asked, type Sent, week, weekStart } from "./week.ts"

const hour = 3_600_000
const day = 24 * hour
const setupToken = `sk-ant-oat01-${"A".repeat(80)}`
const stores = {
  main: {
    profiles: {
      ...keys("key").main.profiles,
      "anthropic:plan": { type: "token", provider: "anthropic", token: setupToken }
    }
  }
}

/** What five hours of the plan hold: tokens that are not read from the cache, output five times. */
const planTokens = 500_000

/** A plan that counts what it gives, and refuses when it is used up. */
class Plan {
  private used = 0
  private endsAt = 0

  /** When it gives again, in epoch seconds, where it gives nothing now. */
  refuses(now: number): number | undefined {
    if (now >= this.endsAt) {
      this.used = 0
      this.endsAt = now + 5 * hour
    }
    return this.used >= planTokens ? Math.ceil(this.endsAt / 1_000) : undefined
  }

  add(tokens: number): void {
    this.used += tokens
  }
}

/** The provider: answers what is asked now, and whose time it is. */
const provider = (of: () => Sent) => {
  const books = new CacheBooks()
  const plan = new Plan()
  const answer = (credential: string, { at, body }: Sent) => {
    const usage = { ...books.ask(credential, body, at), output_tokens: outputOf(body) }
    return { step: Script.ok({ usage }), usage }
  }
  return {
    key: () => answer("key", of()).step,
    [setupToken]: () => {
      const sent = of()
      const reset = plan.refuses(sent.at)
      if (reset !== undefined) return Script.planLimited("five_hour", reset)
      const { step, usage } = answer("plan", sent)
      plan.add(usage.input_tokens + usage.cache_creation_input_tokens + 5 * usage.output_tokens)
      return step
    }
  }
}

/** The tokens of an answer: some hundreds, the same for the same request. */
const outputOf = ({ messages }: Asked): number => 80 + ((messages.length * 367) % 1_400)

/** Sends the requests of a week; gives the ledger's rows and what became of each in the cache. */
const lived = Effect.gen(function* () {
  const ledger = yield* UsageLedger
  const answers: Array<ServedRequest> = []
  let sent: Sent = { at: weekStart, body: { model: "", tools: [], system: [], messages: [] } }
  const clock: Clock.Clock = Object.assign(Object.create(Clock.make()), {
    unsafeCurrentTimeMillis: () => sent.at,
    currentTimeMillis: Effect.sync(() => sent.at)
  })
  yield* withGateway(
    {
      script: provider(() => sent),
      stores,
      config: { auth: { payAsYouGoFallback: true } },
      gateway: {
        observe: (served) => {
          answers.push(served)
          for (const entry of usageEntries(served)) ledger.record(entry)
          return undefined
        }
      }
    },
    (started) =>
      Effect.gen(function* () {
        for (const one of week(1)) {
          sent = one
          yield* ask(started, { body: one.body })
        }
      })
  ).pipe(Effect.withClock(clock))
  const span = { since: 0, until: 4_102_444_800_000 }
  const usage = UsageReport.make(yield* ledger.cells(span), span, ["day", "model"])
  return { usage, answers }
}).pipe(Effect.provide(UsageMemory.layer))

const modelColors = {
  "claude-opus-5-5": "#2f6fde",
  "claude-sonnet-5-5": "#d9822b",
  "claude-haiku-5-5": "#3d9970"
}
const causeColors = ["#2f6fde", "#d9822b", "#3d9970", "#a05bb5", "#c94f4f", "#8a8a8a"]
const dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

const sum = (values: ReadonlyArray<number>): number => values.reduce((all, one) => all + one, 0)
const usd = (value: number): string => value.toFixed(2)
const whole = (value: number): string => value.toLocaleString("en-US")

const page = (name: string): string =>
  fs.readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), "utf8")

/** A request that the cache failed, on which day of the week. */
interface Miss {
  readonly day: number
  readonly report: CacheReport
}

const lostIn = (misses: ReadonlyArray<Miss>): number =>
  sum(misses.map(({ report }) => report.lostUsd ?? Number.NaN))

describe("a week", () => {
  it.live(
    "costs, and misses the cache for the causes, that the pages say",
    () =>
      Effect.gen(function* () {
        const { answers, usage } = yield* lived
        assert.deepStrictEqual(
          answers.filter(({ status }) => status !== 200),
          []
        )
        const days = dayNames.map((_, of) => new Date(weekStart + of * day).toISOString())
        const costs = days.flatMap((iso, of) =>
          (["listUsd", "billedUsd"] as const).map((kind) => ({
            name: dayNames[of] ?? "",
            parts: Object.entries(modelColors).map(([model, color]) => ({
              color,
              value: sum(
                usage.rows
                  .filter(({ group }) => group.model === model && group.day === iso.slice(0, 10))
                  .map((row) => row[kind] ?? Number.NaN)
              )
            }))
          }))
        )
        const { billedUsd, listUsd, requests, unpriced } = usage.total
        assert.strictEqual(unpriced, 0)
        assert.approximately(
          sum(costs.flatMap(({ parts }) => parts.map(({ value }) => value))),
          (billedUsd ?? Number.NaN) + (listUsd ?? Number.NaN),
          1e-9
        )
        const [list, billed] = [listUsd, billedUsd].map((value) => usd(value ?? Number.NaN))
        const figures = `${requests} requests, $${list} at list price, $${billed} billed`
        assert.include(page("cost.md"), figures, figures)

        const misses = answers.flatMap(({ cache, startedAt }): ReadonlyArray<Miss> => {
          if (cache === undefined || !isMiss(cache.cause)) return []
          return [{ day: Math.floor((startedAt - weekStart) / day), report: cache }]
        })
        const causes = [...new Set(misses.map(({ report }) => report.cause))]
          .map((cause) => ({ cause, of: misses.filter(({ report }) => report.cause === cause) }))
          .sort((one, other) => lostIn(other.of) - lostIn(one.of))
        const rows = causes.map(({ cause, of }) => {
          const tokens = sum(of.map(({ report }) => report.expected - report.read))
          return `| \`${cause}\` | ${of.length} | ${whole(tokens)} | ${usd(lostIn(of))} |`
        })
        assert.include(page("cache.md"), rows.join("\n"), `\n${rows.join("\n")}\n`)
        const lost = dayNames.map((name, of) => ({
          name,
          parts: causes.map((one, index) => ({
            color: causeColors[index] ?? "",
            value: lostIn(one.of.filter((miss) => miss.day === of))
          }))
        }))
        const costKeys = Object.entries(modelColors).map(([name, color]) => ({ name, color }))
        const causeKeys = causes.map(({ cause }, index) => ({
          name: cause.replaceAll("_", " "),
          color: causeColors[index] ?? ""
        }))
        const costTitle = "Left: a plan's answers at list price. Right: what a key was billed"
        const pictures = [
          ["cost", barsOf(costTitle, "USD", costs, costKeys)],
          ["cache", barsOf("What cache misses cost, by cause", "USD", lost, causeKeys)]
        ] as const
        for (const [name, picture] of pictures)
          yield* Effect.promise(() =>
            expect(picture).toMatchFileSnapshot(`../../../../docs/images/${name}.svg`)
          )
      }),
    300_000
  )
})
