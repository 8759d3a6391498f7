/** What is said of clients with budgets where little is shown, and by `doctor`. */
import { assert, describe, it } from "@effect/vitest"
import type { BudgetReport, ClientStanding } from "../../src/Budget/BudgetReport.ts"
import { type BudgetFacts, ofBudgets } from "../../src/Budget/budgetFindings.ts"
import { budgetLines } from "../../src/Budget/budgetLines.ts"

const noon = Date.UTC(2026, 10, 29, 12)
const midnight = Date.UTC(2026, 10, 30)

const standing = (client: string, used: number | null, count = 0): ClientStanding => ({
  client,
  failOpen: false,
  limits: [
    { limit: "usdPerDay", allowed: 5, used, reserved: 0, left: null, resetsAt: midnight },
    { limit: "usdPerMonth", allowed: 100, used, reserved: 0, left: null, resetsAt: midnight },
    {
      limit: "tokensPerMinute",
      allowed: 10,
      used: 10,
      reserved: null,
      left: 0,
      resetsAt: null
    }
  ],
  refused: count === 0 ? null : { count, lastAt: noon, lastCode: "BudgetTooFast" }
})
const report = (...clients: ReadonlyArray<ClientStanding>): BudgetReport => ({
  at: noon,
  from: "gateway",
  clients
})

describe("clients with budgets", () => {
  it("are worth a line from three quarters on, after a refusal, and where nothing is known", () => {
    const lines = budgetLines(
      report(
        standing("a", 3.74),
        standing("b", 3.75),
        standing("c\n", 0, 1),
        standing("d", 5, 1_204),
        standing("e", null)
      )
    )
    assert.deepStrictEqual(lines, [
      "Budget of b: 3.75 of 5.00 USD a day used, resets 2026-11-30 00:00 UTC",
      "Budget of c\\n: 1 request refused today, last at 12:00 UTC (BudgetTooFast)",
      "Budget of d: 5.00 of 5.00 USD a day used, resets 2026-11-30 00:00 UTC; " +
        "1204 requests refused today, last at 12:00 UTC (BudgetTooFast)",
      "Budget of e: what it spent is not known"
    ])
    const many = budgetLines(report(...Array.from({ length: 9 }, (_, i) => standing(`c${i}`, 5))))
    assert.strictEqual(many.length, 6)
    assert.strictEqual(many.at(-1), "Budgets: 4 more; see clawdbot usage --budgets")
  })

  it("are findings of doctor", () => {
    const ids = (facts: BudgetFacts | undefined) =>
      ofBudgets(facts).map(({ id, severity }) => `${severity} ${id}`)
    const facts: BudgetFacts = {
      budgets: { a: { usdPerDay: 5, failOpen: true }, b: { usdPerDay: 5 }, "old one": {} },
      clients: new Set(["a", "b"]),
      standings: report(
        { ...standing("a", null), failOpen: true },
        standing("b", null),
        standing("d", 1, 3)
      )
    }
    assert.deepStrictEqual(ids(facts), [
      "warning budget-unknown",
      "problem budget-unknown",
      "warning budget-refused",
      "note budget-fail-open",
      "note budget-without-client"
    ])
    const cures = ofBudgets(facts).map(({ fix }) => fix)
    assert.include(cures, "clawdbot gateway token limit 'old one' --none")
    const unread = { ...facts, standings: { problem: "EACCES" } }
    assert.strictEqual(ids(unread)[0], "problem budget-ledger")
    assert.deepStrictEqual(ids({ ...facts, budgets: {}, standings: report() }), [])
    assert.deepStrictEqual(ids(undefined), [])
    assert.notInclude(ids({ ...facts, clients: undefined }), "note budget-without-client")
  })
})
