/**
 * Claude Code's stored login as a document: its tokens replaced, everything else kept (auth.md
 * §7.4). Pure.
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { isObject } from "../Config/JsonValue.ts"
import * as JsonText from "../Document/JsonText.ts"
import type { OAuth } from "../Profile/Credential.ts"

/**
 * The document with other tokens; none when there is no login in it, because a login is never made
 * up.
 */
export const withTokens = (
  value: unknown,
  credential: OAuth
): Option.Option<Redacted.Redacted<object>> => {
  if (!isObject(value) || !isObject(value.claudeAiOauth)) return Option.none()
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

/** The text of a document that replaces `before`, in its layout: what is not changed keeps its bytes. */
export const render = (document: Redacted.Redacted<object>, before: string): Redacted.Redacted =>
  Redacted.make(JsonText.change(before, Redacted.value(document)))
