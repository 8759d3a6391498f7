/** What the profiles of all agents are like at the moment: for the figures. */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import type { AgentRegistry } from "@clawdbot/domain/Agent/AgentRegistry"
import type { AuthStatus } from "@clawdbot/domain/Status/AuthStatus"
import * as Effect from "effect/Effect"

/** One profile that is cooling down, as an agent sees it. */
export interface CoolingDown {
  readonly agent: string
  readonly profileId: string
  readonly kind: "cooldown" | "disabled"
}

/** One cooldown: what it applies to, why, and its end (epoch ms). */
export interface Cooldown {
  readonly agent: string
  readonly profileId: string
  readonly scope: string
  readonly class: string
  readonly until: number
}

/** How much of a quota is used (1 is full), and when it starts anew (epoch ms). */
export interface Quota {
  readonly agent: string
  readonly profileId: string
  readonly scope: string
  readonly utilization: number
  readonly until: number
  /** When it will be used up at the present pace (epoch ms), where that is before `until`. */
  readonly endsAt?: number
}

/** When a login or a token ends (epoch ms), and whether it is refreshed before. */
export interface Login {
  readonly agent: string
  readonly profileId: string
  readonly refreshable: boolean
  readonly expiresAt: number
}

/** All of it, of all agents. */
export interface AgentFigures {
  readonly coolingDown: ReadonlyArray<CoolingDown>
  readonly cooldowns: ReadonlyArray<Cooldown>
  readonly quotas: ReadonlyArray<Quota>
  readonly logins: ReadonlyArray<Login>
}

/** Where nothing is known. */
export const none: AgentFigures = { coolingDown: [], cooldowns: [], quotas: [], logins: [] }

/** Keys of the environment or the config, which are listed among the candidates only. */
const unstored = ({ explanation }: AuthStatus) =>
  explanation.candidates.filter(({ owner, state }) => owner === "" && state !== "ready")

const coolingDownIn = (agent: AgentId, status: AuthStatus): ReadonlyArray<CoolingDown> => {
  const { unusableProfiles } = status
  const listed = new Set(unusableProfiles.map(({ profileId }) => profileId))
  return [
    ...unusableProfiles.map(({ kind, profileId }) => ({ agent, profileId, kind })),
    ...unstored(status).flatMap(({ profile }) => {
      if (listed.has(profile)) return []
      return [{ agent, profileId: profile, kind: "cooldown" as const }]
    })
  ]
}

const cooldownsIn = (agent: AgentId, status: AuthStatus): ReadonlyArray<Cooldown> => [
  ...status.windows.flatMap((window) => {
    if (window.class === "usage") return []
    const { profileId, scope, until } = window
    return [{ agent, profileId, scope, class: window.class, until }]
  }),
  ...unstored(status).flatMap(({ obstacles, profile }) =>
    obstacles.map((one) => ({
      agent,
      profileId: profile,
      scope: one.scope,
      class: one.class,
      until: one.until
    }))
  )
]

/** What the status of an agent says. Pure. */
export const of = (agent: AgentId, status: AuthStatus): AgentFigures => ({
  coolingDown: coolingDownIn(agent, status),
  cooldowns: cooldownsIn(agent, status),
  quotas: status.windows.flatMap(({ forecast, profileId, scope, until, utilization }) => {
    if (utilization === undefined) return []
    const quota = { agent, profileId, scope, utilization, until }
    if (forecast?._tag !== "Ends") return [quota]
    return [{ ...quota, endsAt: forecast.at }]
  }),
  logins: status.oauth.profiles.flatMap(({ expiresAt, profileId, refreshable }) => {
    if (expiresAt === undefined) return []
    return [{ agent, profileId, refreshable, expiresAt }]
  })
})

/** All of them. Of an agent whose store cannot be read nothing is known. */
export const ofAll = <E>(
  registry: Effect.Effect<AgentRegistry, E>,
  status: (agent: AgentId) => Effect.Effect<AuthStatus, E>
): Effect.Effect<AgentFigures> =>
  Effect.flatMap(registry, ({ agents }) =>
    Effect.forEach(agents, ({ id }) =>
      Effect.match(status(id), { onFailure: () => none, onSuccess: (found) => of(id, found) })
    )
  ).pipe(
    Effect.map((found) => ({
      coolingDown: found.flatMap((one) => one.coolingDown),
      cooldowns: found.flatMap((one) => one.cooldowns),
      quotas: found.flatMap((one) => one.quotas),
      logins: found.flatMap((one) => one.logins)
    })),
    Effect.orElseSucceed(() => none)
  )
