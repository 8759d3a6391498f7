/** Which profiles rest now, of all agents: for the figures. */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import type { AgentRegistry } from "@clawdbot/domain/Agent/AgentRegistry"
import type { AuthStatus } from "@clawdbot/domain/Status/AuthStatus"
import * as Effect from "effect/Effect"

/** One profile that rests, as an agent sees it. */
export interface CoolingDown {
  readonly agent: string
  readonly profileId: string
  readonly kind: "cooldown" | "disabled"
}

/**
 * What a status tells of it. Keys of the environment or the config are listed nowhere but among the
 * candidates.
 */
const coolingDownIn = (
  agent: AgentId,
  { explanation, unusableProfiles }: AuthStatus
): ReadonlyArray<CoolingDown> => {
  const listed = new Set(unusableProfiles.map(({ profileId }) => profileId))
  return [
    ...unusableProfiles.map(({ kind, profileId }) => ({ agent, profileId, kind })),
    ...explanation.candidates.flatMap(({ owner, profile, state }) => {
      if (state !== "ready" && owner === "" && !listed.has(profile))
        return [{ agent, profileId: profile, kind: "cooldown" as const }]
      return []
    })
  ]
}

/** All of them. An agent whose store cannot be read has none that are known to rest. */
export const ofAll = <E>(
  registry: Effect.Effect<AgentRegistry, E>,
  status: (agent: AgentId) => Effect.Effect<AuthStatus, E>
): Effect.Effect<ReadonlyArray<CoolingDown>> =>
  Effect.flatMap(registry, ({ agents }) =>
    Effect.forEach(agents, ({ id }) =>
      Effect.match(status(id), {
        onFailure: () => [],
        onSuccess: (found) => coolingDownIn(id, found)
      })
    )
  ).pipe(
    Effect.map((found) => found.flat()),
    Effect.orElseSucceed(() => [])
  )
