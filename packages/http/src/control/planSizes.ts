/** What a gateway has learned of the plans that it uses, in the status that it gives. Pure. */
import { AgentId } from "@clawdbot/domain/Agent/AgentId"
import type { PlanSizes } from "@clawdbot/domain/Auth/economy/PlanSizes"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import type { AuthStatus } from "@clawdbot/domain/Status/AuthStatus"

/** An agent's status with what the five hours of its candidates hold, where that is known. */
export const withPlanSizes = (
  agent: AgentId,
  status: AuthStatus,
  sizes: Pick<PlanSizes, "find">
): AuthStatus => {
  const owners = new Map<string, string>(
    status.explanation.candidates.map(({ owner, profile }) => [profile, owner])
  )
  return {
    ...status,
    windows: status.windows.map((window) => {
      if (window.class !== "usage" || window.scope !== "5h") return window
      const owner = AgentId.make(owners.get(window.profileId) || agent)
      const holdsUsd = sizes.find({ owner, profile: ProfileId.of(window.profileId) })
      if (holdsUsd === undefined) return window
      return { ...window, holdsUsd }
    })
  }
}
