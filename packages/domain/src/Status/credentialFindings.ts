/**
 * What `clawdbot doctor` finds about credentials (docs/command-line.md): ends, cooldowns and
 * missing ones here, the rest gathered from its neighbours. Pure.
 */

import * as Either from "effect/Either"
import { listIf, listOf } from "../Document/listIf.ts"
import * as FailureClass from "../Health/FailureClass.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { shellWord } from "../Text/shellWord.ts"
import { textOf } from "../Text/textIf.ts"
import { agentFlag } from "./agentFlag.ts"
import { isUnavailable } from "./availabilityFindings.ts"
import { countWords, credentialCounts } from "./credentialCounts.ts"
import type { AgentFacts, Facts } from "./DoctorFacts.ts"
import * as Duration from "./duration.ts"
import { type Finding, finding } from "./Finding.ts"
import { loginCure } from "./loginCure.ts"
import { loginsWithFindings, ofLogins } from "./loginFindings.ts"
import { ofOrders } from "./orderFindings.ts"
import { ofProfileId, ofProfiles } from "./profileFindings.ts"
import type { StatusDocument } from "./StatusDocument.ts"
import { ofSecrets } from "./secretFindings.ts"
import { ofSettings } from "./settingsFindings.ts"

const endCure = (facts: Facts, agent: string, profile: string, kind: string): string => {
  if (profile === ProfileId.claudeCode || kind === "oauth")
    return loginCure({ agent, profile, provider: ProviderId.anthropic })
  return (
    "claude setup-token, then: clawdbot models auth paste-token --provider anthropic " +
    `--profile-id ${profile}${agentFlag(facts, agent)}`
  )
}

/** The cure of a profile that has expired, as every other report names it. */
const cureOf = (status: StatusDocument | undefined, profile: string): string | undefined =>
  status?.auth.explanation.rejected.find(
    (entry) => entry.profile === profile && entry.reason === "expired"
  )?.cure

const ofEnds = (facts: Facts, { agent, status }: AgentFacts): ReadonlyArray<Finding> => {
  const told = loginsWithFindings(facts, agent.id)
  const isSaid = status !== undefined && isUnavailable(status)
  return (status?.auth.oauth.profiles ?? []).flatMap((profile): ReadonlyArray<Finding> => {
    if (profile.type === "api_key" || profile.refreshable || told.has(profile.profileId)) return []
    const fix = endCure(facts, agent.id, profile.profileId, profile.type)
    if (profile.status === "expired") {
      if (isSaid) return []
      return [
        finding(
          "expired",
          "problem",
          `${profile.label} of agent ${agent.id} has expired`,
          "it is no longer used",
          cureOf(status, profile.profileId) ?? fix
        )
      ]
    }
    if (profile.status === "expiring") {
      const left = Duration.exact(profile.remainingMs ?? 0)
      return [
        finding(
          "expiring",
          "warning",
          `${profile.label} of agent ${agent.id} expires in ${left}`,
          "after that, requests need another credential",
          fix
        )
      ]
    }
    if (profile.status === "missing")
      return [
        finding(
          "expiry-unknown",
          "warning",
          `the expiry of ${profile.label} of agent ${agent.id} is unknown`,
          "clawdbot cannot warn you before it expires",
          fix
        )
      ]
    return []
  })
}

type Unusable = StatusDocument["auth"]["unusableProfiles"][number]

const restWords = ({ reason, remainingMs }: Unusable): string =>
  `cooling down, ${Duration.exact(remainingMs)} left` +
  textOf(reason, (reason) => ` (${FailureClass.wordsOf(reason)})`)

/** One cooldown while other credentials are used. */
const ofRest = (facts: Facts, agent: string, unusable: Unusable): Finding => {
  const { profileId, reason } = unusable
  const clear = `clawdbot models auth clear ${shellWord(profileId)}${agentFlag(facts, agent)}`
  return finding(
    "resting",
    "warning",
    `${profileId} of agent ${agent}: ${restWords(unusable)}`,
    "until then, requests use other credentials",
    reason === "billing"
      ? `top up the account's credits, then: ${clear}`
      : "wait, or add another profile: clawdbot onboard"
  )
}

/** More cooldowns than these are summed up. */
const maxRests = 3

/** Cooldowns while others answer; where none does, {@link isUnavailable} has said it all. */
const ofRests = (facts: Facts, { agent, status }: AgentFacts): ReadonlyArray<Finding> => {
  if (status === undefined || isUnavailable(status)) return []
  const { explanation, unusableProfiles: cooling } = status.auth
  if (cooling.length <= maxRests)
    return cooling.map((unusable) => ofRest(facts, agent.id, unusable))
  const counts = countWords({ ...credentialCounts(explanation), notEligible: 0 })
  const soonest = Duration.exact(Math.min(...cooling.map(({ remainingMs }) => remainingMs)))
  return [
    {
      ...finding(
        "resting",
        "warning",
        `credentials of agent ${agent.id}: ${counts}`,
        `until then, requests use the others; the first is available again in ${soonest}`,
        `to see all of them: clawdbot models auth explain${agentFlag(facts, agent.id)}`
      ),
      details: [
        ...cooling.slice(0, maxRests).map((rest) => `${rest.profileId}: ${restWords(rest)}`),
        `and ${cooling.length - maxRests} more`
      ]
    }
  ]
}

const ofMissing = (facts: Facts, { agent, store, status }: AgentFacts): ReadonlyArray<Finding> => {
  if (status === undefined || Either.isLeft(store)) return []
  const { explanation, missingProvidersInUse } = status.auth
  const missing = missingProvidersInUse.filter(
    (provider) => !(isUnavailable(status) && provider === explanation.provider)
  )
  if (missing.length === 0) return []
  const other = facts.agents.find(
    (one) =>
      one.agent.id !== agent.id &&
      Either.isRight(one.store) &&
      one.store.right.document.profiles.size > 0
  )
  const isAlone = other === undefined || agent.inheritFrom !== undefined
  const share = `clawdbot agents add ${shellWord(agent.id)} --inherit-from`
  return [
    {
      ...finding(
        "no-credentials",
        "problem",
        `agent ${agent.id} has no credentials for ${missing.join(" and ")}`,
        "its requests fail; agents share credentials only through inheritFrom",
        `clawdbot onboard${agentFlag(facts, agent.id)}`
      ),
      alternatives: listIf(!isAlone, other).flatMap((from) =>
        listOf(from, ({ agent: { id } }) => [`to use those of ${id}: ${share} ${shellWord(id)}`])
      )
    }
  ]
}

/** The findings about credentials; none where the config cannot be read. */
export const ofCredentials = (facts: Facts): ReadonlyArray<Finding> => {
  const each = facts.agents.flatMap((agent) => [
    ...ofEnds(facts, agent),
    ...ofRests(facts, agent),
    ...ofMissing(facts, agent)
  ])
  if (Either.isLeft(facts.config)) return each
  const config = facts.config.right
  return [
    ...ofProfileId(facts),
    ...each,
    ...ofSecrets(facts.agents, config),
    ...ofLogins(facts),
    ...ofProfiles(facts, config),
    ...ofOrders(facts, config),
    ...ofSettings(facts, config)
  ]
}
