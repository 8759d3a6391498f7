/**
 * A credential in the form another program reads. Pure; the only texts of this program that hold a
 * secret.
 */

import * as AuthHeaders from "@clawdbot/domain/Anthropic/AuthHeaders"
import type { IssuedToken } from "@clawdbot/domain/Auth/IssuedToken"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { listIf } from "@clawdbot/domain/Document/listIf"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import * as Redacted from "effect/Redacted"
import { jsonLines, type Lines } from "../terminal/lines.ts"

/**
 * `raw` the secret alone · `header` the request headers, one a line · `env` a variable that SDKs
 * read · `json` with its end.
 */
export const formats = ["raw", "header", "env", "json"] as const

export type Format = (typeof formats)[number]

/** Whether a text names a format. */
export const isFormat = (text: string): text is Format => formats.some((format) => format === text)

/** SDKs send the one as `x-api-key` and the other as a bearer. */
const variable = (kind: IssuedToken["kind"]): string => {
  if (kind === "api_key") return "ANTHROPIC_API_KEY"
  return "ANTHROPIC_AUTH_TOKEN"
}

const headers = (handed: IssuedToken): ReadonlyArray<readonly [string, string]> => [
  Redacted.value(AuthHeaders.authorization({ kind: handed.kind, secret: handed.token })),
  // A bearer is refused without it; a key needs none.
  ...listIf(handed.kind !== "api_key", [
    "anthropic-beta",
    AuthHeaders.betas(handed.kind, [])
  ] as const)
]

const document = (handed: IssuedToken) => {
  const { agent, expiresAt, kind, profile, provider } = handed
  return {
    version: 1,
    agent,
    profile,
    provider,
    kind,
    token: Redacted.value(handed.token).trim(),
    headers: Object.fromEntries(headers(handed)),
    // Absent where nobody knows of an end: then it is for whoever reads this to ask again now and
    // then.
    expiresAt,
    expiration: ifDefined(expiresAt, EpochMs.toIso)
  }
}

/** The lines that are printed. */
export const render = (handed: IssuedToken, format: Format): Lines => {
  switch (format) {
    case "raw":
      return Redacted.value(handed.token).trim()
    case "header":
      return headers(handed).map(([name, value]) => `${name}: ${value}`)
    case "env":
      return `${variable(handed.kind)}=${Redacted.value(handed.token).trim()}`
    case "json":
      return jsonLines(document(handed))
  }
}
