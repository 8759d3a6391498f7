/**
 * Removing a credential for good (decision D8): out of the store, and its next tokens out of the
 * journal. Older copies of the store's file are its adapter's.
 */

import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as AgentRegistry from "../Agent/AgentRegistry.ts"
import { ConfigStore } from "../Config/ConfigStore.ts"
import { ifDefined } from "../Document/defined.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import { holdsSecrets } from "../OAuth/JournalEntry.ts"
import { RefreshJournal } from "../OAuth/RefreshJournal.ts"
import { refreshFingerprint } from "../OAuth/StoredLogin.ts"
import * as Credential from "./Credential.ts"
import { KeptAside } from "./KeptAside.ts"
import { consentTo, withdrawConsent } from "./logout.ts"
import * as ProfileDocument from "./ProfileDocument.ts"
import { ProfileHistory } from "./ProfileHistory.ts"
import type * as ProfileId from "./ProfileId.ts"
import { ProfileStore } from "./ProfileStore.ts"

/** Every secret of a credential. */
export const secretsOf = (credential: Credential.Credential): ReadonlyArray<Redacted.Redacted> => {
  if (credential.type === "oauth") return [credential.access, credential.refresh]
  return [Credential.secret(credential)]
}

/**
 * The journal's copies of a login's next tokens go with it. Fingerprints of used up tokens are no
 * secrets and stay: they keep anybody from using one again.
 */
const forgetAnswers = (agent: AgentRegistry.Agent, logins: ReadonlyArray<Credential.OAuth>) =>
  Effect.gen(function* () {
    const journal = yield* RefreshJournal
    const profiles = yield* ProfileStore
    const { config } = yield* (yield* ConfigStore).load
    const { agents } = AgentRegistry.fromConfig(config, yield* StatePaths)
    const others = yield* Effect.forEach(
      agents.filter(({ dir }) => dir !== agent.dir),
      ({ id }) => profiles.read(id)
    )
    const isElsewhere = (fingerprint: string): boolean =>
      others.some(({ document }) =>
        [...document.profiles.values()].some(
          (held) => held.type === "oauth" && refreshFingerprint(held) === fingerprint
        )
      )
    for (const fingerprint of new Set(logins.map(refreshFingerprint))) {
      const entry = yield* journal.find(fingerprint)
      // Another agent's copy lives on by this answer.
      if (Option.exists(entry, holdsSecrets) && !isElsewhere(fingerprint))
        yield* journal.forget(fingerprint)
    }
  })

/** What went: the credentials, and whether Claude Code's login was followed until now. */
export interface Purged {
  /** How many former credentials the store itself had kept. */
  readonly former: number
  readonly removed: ReadonlyArray<Credential.Credential>
  readonly followed: boolean
}

/**
 * Takes a profile out of its agent's store, withdraws the consent to follow Claude Code's login,
 * and forgets what was kept aside and what the journal holds of it. Gives all of that; the caller
 * removes the older copies of the file.
 */
export const purge = Effect.fn("purge.purge")(function* (which: {
  readonly agent: AgentRegistry.Agent
  readonly profile: ProfileId.ProfileId
}) {
  const { agent, profile } = which
  const store = yield* ProfileStore
  const aside = yield* KeptAside
  const kept = yield* aside.find(agent.id, profile)
  const consent = yield* consentTo(profile)
  if (consent !== undefined) yield* withdrawConsent
  const stored = yield* store.modify(agent.id, (document) => {
    const credential = document.profiles.get(profile)
    const next = ifDefined(credential, () => ProfileDocument.remove(document, profile))
    return Either.right({ document: next, result: credential })
  })
  const all = [stored, ...kept.map(({ credential }) => credential)]
  const removed = all.filter((credential) => credential !== undefined)
  yield* forgetAnswers(
    agent,
    removed.filter((credential) => credential.type === "oauth")
  )
  if (kept.length > 0) yield* aside.modify(agent.id, profile, () => [])
  const former = yield* (yield* ProfileHistory).forget(agent.id, profile)
  return { former, removed, followed: consent !== undefined } satisfies Purged
})
