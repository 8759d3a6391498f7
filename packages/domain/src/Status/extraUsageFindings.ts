/**
 * What `clawdbot doctor` finds about plans that go on as extra usage: money that is spent beside
 * the plan, which no failure shows (decision D53). Pure.
 */
import { isExtraUsage } from "../Health/extraUsage.ts"
import * as Scope from "../Health/Scope.ts"
import type { AgentFacts, Facts } from "./DoctorFacts.ts"
import * as Duration from "./duration.ts"
import { type Finding, finding } from "./Finding.ts"

/** The command that makes a used-up window a limit. */
export const refuseExtraUsage = "clawdbot config set auth.extraUsage never"

/** The command that lets requests go on as extra usage. */
export const allowExtraUsage = "clawdbot config set auth.extraUsage allow"

const ofAgent = ({ agent, status }: AgentFacts): ReadonlyArray<Finding> => {
  const { windows = [] } = status?.auth ?? {}
  const isRefused = windows.some(
    ({ class: failureClass, source }) => failureClass !== "usage" && source === "extra-usage"
  )
  const billed = windows.filter(isExtraUsage)
  if (isRefused || billed.length === 0) return []
  return [
    finding(
      "extra-usage",
      "note",
      `requests of agent ${agent.id} go on as extra usage`,
      "a limit of the plan is used up, and the provider bills requests beside the plan",
      `to wait for the reset instead: ${refuseExtraUsage}`,
      {
        details: billed.map(
          ({ profileId, remainingMs, scope }) =>
            `${profileId}: ${Scope.wordsOf(scope)}, resets in ${Duration.short(remainingMs)}`
        )
      }
    )
  ]
}

/** A note for each agent whose plan is used up and goes on for money. */
export const ofExtraUsage = (facts: Facts): ReadonlyArray<Finding> => facts.agents.flatMap(ofAgent)
