/** `clawdbot usage --budgets`. */
import type { BudgetReport } from "@clawdbot/domain/Budget/BudgetReport"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import { hourMs, toLine } from "@clawdbot/domain/Usage/UsageCell"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { toText } from "../../src/usage/budgetsText.ts"
import { freshHome, put, run } from "../commandLine.ts"

const noon = Date.UTC(2026, 10, 29, 12)
const midnight = Date.UTC(2026, 10, 30)

const report: BudgetReport = {
  at: noon,
  from: "gateway",
  clients: [
    {
      client: "build-server",
      failOpen: false,
      limits: [
        { limit: "usdPerDay", allowed: 5, used: 5.004, reserved: 0, left: 0, resetsAt: midnight },
        {
          limit: "tokensPerMinute",
          allowed: 2_000_000,
          used: 1_250_000,
          reserved: null,
          left: 750_000,
          resetsAt: null
        },
        {
          limit: "requestsPerMinute",
          allowed: 60,
          used: 0,
          reserved: null,
          left: 60,
          resetsAt: null
        }
      ],
      refused: { count: 1_204, lastAt: noon - 60_000, lastCode: "BudgetSpent" }
    },
    {
      client: "laptop",
      failOpen: true,
      limits: [
        {
          limit: "usdPerMonth",
          allowed: 12_500,
          used: 0.002,
          reserved: 1.25,
          left: 12_498.748,
          resetsAt: Date.UTC(2026, 11, 1)
        },
        {
          limit: "usdPerDay",
          allowed: 20,
          used: null,
          reserved: null,
          left: null,
          resetsAt: midnight
        }
      ],
      refused: null
    }
  ]
}

const vast = (client: string): BudgetReport => ({
  ...report,
  clients: report.clients.map((one) => ({
    ...one,
    client,
    limits: one.limits.map((line) => ({ ...line, allowed: 4e9, used: 3e9, left: 1e9 }))
  }))
})

describe("usage --budgets", () => {
  it("fits a terminal of 80 columns, and never shows what is unknown as zero", async () => {
    const shown = (given: BudgetReport, place?: string) => toText(given, place, 80).join("\n")
    const byLedger: BudgetReport = { ...report, from: "ledger" }
    const text = [
      "# from a running gateway",
      shown(report),
      "# from the ledger",
      shown(byLedger, "~/.clawdbot/usage"),
      "# large amounts",
      shown(vast("laptop")),
      "# without budgets",
      shown({ ...report, clients: [] }),
      ""
    ]
    await expect(text.join("\n")).toMatchFileSnapshot("../golden/usage-budgets.txt")
    for (const line of text.join("\n").split("\n")) assert.isAtMost(line.length, 80, line)
    assert.isFalse(shown(vast("a\u001b[2Jb")).includes("\u001b"))
  })

  it.scopedLive("is answered by the ledger where no gateway runs, as text and as JSON", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const hour = Math.floor(Date.now() / hourMs)
      const line = toLine({
        hour,
        agent: "main",
        profile: "anthropic:a",
        model: "claude-opus-4-5",
        client: "laptop",
        ttl: "",
        requests: 1,
        unmeasured: 0,
        usage: { ...Usage.zero, input: 1 },
        cost: { billed: 1.5, list: 0, priced: 1 },
        assumed: 0.25
      })
      const day = new Date(hour * hourMs).toISOString().slice(0, 10)
      yield* put(home, `.clawdbot/usage/${day}.jsonl`, `${line}\n`)
      const budgets = { laptop: { usdPerDay: 5, requestsPerMinute: 60 }, "ci.2": { usdPerWeek: 1 } }
      yield* put(home, ".clawdbot/clawdbot.json", JSON.stringify({ gateway: { budgets } }))
      const { status, stderr, stdout } = yield* run(home, ["usage", "--budgets"])
      assert.strictEqual(status, 0, stderr)
      assert.match(stdout, /^ {2}USD a day +5\.00 +1\.75 +unknown +3\.25 +\d{4}-\d\d-\d\d 00:00$/m)
      assert.match(stdout, /^ {2}requests a minute +60 +unknown +- +unknown +within a minute$/m)
      assert.include(stdout, "No gateway answered. Used: by the ledger in ~/.clawdbot/usage.")
      const json = JSON.parse((yield* run(home, ["usage", "--budgets", "--json"])).stdout)
      assert.strictEqual(json.from, "ledger")
      assert.deepStrictEqual(
        json.clients.map(({ client }: { readonly client: string }) => client),
        ["ci.2", "laptop"]
      )
      assert.deepInclude(json.clients[1].limits[0], {
        limit: "usdPerDay",
        allowed: 5,
        used: 1.75,
        reserved: null,
        left: 3.25
      })
    })
  )

  it.scopedLive("is not mixed with the rows of the ledger, and needs no budget", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const mixed = yield* run(home, ["usage", "--budgets", "--since", "30d"])
      assert.strictEqual(mixed.status, 2)
      assert.include(mixed.stderr, "give either --budgets or --since, not both")
      const none = yield* run(home, ["usage", "--budgets"])
      assert.strictEqual(none.status, 0, none.stderr)
      assert.include(none.stdout, "No client has a budget.")
    })
  )
})
