/**
 * What `clawdbot doctor` finds about credentials: names, ends, rests, and where keys come from
 * (docs/command-line.md). Pure.
 */

import { renderExact } from "@clawdbot/json5-edit/KeyPath"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { ConfigSnapshot } from "../Config/ConfigStore.ts"
import * as KnownKeys from "../Config/KnownKeys.ts"
import { shownPath } from "../Config/secretKeys.ts"
import { defined } from "../Document/defined.ts"
import { listIf, listOf } from "../Document/listIf.ts"
import { lookup } from "../Environment/Environment.ts"
import { shorten } from "../Environment/StatePaths.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { shellWord } from "../Text/shellWord.ts"
import { textOf } from "../Text/textIf.ts"
import { isUnavailable } from "./availabilityFindings.ts"
import type { AgentFacts, Facts } from "./DoctorFacts.ts"
import * as Duration from "./duration.ts"
import type { Finding } from "./Finding.ts"
import { loginCure } from "./loginCure.ts"
import { loginsWithFindings, ofLogins } from "./loginFindings.ts"
import type { StatusDocument } from "./StatusDocument.ts"
import { ofSecrets } from "./secretFindings.ts"

const plain = (
  id: string,
  severity: Finding["severity"],
  what: string,
  why: string,
  fix: string,
  repair?: Finding["repair"]
): Finding => ({
  id,
  severity,
  what,
  why,
  fix,
  details: [],
  ...defined({ repair })
})

const agentFlag = (facts: Facts, agent: string): string => {
  if (agent === facts.defaultAgent) return ""
  return ` --agent ${agent}`
}

const ofName = ({ profileIdDiff, profileIdRepair: repair }: Facts): ReadonlyArray<Finding> => {
  if (repair === undefined) return []
  return [
    {
      ...plain(
        "profile-id",
        "warning",
        `the config names a login ${repair.from}, but the store has it as ${repair.to}`,
        "the login cannot be found under the name in the config",
        "clawdbot doctor --fix --yes",
        { _tag: "RenameProfile", repair }
      ),
      details: profileIdDiff
    }
  ]
}

const endCure = (facts: Facts, agent: string, profile: string, kind: string): string => {
  if (profile === ProfileId.claudeCode || kind === "oauth")
    return loginCure({ agent, profile, provider: ProviderId.anthropic })
  return (
    "claude setup-token, then: clawdbot models auth paste-token --provider anthropic " +
    `--profile-id ${profile}${agentFlag(facts, agent)}`
  )
}

const ofEnds = (facts: Facts, { agent, status }: AgentFacts): ReadonlyArray<Finding> => {
  const told = loginsWithFindings(facts, agent.id)
  return (status?.auth.oauth.profiles ?? []).flatMap((profile): ReadonlyArray<Finding> => {
    if (profile.type === "api_key" || profile.refreshable || told.has(profile.profileId)) return []
    const fix = endCure(facts, agent.id, profile.profileId, profile.type)
    if (profile.status === "expired") {
      return [
        plain(
          "expired",
          "problem",
          `${profile.label} of agent ${agent.id} has expired`,
          "it is no longer used",
          fix
        )
      ]
    }
    if (profile.status === "expiring") {
      const left = Duration.short(profile.remainingMs ?? 0)
      return [
        plain(
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
        plain(
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

const restText = ({ kind, profileId, reason, remainingMs }: Unusable): string => {
  const why = textOf(reason, (reason) => `:${reason}`)
  return `${profileId}: ${kind}${why}, ${Duration.short(remainingMs)} left`
}

/** One cooldown while other credentials are used. */
const ofRest = (facts: Facts, agent: string, unusable: Unusable): Finding => {
  const { kind, profileId, reason, remainingMs } = unusable
  const why = textOf(reason, (reason) => `:${reason}`)
  const left = Duration.short(remainingMs)
  const clear = `clawdbot models auth clear ${shellWord(profileId)}${agentFlag(facts, agent)}`
  return plain(
    "resting",
    "warning",
    `${profileId} of agent ${agent} is cooling down: ${kind}${why}, ${left} left`,
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
  const { explanation, unusableProfiles: resting } = status.auth
  if (resting.length <= maxRests)
    return resting.map((unusable) => ofRest(facts, agent.id, unusable))
  const ready = explanation.candidates.filter(({ state }) => state === "ready").length
  const soonest = Duration.short(Math.min(...resting.map(({ remainingMs }) => remainingMs)))
  return [
    {
      ...plain(
        "resting",
        "warning",
        `${resting.length} credentials of agent ${agent.id} are cooling down, ${ready} ready`,
        `until then, requests use the others; the first is available again in ${soonest}`,
        `to see all of them: clawdbot models auth explain${agentFlag(facts, agent.id)}`
      ),
      details: [
        ...resting.slice(0, maxRests).map(restText),
        `and ${resting.length - maxRests} more`
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
      ...plain(
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

/** The command that takes a profile's entry out of the config. */
const forget = (id: string): string =>
  `clawdbot config unset ${shellWord(renderExact(["auth", "profiles", id]))}`

/**
 * A profile of the config that no store has. Logging out leaves its entry: it is about the profile
 * of every agent, keeps its place, and without the last one unlisted profiles would take part.
 */
const withoutSecret = (facts: Facts, id: string): Finding => {
  const holder = facts.agents.find(({ loggedOut }) => loggedOut.includes(id))
  const alternatives = [`to take it out of the config: ${forget(id)}`]
  if (holder === undefined)
    return {
      ...plain(
        "profile-without-secret",
        "warning",
        `the config lists the profile ${id}, but no store has a secret for it`,
        "requests skip it",
        `clawdbot models auth paste-token --provider anthropic --profile-id ${shellWord(id)}`
      ),
      alternatives
    }
  const agent = holder.agent.id
  return {
    ...plain(
      "profile-logged-out",
      "note",
      `the profile ${id} of agent ${agent} was logged out and is kept`,
      "its entry in the config keeps its place until it is restored; until then, requests skip it",
      `clawdbot models auth logout ${shellWord(id)} --undo${agentFlag(facts, agent)}`
    ),
    alternatives
  }
}

const ofProfiles = (facts: Facts, config: ConfigSnapshot): ReadonlyArray<Finding> => {
  const stored = new Set<string>(
    facts.agents.flatMap(({ store }) =>
      Either.isRight(store) ? [...store.right.document.profiles.keys()] : []
    )
  )
  return Object.entries(config.config.auth?.profiles ?? {})
    .filter(
      ([id, { provider }]) =>
        provider === "anthropic" && !stored.has(id) && facts.profileIdRepair?.from !== id
    )
    .filter(([id]) => !(id === ProfileId.claudeCode && facts.claudeCode.present))
    .map(([id]) => withoutSecret(facts, id))
}

const ofClaudeCode = (facts: Facts, config: ConfigSnapshot): ReadonlyArray<Finding> => {
  if (
    !facts.claudeCode.present ||
    Object.hasOwn(config.config.auth?.profiles ?? {}, ProfileId.claudeCode)
  )
    return []
  return [
    plain(
      "claude-code-seen",
      "note",
      `Claude Code is logged in on this machine (${shorten(facts.paths, facts.claudeCode.place)})`,
      "its login is used only with your consent",
      "clawdbot onboard --auth-choice claude-cli"
    )
  ]
}

const ofVariables = (facts: Facts, config: ConfigSnapshot): ReadonlyArray<Finding> => {
  const both = ["ANTHROPIC_OAUTH_TOKEN", "ANTHROPIC_API_KEY"].filter((name) =>
    Option.isSome(lookup(config.environment, name))
  )
  return [
    ...facts.shadowed.map(({ from, name }) =>
      plain(
        "variable-shadows-config",
        "warning",
        `${name} is set ${from}, so the value in the config's "env" is not used`,
        "changing it in the config has no effect",
        `remove one of the two`
      )
    ),
    ...facts.moved.map((name) =>
      plain(
        "variable-moves-files",
        "note",
        `${name} is set`,
        "clawdbot looks for its files there",
        `to use the default location, unset ${name}`
      )
    ),
    ...(both.length < 2
      ? []
      : [
          plain(
            "two-keys",
            "note",
            `both ${both.join(" and ")} are set`,
            "the first one is tried before the second",
            "unset the one that is not wanted"
          )
        ])
  ]
}

const ofOwnKeys = (config: ConfigSnapshot): ReadonlyArray<Finding> => {
  const keys = KnownKeys.ownKeys(Redacted.value(config.value)).map((path) =>
    renderExact(shownPath(path))
  )
  if (keys.length === 0) return []
  return [
    plain(
      "own-keys",
      "note",
      `the config has keys that only clawdbot's current version knows: ${keys.join(", ")}`,
      "the original clawdbot does not accept these keys",
      "before going back to the original: " +
        `${keys.map((key) => `clawdbot config unset '${key}'`).join("; ")}`
    )
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
    ...ofName(facts),
    ...each,
    ...ofSecrets(facts.agents, config),
    ...ofLogins(facts),
    ...ofProfiles(facts, config),
    ...ofClaudeCode(facts, config),
    ...ofVariables(facts, config),
    ...ofOwnKeys(config)
  ]
}
