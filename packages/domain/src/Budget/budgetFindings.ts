/** What `clawdbot doctor` finds about clients with budgets. Pure. */

import type { Budgets } from "../Config/budgetSection.ts"
import { listOf } from "../Document/listIf.ts"
import { type Finding, finding } from "../Status/Finding.ts"
import { shellWord } from "../Text/shellWord.ts"
import type { BudgetReport, ClientStanding } from "./BudgetReport.ts"
import { isUnknown, refusedWords } from "./budgetLines.ts"
import { limitsMoney } from "./decideBudget.ts"

/** What is looked at. */
export interface BudgetFacts {
  readonly budgets: Budgets
  /** The names of the clients that have a token; undefined where they cannot be read. */
  readonly clients: ReadonlySet<string> | undefined
  /** Why the ledger cannot be read, or what it and a running gateway say. */
  readonly standings: BudgetReport | { readonly problem: string }
}

const limit = "clawdbot gateway token limit"
const show = "clawdbot usage --budgets"

const ofRefused = (standing: ClientStanding): ReadonlyArray<Finding> =>
  listOf(refusedWords(standing), (words) => [
    finding(
      "budget-refused",
      "warning",
      `client ${standing.client}: ${words}`,
      "its budget did not let them through, so its programs saw errors",
      show,
      {
        alternatives: [`to raise a limit: ${limit} ${shellWord(standing.client)} --usd 10/day`]
      }
    )
  ])

const ofUnknown = (standing: ClientStanding): ReadonlyArray<Finding> => {
  if (!isUnknown(standing)) return []
  const served = standing.failOpen
    ? "it is served without a limit meanwhile, as failOpen says"
    : "its requests are refused meanwhile"
  return [
    finding(
      "budget-unknown",
      standing.failOpen ? "warning" : "problem",
      `client ${standing.client}: the gateway cannot read what it spent`,
      served,
      "find out why in the gateway's log: the usage ledger or the shared store cannot be read"
    )
  ]
}

const ofConfig = ({ budgets, clients }: BudgetFacts): ReadonlyArray<Finding> =>
  Object.entries(budgets).flatMap(([client, budget]) => {
    const found: Array<Finding> = []
    const remove = `${limit} ${shellWord(client)} --none`
    if (clients !== undefined && !clients.has(client))
      found.push(
        finding(
          "budget-without-client",
          "note",
          `gateway.budgets limits ${client}, and no client token has this name`,
          "it limits nothing until there is one",
          remove
        )
      )
    if (budget.failOpen === true && limitsMoney(budget))
      found.push(
        finding(
          "budget-fail-open",
          "note",
          `client ${client}: gateway.budgets lets it spend without a limit at times (failOpen)`,
          "it is served while what it spent cannot be read, and batches are not counted",
          "nothing, if you want that; otherwise set failOpen to false"
        )
      )
    return found
  })

/** What was found; nothing without budgets. */
export const ofBudgets = (facts: BudgetFacts | undefined): ReadonlyArray<Finding> => {
  if (facts === undefined) return []
  const { standings } = facts
  if ("problem" in standings)
    return [
      finding(
        "budget-ledger",
        "problem",
        `what clients with budgets spent cannot be read: ${standings.problem}`,
        "a gateway does not serve clients with a limit of USD then, unless failOpen says so",
        "make the usage folder readable for the gateway, or restore it from a backup"
      ),
      ...ofConfig(facts)
    ]
  return [
    ...standings.clients.flatMap(ofUnknown),
    ...standings.clients.flatMap(ofRefused),
    ...ofConfig(facts)
  ]
}
