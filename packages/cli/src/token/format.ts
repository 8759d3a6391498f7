/**
 * A credential in the form another program reads. Pure; the only texts of this program that hold a
 * secret.
 */

import { IssuedToken } from "@clawdbot/domain/Auth/IssuedToken"
import { listIf, listOf } from "@clawdbot/domain/Document/listIf"
import { posixWord } from "@clawdbot/domain/Text/posixWord"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { jsonLines, type Lines } from "../terminal/lines.ts"

/**
 * `raw` the secret alone · `header` the request headers, one a line · `env` the variables that
 * SDKs read, quoted for a shell · `json` everything about it, its end among it.
 */
export const formats = ["raw", "header", "env", "json"] as const

export type Format = (typeof formats)[number]

/** Whether a text names a format. */
export const isFormat = (text: string): text is Format => formats.some((format) => format === text)

/** Whether a form names the version of the secret, for reports. */
export const isNamed = (format: Format): boolean => format === "env" || format === "json"

/** SDKs send the one as `x-api-key` and the other as a bearer. */
const variable = (kind: IssuedToken["kind"]): string => {
  if (kind === "api_key") return "ANTHROPIC_API_KEY"
  return "ANTHROPIC_AUTH_TOKEN"
}

const headers = (issued: IssuedToken): ReadonlyArray<readonly [string, string]> =>
  Object.entries(issued.headers).map(([name, value]) => [name, Redacted.value(value)])

/**
 * The variables that the provider's SDKs and Claude Code read. Where the secret may be sent is one
 * of them, and the beta without which a bearer is refused. The last two are for a report.
 */
const variables = (issued: IssuedToken): ReadonlyArray<readonly [string, string]> => [
  [variable(issued.kind), Redacted.value(issued.token)],
  ["ANTHROPIC_BASE_URL", issued.baseUrl],
  ...headers(issued).flatMap(([name, value]) =>
    listIf(name.startsWith("anthropic-"), [
      "ANTHROPIC_CUSTOM_HEADERS",
      `${name}: ${value}`
    ] as const)
  ),
  ["CLAWDBOT_TOKEN_PROFILE", issued.profile],
  ...listOf(issued.fingerprint, (fingerprint) => [
    ["CLAWDBOT_TOKEN_FINGERPRINT", fingerprint] as const
  ])
]

/** The lines that are printed. */
export const render = (issued: IssuedToken, format: Format): Lines => {
  switch (format) {
    case "raw":
      return Redacted.value(issued.token)
    case "header":
      return headers(issued).map(([name, value]) => `${name}: ${value}`)
    case "env":
      return variables(issued).map(([name, value]) => `${name}=${posixWord(value)}`)
    case "json":
      return jsonLines(Schema.encodeSync(IssuedToken)(issued))
  }
}
