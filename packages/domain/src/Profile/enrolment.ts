/**
 * Storing a new credential and telling the config about it (decision D38). One place for `onboard`,
 * `paste-token` and whatever else enrols: what is replaced is kept aside first, then the store is
 * written, then the config, and both are read back before anybody says that it worked.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { AgentId } from "../Agent/AgentId.ts"
import * as AgentRegistry from "../Agent/AgentRegistry.ts"
import * as AuthFacts from "../Auth/AuthFacts.ts"
import { ConfigStore } from "../Config/ConfigStore.ts"
import { ifDefined } from "../Document/defined.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import * as Credential from "./Credential.ts"
import { NotReadBack, ProfileIdUnusable } from "./EnrolmentError.ts"
import { holdersOf, type NewCredential, placeNow } from "./enrolmentPlace.ts"
import { keepAside } from "./keepAside.ts"
import * as LoggedOut from "./LoggedOut.ts"
import * as ProfileDocument from "./ProfileDocument.ts"
import type * as ProfileId from "./ProfileId.ts"
import { ProfileStore } from "./ProfileStore.ts"
import type * as Placement from "./placement.ts"
import * as Registration from "./registration.ts"

/** What a person decides where an id is taken by a credential that may still answer. */
export type OnTaken = "replace" | "keep both"

/** What is to be stored. */
export interface Enrolment<E, R> extends NewCredential {
  readonly profile: ProfileId.ProfileId
  /** Asks where the id is taken. */
  readonly onTaken: (
    taken: Extract<Placement.Placement, { readonly _tag: "Taken" }>
  ) => Effect.Effect<OnTaken, E, R>
}

/** What was done. */
export interface Enrolled {
  readonly profile: ProfileId.ProfileId
  readonly storePath: string
  readonly configPath: string
  readonly configChanged: boolean
  /** Set when a per-agent order keeps the new profile from being used. */
  readonly outsideOrder: boolean
  /** Why what stood under the id was replaced; it is kept aside. Undefined where nothing was. */
  readonly replaced: Placement.Spent | "named" | undefined
  /** The id that was wanted and was left to the credential it holds. */
  readonly beside: ProfileId.ProfileId | undefined
  /** The agent that kept the wanted id from being used. */
  readonly holder: string | undefined
}

/**
 * What is stored: the same secret again keeps what else was known of it, and is enabled; another
 * one starts anew.
 */
const renewed = (
  stored: Credential.Credential | undefined,
  next: Credential.Credential
): Credential.Credential => {
  if (stored === undefined || !LoggedOut.isSame(stored, next)) return next
  const email = next.email ?? stored.email
  const { extra } = stored
  if (next.type === "token" && stored.type === "token")
    return { ...next, email, extra, expires: next.expires ?? stored.expires }
  if (next.type === "oauth" && stored.type === "oauth")
    return { ...stored, ...next, email, extra, disabled: undefined }
  return { ...next, email, extra }
}

/** Keeps aside what is replaced, then puts the credential there, if nothing came in between. */
const put = Effect.fnUntraced(function* (
  agent: AgentId,
  profile: ProfileId.ProfileId,
  credential: Credential.Credential,
  beside: ProfileId.ProfileId | undefined,
  seen: ProfileDocument.ProfileDocument,
  isReplacing: boolean
) {
  const before = seen.profiles.get(profile)
  if (isReplacing) yield* keepAside(agent, seen, profile)
  return yield* (yield* ProfileStore).modify(agent, (document) => {
    const now = document.profiles.get(profile)
    const isUnchanged =
      now === undefined || before === undefined ? now === before : LoggedOut.isSame(now, before)
    if (!isUnchanged) return Either.right({ document: undefined, result: "changed" as const })
    const next = ProfileDocument.set(document, profile, renewed(now, credential))
    const { provider } = credential
    const order = Registration.inStoreOrder(next.order.get(provider), profile, beside)
    return Either.right({
      document: order === undefined ? next : ProfileDocument.setOrder(next, provider, order),
      result: "put" as const
    })
  })
})

/**
 * The orders of other agents that read this agent's profiles: where they list the credential that
 * was kept, they list the new one before it.
 */
const orderForReaders = Effect.fnUntraced(function* (
  owner: AgentId,
  profile: ProfileId.ProfileId,
  beside: ProfileId.ProfileId,
  provider: Credential.Credential["provider"]
) {
  const profiles = yield* ProfileStore
  const { config } = yield* (yield* ConfigStore).load
  const registry = AgentRegistry.fromConfig(config, yield* StatePaths)
  const readers = registry.agents.filter(
    ({ id }) => id !== owner && AuthFacts.inheritanceChain(registry, id).includes(owner)
  )
  yield* Effect.forEach(
    readers,
    ({ id }) =>
      profiles.modify(id, (document) => {
        // A profile of its own under that id is not the one that was kept.
        const order = document.profiles.has(beside)
          ? undefined
          : Registration.inStoreOrder(document.order.get(provider), profile, beside)
        return Either.right({
          document: ifDefined(order, (order) =>
            ProfileDocument.setOrder(document, provider, order)
          ),
          result: undefined
        })
      }),
    { discard: true }
  )
})

/**
 * Stores a credential for an agent and registers it. What it replaces is kept aside; a replaced
 * credential's unknown fields are not carried over to another secret.
 */
export const enrol = Effect.fn("enrolment.enrol")(function* <E, R>(enrolment: Enrolment<E, R>) {
  const { agent, credential } = enrolment
  const store = yield* ProfileStore
  const configs = yield* ConfigStore
  const healths = yield* HealthStore
  let profile = enrolment.profile
  let isNamed = enrolment.isNamed
  let beside: ProfileId.ProfileId | undefined
  let holder: string | undefined
  let replaced: Enrolled["replaced"]
  for (let done = false; !done; ) {
    // A config that cannot be read must stop this before a secret is stored.
    const { document, placement } = yield* placeNow({ ...enrolment, isNamed }, profile)
    switch (placement._tag) {
      case "Taken": {
        const answer = yield* enrolment.onTaken(placement)
        if (answer === "replace") isNamed = true
        else {
          beside = placement.profile
          profile = placement.free
        }
        break
      }
      case "Unusable": {
        if (isNamed)
          return yield* new ProfileIdUnusable({
            profile: placement.profile,
            holder: placement.holder,
            free: placement.free
          })
        holder = placement.holder
        beside = document.profiles.has(placement.profile) ? placement.profile : beside
        profile = placement.free
        break
      }
      case "Put": {
        const isBeside = placement.profile !== enrolment.profile
        if (isBeside && document.profiles.has(enrolment.profile)) beside = enrolment.profile
        profile = placement.profile
        replaced = placement.why
        const isReplacing = placement.replaced !== undefined
        const result = yield* put(agent, profile, credential, beside, document, isReplacing)
        done = result === "put"
      }
    }
  }
  const snapshot = yield* store.read(agent)
  const stored = snapshot.document.profiles.get(profile)
  if (stored === undefined || !LoggedOut.isSame(stored, credential))
    return yield* new NotReadBack({ path: snapshot.path, what: `profile ${profile}` })
  if (beside !== undefined) yield* orderForReaders(agent, profile, beside, credential.provider)
  const { provider, type: kind } = credential
  const holders = yield* holdersOf((yield* configs.load).config, provider)
  const registration = { profile, provider, kind, beside, holders }
  const report = yield* configs.edit(({ config }) =>
    Either.right(Registration.edits(config, registration))
  )
  const after = yield* configs.load
  if (!Registration.isKnown(after.config, registration))
    return yield* new NotReadBack({ path: report.path, what: `auth.profiles.${profile}` })
  yield* startClean(healths, agent, profile, credential)
  const order = snapshot.document.order.get(provider)
  const enrolled: Enrolled = {
    profile,
    storePath: snapshot.path,
    configPath: report.path,
    configChanged: report.changed,
    outsideOrder: order !== undefined && !order.includes(profile),
    replaced,
    beside,
    holder
  }
  return enrolled
})

/**
 * A new secret starts clean, whatever was known about an older one of the same name. A sign-in that
 * ended does not come back by storing the same pair again.
 */
const startClean = Effect.fnUntraced(function* (
  healths: typeof HealthStore.Service,
  agent: AgentId,
  profile: ProfileId.ProfileId,
  credential: Credential.Credential
) {
  const secretFingerprint = Credential.secretFingerprint(credential)
  const known = (yield* healths.read(agent)).profiles.get(profile)
  if (known?.secretFingerprint === secretFingerprint && known.needsLogin !== undefined) return
  const at = yield* Clock.currentTimeMillis
  yield* healths.record(agent, profile, secretFingerprint, { _tag: "Cleared", at })
})
