/**
 * What `clawdbot doctor` finds about secrets themselves: those that cannot be sent, those that are
 * none, and those that were read as something else than their place says. Pure.
 */

import * as Either from "effect/Either"
import * as AmbientKey from "../Auth/AmbientKey.ts"
import type { RejectReason } from "../Auth/Explanation.ts"
import { isOwnUpstream } from "../Auth/upstreamOrigin.ts"
import type { ConfigSnapshot } from "../Config/ConfigStore.ts"
import { listIf } from "../Document/listIf.ts"
import * as Credential from "../Profile/Credential.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { clean, shapeOf } from "../Profile/secretText.ts"
import { shellWord } from "../Text/shellWord.ts"
import { textIf } from "../Text/textIf.ts"
import { isUnavailable } from "./availabilityFindings.ts"
import type { AgentFacts } from "./DoctorFacts.ts"
import type { Finding } from "./Finding.ts"

interface Judged {
  readonly severity: Finding["severity"]
  readonly what: (name: string, detail: string) => string
  readonly why: string
  /** What to do instead of the cure that every report names for the reason. */
  readonly fix?: (agent: string) => string
}

/** The variable or the config key behind a pseudo-profile; a stored profile is its own name. */
const nameOf = (profile: string): string => ProfileId.sourceOf(profile) ?? profile

const isAmbient = (profile: string): boolean => ProfileId.sourceOf(profile) !== undefined

const paste = (profile: string, agent: string): string =>
  "clawdbot models auth paste-token --provider anthropic " +
  `--profile-id ${shellWord(profile)} --agent ${shellWord(agent)}`

const judged: Partial<Record<RejectReason, Judged>> = {
  "cannot be sent": {
    severity: "problem",
    what: (name, detail) => `${name} holds a secret that cannot be sent: ${detail}`,
    why: "an HTTP header cannot contain it, so it is not used"
  },
  "a placeholder": {
    severity: "problem",
    what: (name, detail) => `${name} (${detail}) holds a placeholder instead of a key`,
    why: "no request would succeed with it, so it is not used"
  },
  "a token of this gateway": {
    severity: "warning",
    what: (name, detail) => `${name} (${detail}) holds a token for clients of this gateway`,
    why: "the provider does not accept it, so it is not used"
  },
  "not a setup token": {
    severity: "note",
    what: (name, detail) => `${name} is set (${detail}), and does not hold a setup token`,
    why: "it belongs to other programs; only a setup token (sk-ant-oat01-…) in it is used here",
    fix: (agent) =>
      `to use a key here: clawdbot models auth paste-token --provider anthropic --agent ${agent}`
  },
  "held back: other credentials": {
    severity: "note",
    what: (name, detail) => `${name} is set (${detail}), and holds a setup token`,
    why: "it belongs to other programs, and is used only where an agent has no other credential"
  },
  "held back: pay-as-you-go": {
    severity: "note",
    what: (name) => `${name} is set, and is not used`,
    why: "it is billed per request, and this agent has a subscription",
    fix: () =>
      "nothing, if that is meant; to use it while the subscription cools down: " +
      "clawdbot config set auth.payAsYouGoFallback true"
  },
  "held back: working folder": {
    severity: "note",
    what: (name, detail) => `${name} is set (${detail}), and is not used`,
    why:
      "the .env of the working folder is used only where nothing else is configured, " +
      "because whoever made that folder may have written it"
  }
}

const finding = (
  id: string,
  severity: Finding["severity"],
  what: string,
  why: string,
  fix: string
): Finding => ({ id, severity, what, why, fix, details: [] })

/**
 * Secrets of an agent that no request can be sent with. Where nothing else is available either,
 * {@link isUnavailable} has said it all, but for what is only worth knowing.
 */
const ofAgent = ({ agent, status }: AgentFacts): ReadonlyArray<Finding> =>
  (status?.auth.explanation.rejected ?? []).flatMap((entry) => {
    const about = judged[entry.reason]
    if (status === undefined || about === undefined) return []
    if (isUnavailable(status) && about.severity !== "note") return []
    const name = nameOf(entry.profile)
    const owner = textIf(!isAmbient(entry.profile), ` of agent ${agent.id}`)
    return [
      finding(
        entry.reason.replace(/[^a-z]+/g, "-"),
        about.severity,
        about.what(`${name}${owner}`, entry.detail ?? ""),
        about.why,
        about.fix?.(agent.id) ?? entry.cure ?? "nothing, if that is meant"
      )
    ]
  })

/** The same thing found for several agents, a variable for instance, is one finding. */
const once = (findings: ReadonlyArray<Finding>): ReadonlyArray<Finding> =>
  findings.filter(({ what }, index) => findings.findIndex((other) => other.what === what) === index)

/** The form that the provider's own secrets of a kind have. */
const usual = {
  api_key: { shape: "an API key", words: "an Anthropic API key (sk-ant-api03-…)" },
  token: { shape: "a setup token", words: "a whole setup token (sk-ant-oat01-…)" }
} as const

/** What is said of a secret whose form is not the provider's. It may be good all the same. */
const ofShape = (
  agent: string,
  profile: string,
  credential: Credential.Credential
): ReadonlyArray<Finding> => {
  if (credential.type === "oauth" || credential.provider !== ProviderId.anthropic) return []
  const shape = shapeOf(clean(Credential.secret(credential)))
  const { shape: expected, words } = usual[credential.type]
  if (shape === expected || shape === "nothing") return []
  const name = nameOf(profile)
  const owner = textIf(!isAmbient(profile), ` of agent ${agent}`)
  const instead = textIf(shape !== "unknown", `: it looks like ${shape}`)
  const probe = `clawdbot models status --probe --agent ${agent}`
  const replace = isAmbient(profile)
    ? `set ${name} again, with the key copied from its source`
    : `to replace it: ${paste(profile, agent)}`
  return [
    {
      ...finding(
        "unusual-secret",
        "warning",
        `${name}${owner} does not look like ${words}${instead}`,
        "the provider will probably refuse it",
        isAmbient(profile) ? replace : `to test it: ${probe} --probe-profile ${shellWord(profile)}`
      ),
      alternatives: listIf(!isAmbient(profile), replace)
    }
  ]
}

/** Secrets of unusual forms, where requests go to the provider itself and no rule excludes them. */
const ofShapes = (
  agents: ReadonlyArray<AgentFacts>,
  config: ConfigSnapshot,
  ambient: ReadonlyArray<AmbientKey.AmbientKey>
): ReadonlyArray<Finding> => {
  if (!isOwnUpstream(config.config, ProviderId.anthropic)) return []
  return agents.flatMap(({ agent, status, store }) => {
    const excluded = new Set(
      (status?.auth.explanation.rejected ?? []).flatMap(({ profile, reason }) =>
        listIf(judged[reason] !== undefined || reason === "disabled by hand", profile)
      )
    )
    const stored = Either.isRight(store) ? [...store.right.document.profiles] : []
    const all = [
      ...stored,
      ...ambient.map(({ credential, profile }) => [profile, credential] as const)
    ]
    return all.flatMap(([profile, credential]) => {
      if (excluded.has(profile)) return []
      return ofShape(agent.id, profile, credential)
    })
  })
}

/** The findings about secrets. */
export const ofSecrets = (
  agents: ReadonlyArray<AgentFacts>,
  config: ConfigSnapshot
): ReadonlyArray<Finding> => {
  const keys = AmbientKey.find(config.config, config.environment, ProviderId.anthropic)
  return [
    ...once([...agents.flatMap(ofAgent), ...ofShapes(agents, config, keys)]),
    ...keys.flatMap(({ notices }) =>
      notices.map((notice) =>
        finding(
          "secret-read-as",
          "note",
          notice,
          "the type of a secret decides how it is sent",
          "nothing, as long as requests succeed"
        )
      )
    )
  ]
}
