/**
 * The command that lets a profile answer that was passed over: one text for reports, errors and the
 * dashboard. Pure; each of them works when it is pasted.
 */

import * as KeyPath from "@clawdbot/json5-edit/KeyPath"
import { listIf } from "../Document/listIf.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import { modeFor } from "../Profile/registration.ts"
import { loginCure } from "../Status/loginCure.ts"
import { shellWord } from "../Text/shellWord.ts"
import type { ExplainedRejection, Explanation } from "./Explanation.ts"

/** The part of an explanation that a cure is made from. */
type Asked = Pick<Explanation, "agent" | "provider" | "candidates">

/**
 * The profiles that take part now, then one more: whichever list leaves it out, an order of the
 * agent puts it in.
 */
const withOneMore = ({ candidates }: Asked, profile: string): string =>
  [...candidates.flatMap((candidate) => listIf(candidate.owner !== "", candidate.profile)), profile]
    .map(shellWord)
    .join(" ")

/** Each of two cures, the one of the second reason first; as one line where both are commands. */
const bothOf = (first: string, second: string): string => {
  if (first.startsWith("clawdbot ")) return `${first} && ${second}`
  return `${first}, then: ${second}`
}

const cureOf = (asked: Asked, rejection: ExplainedRejection): string | undefined => {
  const { also, ...single } = rejection
  const cure = cureOfOne(asked, single)
  if (also === undefined || cure === undefined) return cure
  const other = cureOfOne(asked, { ...single, reason: also })
  if (other === undefined) return cure
  return bothOf(other, cure)
}

const cureOfOne = (asked: Asked, rejection: ExplainedRejection): string | undefined => {
  if (rejection.cure !== undefined) return rejection.cure
  const { kind, profile, reason } = rejection
  const { agent, provider } = asked
  const source = ProfileId.sourceOf(profile)
  const forAgent = `--provider ${shellWord(provider)} --agent ${shellWord(agent)}`
  const store = `clawdbot models auth paste-token ${forAgent}`
  // What is wrong with a stored profile is put right in the store that holds it.
  const owner = rejection.owner ?? agent
  const again = loginCure({ agent: owner, profile, provider })
  const entry = (field: string) =>
    shellWord(KeyPath.renderExact(["auth", "profiles", profile, field]))
  // Its own program signs in and refreshes it.
  if (ProfileId.isOfSdk(profile) && (reason === "expired" || reason === "no secret"))
    return `let the program that keeps it sign in again, or store a credential: ${store}`
  switch (reason) {
    case "cannot be sent":
      if (source !== undefined) return `set ${source} again, with the key copied from its source`
      return `copy it again from its source, then: ${again}`
    case "a placeholder":
      return (
        `set ${source ?? profile} to the key itself, or: clawdbot onboard ` +
        `--agent ${shellWord(agent)}`
      )
    case "a token of this gateway":
      if (source === undefined)
        return `clawdbot models auth logout ${shellWord(profile)} --agent ${shellWord(owner)}`
      return `unset ${source} there: it holds a token for clients of the gateway`
    case "held back: working folder":
      return `if it is yours, store it: ${store}`
    case "for another address":
      return `store a credential for the address in use: ${store}`
    case "held back: other credentials":
      return `to use it as well, store it: ${store}`
    case "expired":
    case "no secret":
    case "not in the store":
      return again
    case "disabled by hand":
      return `clawdbot models auth enable ${shellWord(profile)} --agent ${shellWord(owner)}`
    case "not in the order":
      return `clawdbot models auth order set ${forAgent} ${withOneMore(asked, profile)}`
    case "held back: pay-as-you-go":
      return "clawdbot config set auth.payAsYouGoFallback true"
    case "config names another provider":
      return `clawdbot config set ${entry("provider")} ${shellWord(provider)}`
    case "config names another kind":
      if (kind === undefined) return undefined
      return `clawdbot config set ${entry("mode")} ${modeFor(profile, kind)}`
    // What a login needs is known where its end is found.
    case "login ended":
    case "superseded":
    case "unclear":
    case "refresh failed":
      return undefined
    // It has nothing to do with the request.
    case "another provider":
    case "not a setup token":
      return undefined
  }
}

/** The same explanation with the cure of each profile that was passed over, where there is one. */
export const withCures = (explanation: Explanation): Explanation => ({
  ...explanation,
  rejected: explanation.rejected.map((rejection) => {
    const cure = cureOf(explanation, rejection)
    if (cure === undefined) return rejection
    return { ...rejection, cure }
  })
})
