/**
 * Keeping a stored credential aside before it is taken out or another one takes its place (decision
 * D38). Every way out of a store goes through here.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AgentId } from "../Agent/AgentId.ts"
import type { ProfileMode } from "../Config/authSection.ts"
import { KeptAside } from "./KeptAside.ts"
import * as LoggedOut from "./LoggedOut.ts"
import type { ProfileDocument } from "./ProfileDocument.ts"
import type { ProfileId } from "./ProfileId.ts"

/**
 * What is to be kept of the credential a store has under an id, and of its place there; undefined
 * where it has none. `consent` is the mode of a config entry that goes with it.
 */
export const keptOf = Effect.fnUntraced(function* (
  document: ProfileDocument,
  profile: ProfileId,
  consent?: ProfileMode | undefined
) {
  const credential = document.profiles.get(profile)
  if (credential === undefined) return undefined
  const kept: LoggedOut.LoggedOut = {
    profile,
    credential,
    at: yield* Clock.currentTimeMillis,
    place: LoggedOut.placeIn(document, profile),
    consent
  }
  return kept
})

/**
 * Keeps the credential that a store has under an id, and gives what is kept: whoever writes the
 * store next has to see that this is still what stands there.
 */
export const keepAside = Effect.fnUntraced(function* (
  agent: AgentId,
  document: ProfileDocument,
  profile: ProfileId,
  consent?: ProfileMode | undefined
) {
  const kept = yield* keptOf(document, profile, consent)
  if (kept !== undefined)
    yield* (yield* KeptAside).modify(agent, profile, (all) => LoggedOut.push(all, kept))
  return kept
})
