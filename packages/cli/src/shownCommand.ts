/** Commands as they are shown: they have to work when they are pasted (config-and-cli.md §1). */

/** A text with the switch `--profile NAME` put into every command of this program that it shows. */
export const withProfile = (text: string, profile: string | undefined): string =>
  profile === undefined
    ? text
    : text.replace(/\bclawdbot (?=[a-z])/g, `clawdbot --profile ${profile} `)

export { shellWord } from "@clawdbot/domain/Text/shellWord"
