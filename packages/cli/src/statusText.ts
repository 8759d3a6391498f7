/** The status report for people. Total, pure, width-aware; says everything without colour. */
import { type Paths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import * as Duration from "@clawdbot/domain/Status/duration"
import type { ProfileExpiry, StatusDocument } from "@clawdbot/domain/Status/StatusDocument"
import { shellWord, withProfile } from "./shownCommand.ts"
import { cure } from "./statusCures.ts"

/** What the rendering depends on. */
export interface StatusView {
  readonly paths: Pick<Paths, "home" | "profileName">
  /** Epoch ms. */
  readonly now: number
  readonly width: number
  readonly color: boolean
}

type Paint = (text: string) => string

const paints = (color: boolean) => {
  const paint =
    (code: number): Paint =>
    (text) =>
      color ? `\u001b[${code}m${text}\u001b[0m` : text
  return { good: paint(32), warn: paint(33), bad: paint(31), dim: paint(2), bold: paint(1) }
}

const list = (items: ReadonlyArray<string>): string => (items.length === 0 ? "-" : items.join(", "))

const row = (name: string, value: string): string => `${name.padEnd(16)}: ${value}`

/** How many columns a text takes: colours take none. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what a colour begins with
const columns = (text: string): number => text.replace(/\u001b\[\d+m/g, "").length

/** Breaks a line at spaces (never a command: it has to stay pastable); what follows is indented further than the line itself. */
const wrap = (line: string, width: number): string => {
  const lead = /^ */.exec(line)?.[0] ?? ""
  const lines: Array<string> = []
  let current = lead
  for (const word of line.trim().split(" ")) {
    const next = current.trim() === "" ? `${current}${word}` : `${current} ${word}`
    if (columns(next) > width && current.trim() !== "") {
      lines.push(current.trimEnd())
      current = `${lead}    ${word}`
    } else current = next
  }
  return [...lines, current].join("\n")
}

const expiryText = (profile: ProfileExpiry): string => {
  const remaining = profile.remainingMs === undefined ? "" : ` (expires in ${Duration.short(profile.remainingMs)})`
  const renews = profile.refreshable ? ", renews itself" : ""
  switch (profile.status) {
    case "static":
      return "does not expire"
    case "missing":
      return `expiry unknown${renews}`
    case "ok":
    case "expiring":
    case "expired":
      return `${profile.status}${remaining}${renews}`
  }
}

const bar = (used: number): string => {
  const cells = Math.max(0, Math.min(10, Math.round(used * 10)))
  return `[${"#".repeat(cells)}${".".repeat(10 - cells)}] ${Math.round(used * 100)} %`
}

const profileLines = (document: StatusDocument, view: StatusView): ReadonlyArray<string> => {
  const { bad, dim, good, warn } = paints(view.color)
  const { auth } = document
  const { candidates, chosen, rejected } = auth.explanation
  const labels = new Map(
    auth.providers.flatMap((provider) =>
      provider.profiles.labels.map(
        (label) => [label.slice(0, label.indexOf("=")), label.slice(label.indexOf("=") + 1)] as const
      )
    )
  )
  const expiries = new Map(auth.oauth.profiles.map((profile) => [profile.profileId, profile]))
  const lines: Array<string> = []
  for (const candidate of candidates) {
    const isNext = candidate.profile === chosen
    const state = isNext ? good("answers next") : candidate.state === "ready" ? "ready" : warn(candidate.state)
    const expiry = expiries.get(candidate.profile)
    const label = labels.get(candidate.profile)?.replace(/ \[.*\]$/, "") ?? candidate.kind
    lines.push(
      `  ${isNext ? "*" : " "} ${candidate.profile}  ${dim(label)}  ${state}${expiry === undefined ? "" : `  ${expiryText(expiry)}`}`
    )
    for (const obstacle of candidate.obstacles) {
      lines.push(
        `      rests for ${Duration.short(obstacle.until - view.now)}: ${obstacle.class} (${obstacle.scope}, ${obstacle.source})`
      )
    }
    for (const window of auth.windows.filter(
      (entry) => entry.profileId === candidate.profile && entry.class === "usage"
    )) {
      if (window.utilization !== undefined) {
        lines.push(
          `      ${window.scope.padEnd(14)} ${bar(window.utilization)}  resets in ${Duration.short(window.remainingMs)}`
        )
      }
    }
  }
  for (const entry of rejected) {
    if (entry.reason === "another provider") continue
    const detail = entry.detail === undefined ? "" : ` (${entry.detail})`
    lines.push(`    ${entry.profile}  ${bad(`not used: ${entry.reason}${detail}`)}`)
    const fix = cure(document, entry)
    if (fix !== undefined) lines.push(`      fix: ${withProfile(fix, view.paths.profileName)}`)
  }
  return lines
}

/** Who answers next, and why; or when somebody will. */
const next = ({ auth: { explanation } }: StatusDocument, view: StatusView): string => {
  const { candidates, chosen, model, nextAt, rejected } = explanation
  const answering = candidates.find(({ profile }) => profile === chosen)
  const what = model === undefined ? "" : ` for ${model}`
  if (answering !== undefined) {
    const why = candidates.length === 1 ? "the only one that can" : answering.place
    const resting = candidates.filter(({ state }) => state === "cooling").length
    return `${answering.profile}${what} (${why}${resting === 0 ? "" : `; ${resting} of ${candidates.length} rest`})`
  }
  if (nextAt !== undefined)
    return `nobody${what}: all rest, the first comes back in ${Duration.short(nextAt - view.now)}`
  return rejected.length > 0 ? `nobody${what}: no credential can be used` : `nobody${what}: there is no credential yet`
}

const providerLines = (document: StatusDocument): ReadonlyArray<string> =>
  document.auth.providers.map((provider) => {
    const { apiKey, count, labels, oauth, token } = provider.profiles
    const parts = [
      provider.effective.kind === "missing"
        ? `${provider.provider} has nothing that can be used`
        : `${provider.provider} uses ${provider.effective.kind}:${provider.effective.detail}`,
      `profiles=${count} (oauth=${oauth}, token=${token}, api_key=${apiKey})`,
      ...(labels.length > 0 ? [labels.join(", ")] : []),
      ...(provider.env === undefined ? [] : [`${provider.env.source} = ${provider.env.value}`]),
      ...(provider.modelsJson === undefined ? [] : [`config key = ${provider.modelsJson.value}`])
    ]
    return `- ${parts.join(" | ")}`
  })

/** A provider that models want and nobody answers for, with the ways out. */
const missing = (document: StatusDocument, provider: string, view: StatusView): ReadonlyArray<string> => {
  const forAgent = `--agent ${shellWord(document.agent)}`
  const paste = `clawdbot models auth paste-token --provider ${shellWord(provider)} ${forAgent}`
  const ways =
    provider === "anthropic"
      ? [`fix: clawdbot onboard ${forAgent}`, `or: run claude setup-token, then: ${paste}`]
      : [`fix: ${paste}`]
  return [
    `- ${provider}: there is no credential`,
    ...ways.map((way) => `      ${withProfile(way, view.paths.profileName)}`)
  ]
}

/** The report. */
export const renderStatus = (document: StatusDocument, view: StatusView): string => {
  const { bold, warn } = paints(view.color)
  const { auth } = document
  const short = (path: string) => shorten(view.paths, path)
  const aliases = Object.entries(document.aliases).map(([alias, ref]) => `${alias} -> ${ref}`)
  const from = document.defaultModel === document.resolvedDefault ? "" : ` (from ${document.defaultModel})`
  const shell = auth.shellEnvFallback.enabled ? `on (applied: ${list(auth.shellEnvFallback.appliedKeys)})` : "off"
  const profiles = profileLines(document, view)
  const lines = [
    row("Config", short(document.configPath)),
    row("Agent", `${document.agent} (${short(document.agentDir)})`),
    row("Default", `${document.resolvedDefault}${from}`),
    row("Answers next", next(document, view)),
    row(`Fallbacks (${document.fallbacks.length})`, list(document.fallbacks)),
    row("Image model", document.imageModel ?? "-"),
    row(`Image fallbacks (${document.imageFallbacks.length})`, list(document.imageFallbacks)),
    row(`Aliases (${aliases.length})`, list(aliases)),
    row(`Models (${document.allowed.length})`, document.allowed.length === 0 ? "all" : document.allowed.join(", ")),
    row("Auth store", short(auth.storePath)),
    row("Shell env", shell),
    ...(auth.providers.length > 0 ? ["", bold("Credentials"), ...providerLines(document)] : []),
    ...(profiles.length > 0 ? ["", bold("Order now"), ...profiles] : []),
    ...(auth.missingProvidersInUse.length > 0
      ? [
          "",
          warn("Missing auth"),
          ...auth.missingProvidersInUse.flatMap((provider) => missing(document, provider, view))
        ]
      : [])
  ]
  return lines.map((line) => (/^ *(fix|or): /.test(line) ? line : wrap(line, Math.max(40, view.width)))).join("\n")
}
