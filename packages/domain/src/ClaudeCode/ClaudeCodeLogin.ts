/**
 * Port: the login that Claude Code keeps on this machine (auth.md §7.1, anthropic-protocol.md
 * §2.1). Reading its tokens wants the person's consent (decision D2); `look` only says whether
 * there is one. Layers: file (`@clawdbot/node`), memory (`@clawdbot/testing`).
 */

import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Credential from "../Profile/Credential.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import * as EpochMs from "../Time/EpochMs.ts"

/** Claude Code's login cannot be used as it is. */
export class ClaudeCodeUnreadable extends Schema.TaggedError<ClaudeCodeUnreadable>()(
  "ClaudeCodeUnreadable",
  {
    place: Schema.String,
    reason: Schema.Literal("missing", "no login in it", "not readable")
  }
) {
  override get message() {
    switch (this.reason) {
      case "missing":
        return `no Claude Code login found at ${this.place}`
      case "no login in it":
        return `there is no Claude Code login in ${this.place}`
      case "not readable":
        return `Claude Code's login in ${this.place} cannot be read`
    }
  }
}

/** What can be said without reading any token. */
export interface Seen {
  readonly present: boolean
  readonly place: string
}

export class ClaudeCodeLogin extends Context.Tag("@clawdbot/domain/ClaudeCode/ClaudeCodeLogin")<
  ClaudeCodeLogin,
  {
    readonly look: Effect.Effect<Seen>
    readonly read: Effect.Effect<Credential.OAuth | Credential.Token, ClaudeCodeUnreadable>
  }
>() {}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * The login of a parsed credentials file. `expiresAt` is in epoch ms there. Without a refresh token
 * it is a static token.
 */
export const decode = (value: unknown): Option.Option<Credential.OAuth | Credential.Token> => {
  const login = isRecord(value) ? value.claudeAiOauth : undefined
  if (!isRecord(login)) return Option.none()
  const { accessToken, expiresAt, refreshToken } = login
  if (typeof accessToken !== "string" || accessToken.trim() === "") return Option.none()
  const expires = EpochMs.read(expiresAt)
  if (expires === undefined || expires === 0) return Option.none()
  const common = { provider: ProviderId.anthropic, extra: Credential.noExtra }
  return Option.some(
    typeof refreshToken === "string" && refreshToken.trim() !== ""
      ? {
          type: "oauth",
          access: Redacted.make(accessToken),
          refresh: Redacted.make(refreshToken),
          expires,
          ...common
        }
      : { type: "token", token: Redacted.make(accessToken), expires, ...common }
  )
}
