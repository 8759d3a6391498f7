/** Commands as they are shown: they have to work when they are pasted (docs/formats.md). */

/** A text with the switch `--profile NAME` put into every command of this program that it shows. */
export const withProfile = (text: string, profile: string | undefined): string => {
  if (profile === undefined) return text
  return text.replace(/\bclawdbot (?=[a-z])/g, `clawdbot --profile ${profile} `)
}

import { listOf } from "@clawdbot/domain/Document/listIf"
import { shellWord } from "@clawdbot/domain/Text/shellWord"

export { shellWord }

/**
 * `clawdbot models auth logout PROFILE`, for an agent that was named. `flag` is without its dashes.
 */
export const logoutCommand = (
  profile: string,
  agent: string | undefined,
  flag?: "undo" | "purge"
): string =>
  [
    `clawdbot models auth logout ${shellWord(profile)}`,
    ...listOf(flag, (flag) => [`--${flag}`]),
    ...listOf(agent, (agent) => [`--agent ${shellWord(agent)}`])
  ].join(" ")
