/** What `clawdbot doctor` finds about the profiles that the config names. Pure. */
import { renderExact } from "@clawdbot/json5-edit/KeyPath"
import * as Either from "effect/Either"
import type { ConfigSnapshot } from "../Config/ConfigStore.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import { shellWord } from "../Text/shellWord.ts"
import { agentFlag } from "./agentFlag.ts"
import type { Facts } from "./DoctorFacts.ts"
import { type Finding, finding } from "./Finding.ts"

/** A login that the store has under another name. */
export const ofProfileId = ({
  profileIdDiff,
  profileIdRepair: repair
}: Facts): ReadonlyArray<Finding> => {
  if (repair === undefined) return []
  return [
    finding(
      "profile-id",
      "warning",
      `the config names a login ${repair.from}, but the store has it as ${repair.to}`,
      "the login cannot be found under the name in the config",
      "clawdbot doctor --fix --yes",
      { repair: { _tag: "RenameProfile", repair }, details: profileIdDiff }
    )
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
      ...finding(
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
    ...finding(
      "profile-logged-out",
      "note",
      `the profile ${id} of agent ${agent} was logged out and is kept`,
      "its entry in the config keeps its place until it is restored; until then, requests skip it",
      `clawdbot models auth logout ${shellWord(id)} --undo${agentFlag(facts, agent)}`
    ),
    alternatives
  }
}

/** Profiles without a secret. */
export const ofProfiles = (facts: Facts, config: ConfigSnapshot): ReadonlyArray<Finding> => {
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
