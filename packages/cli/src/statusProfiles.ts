/**
 * The profiles of a status report: who answers next, what each may still do, what is wrong and
 * which command cures it. Pure.
 */

import { rejectionText } from "@clawdbot/domain/Auth/explanationWords"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { listIf, listOf } from "@clawdbot/domain/Document/listIf"
import { isExtraUsage } from "@clawdbot/domain/Health/extraUsage"
import * as Scope from "@clawdbot/domain/Health/Scope"
import type { ProfileExpiry } from "@clawdbot/domain/Status/AuthStatus"
import * as Duration from "@clawdbot/domain/Status/duration"
import type { StatusDocument } from "@clawdbot/domain/Status/StatusDocument"
import { textIf, textOf } from "@clawdbot/domain/Text/textIf"
import { kinds, obstacleLines, standing } from "./explanationText.ts"
import { forecastLines } from "./forecastText.ts"
import { bar } from "./statusWords.ts"
import type { Paints } from "./terminal/lines.ts"

type Explanation = StatusDocument["auth"]["explanation"]
export type Candidate = Explanation["candidates"][number]
export type Rejection = Explanation["rejected"][number]

/**
 * What a profile is, with its secret masked: `API key sk-ant-a...1234`, `login (me@example.org)`.
 */
export const identities = ({ auth }: StatusDocument): ReadonlyMap<string, string> => {
  const stored = new Map(auth.oauth.profiles.map(({ profileId, type }) => [profileId, kinds[type]]))
  return new Map(
    auth.providers.flatMap(({ env, modelsJson, profiles, provider }) => [
      ...profiles.labels.map((label): readonly [string, string] => {
        const at = label.indexOf("=")
        const profile = label.slice(0, at)
        const shown = label
          .slice(at + 1)
          .replace(/ \[[^\]]*\]$/, "")
          .replace(/^(token:|OAuth ?)/, "")
        return [profile, [stored.get(profile) ?? "", shown].filter((part) => part !== "").join(" ")]
      }),
      ...listOf(env, (env) => [
        [env.source.replace(/^(shell )?env: /, "env:"), env.value] as const
      ]),
      ...listOf(modelsJson, (modelsJson) => [
        [`config:models.providers.${provider}.apiKey`, modelsJson.value] as const
      ])
    ])
  )
}

/** When a profile ends and what happens then; undefined where it never does. */
export const expiryText = (
  { refreshable, remainingMs, status }: ProfileExpiry,
  { bad, warn }: Paints
): string | undefined => {
  const ago = textOf(remainingMs, (ms) => ` ${Duration.exact(-ms)} ago`)
  const renews = textIf(refreshable, ", refreshes automatically")
  switch (status) {
    case "static":
      return undefined
    case "missing":
      return `expiry unknown${renews}`
    case "expired":
      if (refreshable) return `expired${ago}${renews}`
      return bad(`expired${ago}`)
    case "ok":
    case "expiring": {
      const text = remainingMs === undefined ? status : `expires in ${Duration.exact(remainingMs)}`
      if (status === "expiring" && !refreshable) return warn(text)
      return `${text}${renews}`
    }
  }
}

/** The lines of a profile that could answer. `now` is epoch ms. */
const candidateLines = (
  document: StatusDocument,
  candidate: Candidate,
  now: number,
  paint: Paints
) => {
  const { auth } = document
  const { kind, profile } = candidate
  const isNext = profile === auth.explanation.chosen
  const stands = standing(auth.explanation, candidate, now, paint)
  const identity = identities(document).get(profile) ?? kinds[kind]
  const expiry = auth.oauth.profiles.find((known) => known.profileId === profile)
  const ends = ifDefined(expiry, (expiry) => expiryText(expiry, paint))
  const quotas = auth.windows.filter(
    (window) =>
      window.profileId === profile && window.class === "usage" && window.utilization !== undefined
  )
  const widest = Math.max(0, ...quotas.map(({ scope }) => Scope.wordsOf(scope).length))
  return [
    `  ${isNext ? "*" : " "} ${paint.bold(profile)}  ${identity}  ` +
      `${stands}${textOf(ends, (ends) => `, ${ends}`)}`,
    ...quotas.map(
      (quota) =>
        `      ${Scope.wordsOf(quota.scope).padEnd(widest)}  ` +
        `${bar(quota.utilization ?? 0, paint)}  resets in ${Duration.exact(quota.remainingMs)}` +
        textIf(isExtraUsage(quota), `; ${paint.warn("extra usage, billed beside the plan")}`)
    ),
    ...forecastLines(auth.windows, profile, now).map((line) => `      ${line}`),
    ...obstacleLines(candidate, now).map((line) => `      ${line}`)
  ]
}

/** A profile that no request gets, what it is (where that is to be said), and what cures it. */
export const rejectionLines = (
  document: StatusDocument,
  entry: Rejection,
  identity: string | undefined,
  paint: Paints
): ReadonlyArray<string> => {
  const known = document.auth.oauth.profiles.find(({ profileId }) => profileId === entry.profile)
  const expired = ifDefined(known?.remainingMs, (ms) => -ms)
  return [
    `  x ${paint.bold(entry.profile)}${textOf(identity, (identity) => `  ${identity}`)}  ` +
      paint.bad(rejectionText(entry, expired)),
    ...listOf(entry.cure, (cure) => [`      fix: ${cure}`])
  ]
}

/** The profiles in the order they are tried, then those that are passed over. `now` is epoch ms. */
export const profileLines = (
  document: StatusDocument,
  now: number,
  paint: Paints
): ReadonlyArray<string> => {
  const { candidates, provider, rejected } = document.auth.explanation
  const passed = rejected.filter(({ reason }) => reason !== "another provider")
  const known = identities(document)
  const tried = candidates.flatMap((candidate) => candidateLines(document, candidate, now, paint))
  return [
    ...listIf(
      tried.length > 0,
      "",
      paint.bold(`Profiles of ${provider}, in the order they are tried`),
      ...tried
    ),
    ...listIf(
      passed.length > 0,
      "",
      paint.bold("Not eligible"),
      ...passed.flatMap((entry) => rejectionLines(document, entry, known.get(entry.profile), paint))
    )
  ]
}

/** What is there for other providers, which this program keeps and does not use. */
export const otherProviders = (document: StatusDocument, paint: Paints): ReadonlyArray<string> => {
  const { explanation, providers } = document.auth
  const known = identities(document)
  const lines = providers
    .filter(({ provider }) => provider !== explanation.provider)
    .flatMap(({ env, modelsJson, profiles, provider }) => [
      ...profiles.labels.map((label) => {
        const profile = label.slice(0, label.indexOf("="))
        return `    ${profile}  ${known.get(profile) ?? ""}`
      }),
      ...listOf(env, (env) => [`    ${env.source}  ${env.value}`]),
      ...listOf(modelsJson, (modelsJson) => [
        `    models.providers.${provider}.apiKey  ${modelsJson.value}`
      ])
    ])
  if (lines.length === 0) return []
  return ["", paint.bold("Other providers"), ...lines]
}
