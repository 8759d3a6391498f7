/**
 * Port: the login that Claude Code keeps on this machine (docs/provider.md
 * §2.1). Reading its tokens wants the person's consent (decision D2); `look` only says whether
 * there is one. Layers: file (`@clawdbot/node`), memory (`@clawdbot/testing`).
 */

import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { taggedError } from "../Document/taggedError.ts"
import type * as Credential from "../Profile/Credential.ts"
import { LoginProblem } from "./credentialsDocument.ts"

/** Claude Code's login cannot be used as it is. */
export class ClaudeCodeUnreadable extends taggedError<ClaudeCodeUnreadable>()(
  "ClaudeCodeUnreadable",
  () => ({
    place: Schema.String,
    reason: Schema.Union(Schema.Literal("missing", "not readable"), LoginProblem)
  })
) {
  override get message() {
    switch (this.reason) {
      case "missing":
        return `no Claude Code login found at ${this.place}`
      case "no login in it":
        return `there is no Claude Code login in ${this.place}`
      case "not readable":
        return `Claude Code's login in ${this.place} cannot be read`
      case "not JSON":
        return `Claude Code's login in ${this.place} cannot be read: the file does not hold JSON`
      case "no access token":
      case "an access token that cannot be sent":
      case "no usable expiresAt":
        return (
          `Claude Code's login in ${this.place} cannot be used: claudeAiOauth has ` +
          `${this.reason}`
        )
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
