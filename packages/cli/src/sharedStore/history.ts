/**
 * What `clawdbot store history` and `store restore` do. Loaded only for these commands. No secret
 * is shown: a version is recognised by its fingerprint, which is the same on every host.
 */
import { restoreEntry } from "@clawdbot/domain/Profile/logout"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import type * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import { type PastVersion, ProfilePast } from "@clawdbot/postgres/Profile/ProfilePast"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { NotOffered } from "../CliError.ts"
import { agentFor } from "../commands/agentFor.ts"
import { forHistory } from "./openStore.ts"
import { sharedSnapshot } from "./sharedSnapshot.ts"

/** A version as a program reads it; `version` is null for the one that is stored now. */
interface ShownVersion {
  readonly profile: string
  readonly version: number | null
  readonly writtenAt: string
  readonly replacedAt: string | null
  readonly type: string | null
  readonly fingerprint: string | null
  readonly restorable: boolean
}

/** The versions of an agent's credentials. */
export interface StoreHistory {
  readonly agent: string
  readonly versions: ReadonlyArray<ShownVersion>
}

const shown = (version: PastVersion): ShownVersion => ({
  profile: version.profile,
  version: version.number ?? null,
  writtenAt: EpochMs.toIso(version.writtenAt),
  replacedAt: version.replacedAt === undefined ? null : EpochMs.toIso(version.replacedAt),
  type: version.kind ?? null,
  fingerprint: version.fingerprint ?? null,
  restorable: version.number !== undefined && version.kind !== undefined && !version.isRedeemed
})

/** Over the shared store that the config names. */
const withHistory = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const snapshot = yield* sharedSnapshot
    if (snapshot === undefined)
      return yield* new NotOffered({
        what: "credentials are kept in files on this machine; only a shared store keeps versions",
        instead: "to restore a removed credential: clawdbot models auth logout PROFILE --undo"
      })
    return yield* Effect.provide(effect, forHistory(snapshot))
  })

/** What is kept of an agent's credentials. */
export const storeHistory = (named: string | undefined) =>
  withHistory(
    Effect.gen(function* () {
      const agent = yield* agentFor(named)
      const versions = yield* (yield* ProfilePast).versions(agent.id)
      const history: StoreHistory = { agent: agent.id, versions: versions.map(shown) }
      return history
    })
  )

const stateOf = ({ restorable, type, version }: ShownVersion): string => {
  if (version === null) return "stored now"
  if (restorable) return "restorable"
  if (type === null) return "cannot be read"
  return "refresh token used"
}

/** The same for a person. */
export const toText = ({ agent, versions }: StoreHistory): ReadonlyArray<string> => {
  if (versions.length === 0) return [`No credential of agent ${agent} is stored, and none was.`]
  const widest = Math.max(...versions.map(({ profile }) => profile.length))
  return versions.map((found) =>
    [
      found.profile.padEnd(widest),
      String(found.version ?? "-").padStart(6),
      found.writtenAt,
      (found.type ?? "?").padEnd(7),
      (found.fingerprint ?? "?").padEnd(12),
      stateOf(found)
    ].join("  ")
  )
}

/** Stores a version again, and gives what to say. */
export const storeRestore = (which: {
  readonly named: string | undefined
  readonly profile: ProfileId.ProfileId
  readonly version: number
}) =>
  withHistory(
    Effect.gen(function* () {
      const { named, profile, version } = which
      const agent = yield* agentFor(named)
      const credential = yield* (yield* ProfilePast).open(agent.id, profile, version)
      const isThere = yield* (yield* ProfileStore).modify(agent.id, (document) =>
        Either.right({
          document: ProfileDocument.set(document, profile, credential),
          result: document.profiles.has(profile)
        })
      )
      yield* restoreEntry({ credential, profile, consent: undefined })
      const done = `Restored: version ${version} of ${profile} of agent ${agent.id}.`
      if (!isThere) return [done]
      return [done, "The credential it replaced is kept as a version of its own."]
    })
  )
