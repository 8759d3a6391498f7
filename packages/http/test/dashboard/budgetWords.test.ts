/** What the dashboard says of budgets: what the command says. */
import type { BudgetReport } from "@clawdbot/domain/Budget/BudgetReport"
import { BudgetReport as Report } from "@clawdbot/domain/Budget/BudgetReport"
import { budgetLines } from "@clawdbot/domain/Budget/budgetLines"
import { assert, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as fc from "fast-check"
import { pageModule } from "./pageModule.ts"

/** The page's own module, which has no declarations. */
// What it exports is what the page's own type check sees.
const page = (await pageModule("budgetWords.js")) as {
  readonly budgetWords: (report: BudgetReport) => ReadonlyArray<string>
}

/** Amounts and times as a gateway gives them. */
const plausible = (report: BudgetReport): BudgetReport => ({
  ...report,
  clients: report.clients.map((client) => ({
    ...client,
    limits: client.limits.map((line) => ({
      ...line,
      allowed: 1 + Math.abs(line.allowed % 100),
      used: line.used === null ? null : Math.abs(line.used % 120),
      resetsAt: line.resetsAt === null ? null : Math.abs(line.resetsAt % 4e12)
    })),
    refused:
      client.refused === null
        ? null
        : {
            ...client.refused,
            count: Math.abs(Math.round(client.refused.count % 900)),
            lastAt: Math.abs(client.refused.lastAt % 4e12)
          }
  }))
})

it("the dashboard says of budgets what gateway status says", () =>
  fc.assert(
    fc.property(Arbitrary.make(Report).map(plausible), (report) => {
      assert.deepStrictEqual(page.budgetWords(report), budgetLines(report))
    })
  ))
