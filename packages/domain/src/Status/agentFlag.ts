import type { Facts } from "./DoctorFacts.ts"

/** What a command needs after it to be about an agent: nothing for the default agent. */
export const agentFlag = (facts: Facts, agent: string): string => {
  if (agent === facts.defaultAgent) return ""
  return ` --agent ${agent}`
}
