/** The status report for people. Total, pure, width-aware; says everything without colour. */

import { type Paths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import { countWords, credentialCounts } from "@clawdbot/domain/Status/credentialCounts"
import type { StatusDocument } from "@clawdbot/domain/Status/StatusDocument"
import { textIf } from "@clawdbot/domain/Text/textIf"
import { dotEnvText } from "./dotEnvText.ts"
import { nextWords } from "./explanationText.ts"
import { shellWord, withProfile } from "./shownCommand.ts"
import { otherProviders, profileLines } from "./statusProfiles.ts"
import { profileSummary } from "./statusSummary.ts"
import { paints } from "./terminal/lines.ts"
import { wrap } from "./terminal/wrap.ts"

/** What the rendering depends on. */
export interface StatusView {
  readonly paths: Pick<Paths, "home" | "profileName">
  /** Epoch ms. */
  readonly now: number
  readonly width: number
  readonly color: boolean
  /** Every profile with all that is known of it, instead of what fits a screen. */
  readonly verbose: boolean
}

const list = (items: ReadonlyArray<string>): string => {
  if (items.length === 0) return "-"
  return items.join(", ")
}

const row = (name: string, value: string): string => `${name.padEnd(16)}: ${value}`

/** Commands are shown whole, whatever the width: they are there to be pasted. */
const isCommand = (line: string): boolean =>
  /^ *(fix|or|and \d+ more|to end the cooldown now): /.test(line)

/** A provider that models need and that has no credential, with the cures. */
const missing = (document: StatusDocument, provider: string): ReadonlyArray<string> => {
  const forAgent = `--agent ${shellWord(document.agent)}`
  const paste = `clawdbot models auth paste-token --provider ${shellWord(provider)} ${forAgent}`
  const ways =
    provider === "anthropic"
      ? [`fix: clawdbot onboard ${forAgent}`, `or: run claude setup-token, then: ${paste}`]
      : [`fix: ${paste}`]
  return [`- No credentials for ${provider}`, ...ways.map((way) => `      ${way}`)]
}

/** The report. */
export const renderStatus = (document: StatusDocument, view: StatusView): ReadonlyArray<string> => {
  const paint = paints(view.color)
  const { auth } = document
  const short = (path: string) => shorten(view.paths, path)
  const aliases = Object.entries(document.aliases).map(([alias, ref]) => `${alias} -> ${ref}`)
  const from = textIf(
    document.defaultModel !== document.resolvedDefault,
    ` (from ${document.defaultModel})`
  )
  const some = (name: string, items: ReadonlyArray<string>) => {
    if (items.length === 0) return []
    return [row(name, items.join(", "))]
  }
  const lines = [
    row("Next credential", nextWords(auth.explanation, view.now, paint)),
    row("Credentials", countWords(credentialCounts(auth.explanation))),
    row("Default model", `${document.resolvedDefault}${from}`),
    ...some("Fallbacks", document.fallbacks),
    ...some("Image model", document.imageModel === null ? [] : [document.imageModel]),
    ...some("Image fallbacks", document.imageFallbacks),
    ...some("Aliases", aliases),
    ...some("Models", document.allowed),
    row("Agent", `${document.agent} (${short(document.agentDir)})`),
    row("Config", short(document.configPath)),
    row("Auth store", short(auth.storePath)),
    ...auth.dotEnv.map((file) => row("Variables from", dotEnvText(view.paths, file))),
    ...(auth.shellEnvFallback.enabled
      ? [row("Login shell", `gives ${list(auth.shellEnvFallback.appliedKeys)}`)]
      : []),
    ...(view.verbose
      ? [...profileLines(document, view.now, paint), ...otherProviders(document, paint)]
      : profileSummary(document, view.now, paint)),
    ...(auth.missingProvidersInUse.length > 0
      ? [
          "",
          paint.warn("Missing credentials"),
          ...auth.missingProvidersInUse.flatMap((provider) => missing(document, provider))
        ]
      : [])
  ]
  return lines.flatMap((line) => {
    if (isCommand(line)) return [withProfile(line, view.paths.profileName)]
    return wrap(line, Math.max(40, view.width))
  })
}
