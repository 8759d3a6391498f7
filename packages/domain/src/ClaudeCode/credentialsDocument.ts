/**
 * Claude Code's stored login as a document: its tokens replaced, everything else kept (auth.md
 * §7.4). Pure.
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { OAuth } from "../Profile/Credential.ts"

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * The document with other tokens; none when there is no login in it, because a login is never made
 * up.
 */
export const withTokens = (
  value: unknown,
  credential: OAuth
): Option.Option<Redacted.Redacted<object>> => {
  if (!isRecord(value) || !isRecord(value.claudeAiOauth)) return Option.none()
  return Option.some(
    Redacted.make({
      ...value,
      claudeAiOauth: {
        ...value.claudeAiOauth,
        accessToken: Redacted.value(credential.access),
        refreshToken: Redacted.value(credential.refresh),
        expiresAt: credential.expires
      }
    })
  )
}

/** The text of a document, laid out as the one it replaces: on one line, or with two spaces. */
export const render = (document: Redacted.Redacted<object>, before: string): Redacted.Redacted =>
  Redacted.make(
    before.trimEnd().includes("\n")
      ? `${JSON.stringify(Redacted.value(document), null, 2)}${before.endsWith("\n") ? "\n" : ""}`
      : JSON.stringify(Redacted.value(document))
  )
