/**
 * Keeps an agent's profile that follows Claude Code in step with Claude Code's login, and makes the
 * profile where the person has agreed to it in the config (decision D2: `onboard --auth-choice
 * claude-cli`, or an entry for `anthropic:claude-cli`).
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { AgentId } from "../Agent/AgentId.ts"
import { ConfigStore } from "../Config/ConfigStore.ts"
import { hasEnded } from "../OAuth/hasEnded.ts"
import * as ProfileDocument from "../Profile/ProfileDocument.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import { ProfileStore } from "../Profile/ProfileStore.ts"
import { isAdopted } from "./adoption.ts"
import { type Reconciled, reconcileLogin } from "./reconcileLogin.ts"
import { SharedLogin } from "./SharedLogin.ts"

/**
 * `stored`: the profile was made from Claude Code's login just now. `ended`: what both hold, or
 * what was stored, is a login that the provider ended.
 */
export type Followed = Reconciled | "stored" | "ended"

/** Brings the profile into step, or makes it. */
const follow = Effect.fnUntraced(function* (owner: AgentId) {
  const profiles = yield* ProfileStore
  const { config } = yield* (yield* ConfigStore).load
  const { document } = yield* profiles.read(owner)
  if (document.profiles.has(ProfileId.claudeCode)) {
    const reconciled: Followed = yield* reconcileLogin(owner)
    return reconciled
  }
  const absent = (outcome: Followed): Followed => outcome
  if (!isAdopted(config)) return absent("no consent")
  const theirs = Option.getOrUndefined(yield* (yield* SharedLogin).peek)
  if (theirs === undefined) return absent("no login")
  return yield* profiles.modify(owner, (current) =>
    Either.right(
      current.profiles.has(ProfileId.claudeCode)
        ? { document: undefined, result: absent("in step") }
        : {
            document: ProfileDocument.set(current, ProfileId.claudeCode, theirs),
            result: absent("stored")
          }
    )
  )
})

/** One agent's profile. Without consent nothing is read. */
export const followLogin = Effect.fn("ClaudeCode.followLogin")(function* (owner: AgentId) {
  const outcome = yield* follow(owner)
  if (outcome === "no consent" || outcome === "no login") return outcome
  const { document } = yield* (yield* ProfileStore).read(owner)
  const stored = document.profiles.get(ProfileId.claudeCode)
  if (stored !== undefined && (yield* hasEnded(stored))) return "ended"
  return outcome
})
