/**
 * Takes an older copy of a login out of an agent's store (decision D36). It is kept aside as
 * `models auth logout` keeps what it takes out, so that `--undo` brings it back.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import { KeptAside } from "@clawdbot/domain/Profile/KeptAside"
import * as LoggedOut from "@clawdbot/domain/Profile/LoggedOut"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"

/**
 * False where the store holds something else by now, which is left alone. Config entries stay: they
 * are about the profile of every agent.
 */
export const takeOutCopy = Effect.fn("doctor.takeOutCopy")(function* (
  agent: AgentId,
  profile: ProfileId,
  fingerprint: string
) {
  const profiles = yield* ProfileStore
  const aside = yield* KeptAside
  const isThatCopy = (document: ProfileDocument.ProfileDocument): boolean => {
    const credential = document.profiles.get(profile)
    return credential?.type === "oauth" && refreshFingerprint(credential) === fingerprint
  }
  const { document } = yield* profiles.read(agent)
  const credential = document.profiles.get(profile)
  if (credential === undefined || !isThatCopy(document)) return false
  const kept: LoggedOut.LoggedOut = {
    profile,
    credential,
    at: yield* Clock.currentTimeMillis,
    place: LoggedOut.placeIn(document, profile),
    consent: undefined
  }
  yield* aside.modify(agent, profile, (all) => LoggedOut.push(all, kept))
  return yield* profiles.modify(agent, (current) =>
    Either.right(
      isThatCopy(current)
        ? { document: ProfileDocument.remove(current, profile), result: true }
        : { document: undefined, result: false }
    )
  )
})
