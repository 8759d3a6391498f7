/**
 * The command that lets a profile answer that cannot. Pure; each of them works when it is pasted.
 */

import * as KeyPath from "@clawdbot/json5-edit/KeyPath"
import { listIf } from "../Document/listIf.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import { shellWord } from "../Text/shellWord.ts"
import type { StatusDocument } from "./StatusDocument.ts"

type Rejection = StatusDocument["auth"]["explanation"]["rejected"][number]

/**
 * The profiles that take part now, then one more: whichever list leaves it out, an order of the
 * agent puts it in.
 */
const withOneMore = ({ auth: { explanation } }: StatusDocument, profile: string): string =>
  [
    ...explanation.candidates.flatMap((candidate) =>
      listIf(candidate.owner !== "", candidate.profile)
    ),
    profile
  ]
    .map(shellWord)
    .join(" ")

/** The variable, or the key of the config, behind a pseudo-profile; undefined for a stored one. */
const ambientName = (profile: string): string | undefined =>
  /^(?:env|config):(.+)$/.exec(profile)?.[1]

/** The cure for a profile that was passed over, for the agent of the report. */
export const rejectionCure = (
  document: StatusDocument,
  { cure: known, profile, reason }: Rejection
): string | undefined => {
  if (known !== undefined) return known
  const { agent } = document
  const { provider } = document.auth.explanation
  const forAgent = `--provider ${shellWord(provider)} --agent ${shellWord(agent)}`
  const paste = `clawdbot models auth paste-token ${forAgent} --profile-id ${shellWord(profile)}`
  const entry = (field: string) => shellWord(KeyPath.render(["auth", "profiles", profile, field]))
  const stored = document.auth.oauth.profiles.find((known) => known.profileId === profile)
  switch (reason) {
    case "cannot be sent":
      if (ambientName(profile) !== undefined)
        return `set ${ambientName(profile)} again, with the key copied from its source`
      return paste
    case "a placeholder":
      return (
        `set ${ambientName(profile) ?? profile} to the key itself, or: clawdbot onboard ` +
        `--agent ${shellWord(agent)}`
      )
    case "a token of this gateway":
      if (ambientName(profile) === undefined)
        return `clawdbot models auth logout ${shellWord(profile)} --agent ${shellWord(agent)}`
      return `unset ${ambientName(profile)} there: it holds a token for clients of the gateway`
    case "not a setup token":
      return undefined
    case "held back: working folder":
      return `if it is yours, store it: clawdbot models auth paste-token ${forAgent}`
    case "held back: other credentials":
      return `to use it as well, store it: clawdbot models auth paste-token ${forAgent}`
    case "expired":
    case "no secret":
    case "not in the store":
    case "refresh failed":
      if (profile === ProfileId.claudeCode)
        return `clawdbot onboard --auth-choice claude-cli --agent ${shellWord(agent)}`
      return paste
    case "disabled by hand":
      return `clawdbot models auth enable ${shellWord(profile)} --agent ${shellWord(agent)}`
    case "not in the order":
      return `clawdbot models auth order set ${forAgent} ${withOneMore(document, profile)}`
    case "held back: pay-as-you-go":
      return "clawdbot config set auth.payAsYouGoFallback true"
    case "config names another provider":
      return `clawdbot config set ${entry("provider")} ${shellWord(provider)}`
    case "config names another kind":
      if (stored === undefined) return undefined
      return `clawdbot config set ${entry("mode")} ${stored.type}`
    // What these need is known where they are found.
    case "login ended":
    case "superseded":
    case "unclear":
    case "another provider":
      return undefined
  }
}
