/**
 * Takes an older copy of a login out of an agent's store (decision D36). It is kept aside as
 * `models auth logout` keeps what it takes out, so that `--undo` brings it back.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import { keepAside } from "@clawdbot/domain/Profile/keepAside"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
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
  const isThatCopy = (document: ProfileDocument.ProfileDocument): boolean => {
    const credential = document.profiles.get(profile)
    return credential?.type === "oauth" && refreshFingerprint(credential) === fingerprint
  }
  const { document } = yield* profiles.read(agent)
  const credential = document.profiles.get(profile)
  if (credential === undefined || !isThatCopy(document)) return false
  yield* keepAside(agent, document, profile)
  return yield* profiles.modify(agent, (current) =>
    Either.right(
      isThatCopy(current)
        ? { document: ProfileDocument.remove(current, profile), result: true }
        : { document: undefined, result: false }
    )
  )
})
