import type { Cost } from "@clawdbot/domain/Usage/Cost"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import { toLine, type UsageCell } from "@clawdbot/domain/Usage/UsageCell"
import * as Report from "@clawdbot/domain/Usage/UsageReport"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { costColumns, toText } from "../../src/usage/text.ts"
import { freshHome, put, run } from "../commandLine.ts"

const now = Date.now()

const line = (profile: string, model: string, hoursAgo: number, input: number) =>
  toLine({
    hour: Math.floor(now / 3_600_000) - hoursAgo,
    agent: "main",
    profile,
    model,
    client: "",
    ttl: "",
    requests: 2,
    unmeasured: profile === "anthropic:b" ? 1 : 0,
    usage: {
      input,
      output: 1_500,
      cacheRead: input * 3,
      cacheWrite5m: 0,
      cacheWrite1h: 700,
      cacheWriteOther: 0
    }
  })

const dayFile = (hoursAgo: number) =>
  `.clawdbot/usage/${new Date(now - hoursAgo * 3_600_000).toISOString().slice(0, 10)}.jsonl`

const withUsage = Effect.gen(function* () {
  const home = yield* freshHome
  yield* put(home, dayFile(0), `${line("anthropic:a", "claude-opus-4-5", 0, 12_345)}\n`)
  yield* put(home, dayFile(50), `${line("anthropic:b", "claude-haiku-4-5", 50, 10)}\n{"torn`)
  yield* put(home, dayFile(400), `${line("anthropic:a", "claude-opus-4-5", 400, 1_000_000)}\n`)
  return home
})

describe("usage", () => {
  it.scopedLive("shows the last week by profile and model", () =>
    Effect.gen(function* () {
      const { status, stderr, stdout } = yield* run(yield* withUsage, ["usage"])
      assert.strictEqual(status, 0, stderr)
      assert.strictEqual(
        stdout,
        [
          "                                                          cache  cache  1-hour     " +
            "cache  no usage",
          "profile      model             requests   input  output    read  write  writes  " +
            "hit rate  reported",
          "anthropic:a  claude-opus-4-5          2  12,345   1,500  37,035    700     700      " +
            "74 %         0",
          "anthropic:b  claude-haiku-4-5         3      10   1,500      30    700     700       " +
            "4 %         1",
          "total                                 5  12,355   3,000  37,065  1,400   1,400      " +
            "73 %         1"
        ].join("\n")
      )
    })
  )

  it("fits a terminal of 80 columns, with the names of a row above its figures", () => {
    const cell = (profile: string, scale: number, unmeasured: number): UsageCell => ({
      hour: Math.floor(now / 3_600_000),
      agent: "main",
      profile,
      model: "claude-opus-4-5-20251101",
      client: "",
      ttl: "",
      requests: 12 * scale,
      unmeasured,
      usage: {
        input: 3 * scale,
        output: 1_500 * scale,
        cacheRead: 219_623 * scale,
        cacheWrite5m: 0,
        cacheWrite1h: 700 * scale,
        cacheWriteOther: 0
      }
    })
    const span = { since: 0, until: now + 3_600_000 }
    const shown = (scale: number) => {
      const cells = [cell("anthropic:default", scale, 0), cell("x".repeat(75), scale, 1)]
      return toText(Report.make(cells, span, ["profile", "model"]), "~/.clawdbot/usage", 80)
    }
    assert.deepStrictEqual(shown(1), [
      "profile, model",
      "                             cache  cache  1-hour     cache  no usage",
      "  requests  input  output     read  write  writes  hit rate  reported",
      "anthropic:default, claude-opus-4-5-20251101",
      "        12      3   1,500  219,623    700     700     100 %         0",
      "x".repeat(75),
      "claude-opus-4-5-20251101",
      "        13      3   1,500  219,623    700     700     100 %         1",
      "total",
      "        25      6   3,000  439,246  1,400   1,400     100 %         1"
    ])
    for (const scale of [1, 1_000, 1_000_000_000])
      for (const line of shown(scale)) assert.isAtMost(line.length, 80, line)
    assert.include(shown(1_000_000_000).join(" "), "219.6T")
  })

  it("shows costs in a terminal of 80 columns, and never an unknown one as zero", async () => {
    const cell = (profile: string, model: string, requests: number, cost?: Cost): UsageCell => ({
      hour: Math.floor(now / 3_600_000),
      agent: "main",
      profile,
      model,
      client: "",
      ttl: "",
      requests,
      unmeasured: 0,
      usage: { ...Usage.zero, input: requests },
      cost
    })
    const spent = { billed: 1_234.565, list: 0, priced: 512 }
    const cells = [
      cell("anthropic:work", "claude-opus-5-5", 512, spent),
      cell("anthropic:work", "claude-haiku-4-5", 3, { billed: 0.0042, list: 0, priced: 3 }),
      cell("anthropic:max", "claude-opus-5-5", 40, { billed: 0, list: 86.4, priced: 38 }),
      cell("anthropic:max", "an-own-model", 7)
    ]
    const span = { since: 0, until: now + 3_600_000 }
    const shown = (width: number, given = cells) =>
      toText(Report.make(given, span, ["profile", "model"]), "x", width, costColumns).join("\n")
    const text = ["# 80 columns", shown(80), "# 40 columns", shown(40), "# all known"]
    text.push(shown(80, cells.slice(0, 2)), "# an older ledger", shown(80, cells.slice(3)), "")
    await expect(text.join("\n")).toMatchFileSnapshot("../golden/usage-cost.txt")
    for (const line of [...shown(80).split("\n"), ...shown(40).split("\n")])
      assert.isAtMost(line.length, 80, line)
    const large = cell("x", "m", 1, { billed: 2e9, list: 3e12, priced: 1 })
    for (const line of shown(40, [large]).split("\n")) assert.isAtMost(line.length, 40, line)
  })

  it.scopedLive("of an older ledger has no cost, in a table and in JSON", () =>
    Effect.gen(function* () {
      const home = yield* withUsage
      const { status, stderr, stdout } = yield* run(home, ["usage", "--cost"])
      assert.strictEqual(status, 0, stderr)
      assert.match(stdout, /^total +5 +unknown +unknown +5$/m)
      const json = yield* run(home, ["usage", "--cost", "--json"])
      assert.deepInclude(JSON.parse(json.stdout).total, {
        billedUsd: null,
        listUsd: null,
        unpriced: 5
      })
    })
  )

  it.scopedLive("as JSON, further back, by day", () =>
    Effect.gen(function* () {
      const { stdout } = yield* run(yield* withUsage, [
        "usage",
        "--since",
        "30d",
        "--by",
        "day",
        "--json"
      ])
      const report = JSON.parse(stdout)
      assert.strictEqual(report.rows.length, 3)
      assert.strictEqual(report.total.input, 1_012_355)
      assert.isTrue(report.rows[0].group.day < report.rows[1].group.day)
    })
  )

  it.scopedLive("says so when there is nothing, and what cannot be asked for", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const nothing = yield* run(home, ["usage"])
      assert.strictEqual(nothing.status, 0)
      assert.include(
        nothing.stdout,
        "No usage in this period. The gateway records usage in ~/.clawdbot/usage."
      )
      const wrong = yield* run(home, ["usage", "--by", "colour"])
      assert.strictEqual(wrong.status, 2)
      assert.include(wrong.stderr, '"colour" is not one or more of profile, model, client')
      assert.include((yield* run(home, ["usage", "--since", "soon"])).stderr, "--since")
    })
  )
})
