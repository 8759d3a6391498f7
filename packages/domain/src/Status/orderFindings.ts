/**
 * What `clawdbot doctor` finds about orders: entries that no store has a credential for, which
 * requests skip in silence. Pure.
 */
import { renderExact } from "@clawdbot/json5-edit/KeyPath"
import * as Either from "effect/Either"
import type { ConfigSnapshot } from "../Config/ConfigStore.ts"
import { ifDefined } from "../Document/defined.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { shellWord } from "../Text/shellWord.ts"
import { agentFlag } from "./agentFlag.ts"
import type { AgentFacts, Facts } from "./DoctorFacts.ts"
import { type Finding, finding } from "./Finding.ts"

interface Absent {
  /** Which order, as the sentence names it. */
  readonly order: string
  readonly provider: string
  readonly profile: string
  /** The command that takes it out of this order. */
  readonly remove: string
  /** What a command needs to store for the right agent. */
  readonly flag: string
}

const toFinding = ({ flag, order, profile, provider, remove }: Absent): Finding => ({
  ...finding(
    "order-without-profile",
    "warning",
    `${order} lists the profile ${profile}, but no store has a secret for it`,
    "requests skip it, so that fewer credentials stand in for each other than the order says",
    `clawdbot models auth paste-token --provider ${shellWord(provider)} ` +
      `--profile-id ${shellWord(profile)}${flag}`
  ),
  alternatives: [`to take it out of the order: ${remove}`]
})

/** The profiles that are in any store that can be read. */
const storedIn = (agents: ReadonlyArray<AgentFacts>): ReadonlySet<string> =>
  new Set(
    agents.flatMap(({ store }) =>
      Either.isRight(store) ? [...store.right.document.profiles.keys()] : []
    )
  )

const ofConfig = (facts: Facts, { config }: ConfigSnapshot): ReadonlyArray<Absent> => {
  const stored = storedIn(facts.agents)
  // A profile that `auth.profiles` names as well is a finding of its own.
  const said = new Set([
    ...Object.keys(config.auth?.profiles ?? {}),
    ...(ifDefined(facts.profileIdRepair, ({ from }) => [from]) ?? [])
  ])
  return Object.entries(config.auth?.order ?? {}).flatMap(([name, ids]) => {
    const provider = ProviderId.normalize(name)
    const key = shellWord(renderExact(["auth", "order", name]))
    return [...new Set(ids)].flatMap((profile): ReadonlyArray<Absent> => {
      if (stored.has(profile) || said.has(profile)) return []
      const left = shellWord(JSON.stringify(ids.filter((id) => id !== profile)))
      const remove = `clawdbot config set ${key} ${left}`
      return [{ order: renderExact(["auth", "order", name]), provider, profile, remove, flag: "" }]
    })
  })
}

/** An agent's own order may also name what it inherits. */
const ofAgent = (facts: Facts, { agent, status, store }: AgentFacts): ReadonlyArray<Absent> => {
  if (status === undefined || Either.isLeft(store)) return []
  const { provider, rejected } = status.auth.explanation
  const ids = store.right.document.order.get(ProviderId.normalize(provider))
  if (ids === undefined) return []
  const flag = agentFlag(facts, agent.id)
  const absent = new Set(
    rejected.flatMap(({ profile, reason }) => (reason === "not in the store" ? [profile] : []))
  )
  return ids.flatMap((profile): ReadonlyArray<Absent> => {
    if (!absent.has(profile)) return []
    const left = ids.filter((id) => !absent.has(id)).map(shellWord)
    const verb = left.length === 0 ? "clear" : "set"
    const order = `clawdbot models auth order ${verb} --provider ${shellWord(provider)}${flag}`
    return [
      {
        order: `the order of agent ${agent.id}`,
        provider,
        profile,
        remove: [order, ...left].join(" "),
        flag
      }
    ]
  })
}

/** Entries of orders without a credential; none where a store cannot be read. */
export const ofOrders = (facts: Facts, config: ConfigSnapshot): ReadonlyArray<Finding> => {
  if (facts.unopenedStore !== undefined || facts.agents.some(({ store }) => Either.isLeft(store)))
    return []
  return [
    ...ofConfig(facts, config),
    ...facts.agents.flatMap((agent) => ofAgent(facts, agent))
  ].map(toFinding)
}
