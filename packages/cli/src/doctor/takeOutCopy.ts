/**
 * Takes an older copy of a login out of an agent's store (decision D36). It is kept aside as
 * `models auth logout` keeps what it takes out, so that `--undo` brings it back.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import * as LoggedOut from "@clawdbot/domain/Profile/LoggedOut"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Kept from "@clawdbot/node/Profile/loggedOutFile"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { RepairFailed } from "../CliError.ts"

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
  const { config } = yield* (yield* ConfigStore).load
  const entry = AgentRegistry.fromConfig(config, yield* StatePaths).get(agent)
  const isThatCopy = (document: ProfileDocument.ProfileDocument): boolean => {
    const credential = document.profiles.get(profile)
    return credential?.type === "oauth" && refreshFingerprint(credential) === fingerprint
  }
  const { document } = yield* profiles.read(agent)
  const credential = document.profiles.get(profile)
  if (credential === undefined || !isThatCopy(document)) return false
  const place = LoggedOut.placeIn(document, profile)
  const kept: LoggedOut.LoggedOut = {
    profile,
    credential,
    at: yield* Clock.currentTimeMillis,
    ...(place !== undefined ? { place } : {})
  }
  yield* Effect.mapError(
    Kept.keep(AgentRegistry.storePath(entry), kept),
    ({ code, path }) => new RepairFailed({ what: "keep a copy in", path, code })
  )
  return yield* profiles.modify(agent, (current) =>
    Either.right(
      isThatCopy(current)
        ? { document: ProfileDocument.remove(current, profile), result: true }
        : { document: undefined, result: false }
    )
  )
})
