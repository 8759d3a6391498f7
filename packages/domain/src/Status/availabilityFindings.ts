/**
 * The first thing that `clawdbot doctor` says: an agent's requests fail, because no credential is
 * available, and why (decision D41). Pure.
 */
import { rejectionText } from "../Auth/explanationWords.ts"
import { ifDefined } from "../Document/defined.ts"
import { listIf, listOf } from "../Document/listIf.ts"
import * as FailureClass from "../Health/FailureClass.ts"
import * as Window from "../Health/Window.ts"
import { shellWord } from "../Text/shellWord.ts"
import { textIf, textOf } from "../Text/textIf.ts"
import type { AgentFacts, Facts } from "./DoctorFacts.ts"
import * as Duration from "./duration.ts"
import { allowExtraUsage } from "./extraUsageFindings.ts"
import type { Finding } from "./Finding.ts"
import type { StatusDocument } from "./StatusDocument.ts"

type Explanation = StatusDocument["auth"]["explanation"]
type Candidate = Explanation["candidates"][number]

/** How long each profile still cools down, in ms, as the report has worked it out. */
const remaining = ({ auth }: StatusDocument): ReadonlyMap<string, number> =>
  new Map(
    auth.unusableProfiles.map(({ profileId, remainingMs }): readonly [string, number] => [
      profileId,
      remainingMs
    ])
  )

const isWithoutExtraUsage = ({ obstacles }: Candidate): boolean =>
  obstacles.some(({ source }) => source === "extra-usage")

const moneyIsOut = ({ obstacles }: Candidate): boolean =>
  obstacles.some((obstacle) => FailureClass.isMoney(obstacle.class))

/** Why it cools down; where the config is the reason, that is said. */
const obstacleWords = (obstacle: Candidate["obstacles"][number]): string => {
  if (obstacle.source === "extra-usage") return Window.wordsOf(obstacle.source)
  return FailureClass.wordsOf(obstacle.class)
}

/** What is in the way of each profile that the agent has, a line each. */
const reasons = (status: StatusDocument): ReadonlyArray<string> => {
  const left = remaining(status)
  const { candidates, rejected } = status.auth.explanation
  return [
    ...candidates.map(({ obstacles, profile }) => {
      const why = [...new Set(obstacles.map(obstacleWords))].join(", ")
      const time = textOf(left.get(profile), (ms) => `, ${Duration.exact(ms)} left`)
      return `${profile}: cooling down${time}${textIf(why !== "", ` (${why})`)}`
    }),
    ...rejected.map((entry) => {
      const known = status.auth.oauth.profiles.find((one) => one.profileId === entry.profile)
      const expired = ifDefined(known?.remainingMs, (ms) => -ms)
      return `${entry.profile}: ${rejectionText(entry, expired)}`
    })
  ]
}

/** So many cures of one sort are worth reading. */
const maxCures = 3

/** So many reasons fit on a screen, with what can be done about them. */
const maxReasons = 8

const shortened = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (lines.length <= maxReasons) return lines
  const left = lines.length - maxReasons
  return [...lines.slice(0, maxReasons), `and ${left} more: clawdbot models auth explain`]
}

/** What a person can do about it, the cheapest that helps at once first. */
const cures = (status: StatusDocument, facts: Facts): ReadonlyArray<string> => {
  const { candidates, rejected } = status.auth.explanation
  const flag = textIf(status.agent !== facts.defaultAgent, ` --agent ${shellWord(status.agent)}`)
  const clear = (profile: string) => `clawdbot models auth clear ${shellWord(profile)}${flag}`
  const ofRejected = rejected.flatMap((entry) =>
    listIf(entry.reason !== "held back: pay-as-you-go", entry).flatMap((entry) =>
      listOf(entry.cure, (cure) => [cure])
    )
  )
  return [
    ...listIf(facts.profileIdRepair !== undefined, "clawdbot doctor --fix --yes"),
    ...ofRejected.slice(0, maxCures),
    ...candidates
      .filter(moneyIsOut)
      .slice(0, maxCures)
      .map(({ profile }) => `top up the account's credits, then: ${clear(profile)}`),
    ...listIf(
      rejected.some(({ reason }) => reason === "held back: pay-as-you-go"),
      "to use the API key meanwhile (billed per request): " +
        "clawdbot config set auth.payAsYouGoFallback true"
    ),
    ...listIf(
      candidates.some(isWithoutExtraUsage),
      `to go on as extra usage (billed beside the plan): ${allowExtraUsage}`
    ),
    ...candidates
      .filter((candidate) => !moneyIsOut(candidate) && !isWithoutExtraUsage(candidate))
      .slice(0, 1)
      .map(({ profile }) => `to end the cooldown now: ${clear(profile)}`),
    `to add another credential: clawdbot onboard${flag}`
  ]
}

/** When requests succeed again without anybody's doing. */
const outlook = (status: StatusDocument): string => {
  const times = [...remaining(status).values()]
  if (times.length === 0 || status.auth.explanation.candidates.length === 0)
    return "its requests fail until one of them can be used again"
  return (
    "its requests fail, apart from single ones that test a cooldown; the first credential is " +
    `available again in ${Duration.exact(Math.min(...times))}`
  )
}

/** Whether an agent has credentials, none of which can be used now. */
export const isUnavailable = ({ auth }: StatusDocument): boolean => {
  const { candidates, chosen, rejected } = auth.explanation
  const own = rejected.filter(({ reason }) => reason !== "another provider")
  return chosen === undefined && candidates.length + own.length > 0
}

/** An agent whose requests fail now. */
const ofAgent = (facts: Facts, { agent, status }: AgentFacts): ReadonlyArray<Finding> => {
  if (status === undefined || !isUnavailable(status)) return []
  const [fix = "clawdbot onboard", ...alternatives] = cures(status, facts)
  return [
    {
      id: "no-credential-available",
      severity: "problem",
      what:
        `no credential is available for agent ${agent.id} now ` +
        `(provider ${status.auth.explanation.provider})`,
      why: outlook(status),
      fix,
      alternatives,
      details: shortened(reasons(status))
    }
  ]
}

/** The agents whose requests fail now. */
export const ofAvailability = (facts: Facts): ReadonlyArray<Finding> =>
  facts.agents.flatMap((agent) => ofAgent(facts, agent))
