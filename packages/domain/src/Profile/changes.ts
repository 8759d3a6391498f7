/**
 * What a person changes about stored profiles (decision D11 and D15), whichever way it is asked
 * for: commands and the dashboard carry out the same.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Agent } from "../Agent/AgentRegistry.ts"
import * as AmbientKey from "../Auth/AmbientKey.ts"
import { ConfigStore } from "../Config/ConfigStore.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import { hasEnded } from "../OAuth/hasEnded.ts"
import { loginCure } from "../Status/loginCure.ts"
import * as Credential from "./Credential.ts"
import { NotOffered, ProfileUnknown } from "./changeErrors.ts"
import * as ProfileDocument from "./ProfileDocument.ts"
import type { ProfileId } from "./ProfileId.ts"
import { ProfileStore } from "./ProfileStore.ts"
import * as ProviderId from "./ProviderId.ts"

const missing = (profile: ProfileId, where: string) =>
  new ProfileUnknown({ profile, where, problem: "missing" })

/** A key of the environment or the config that is used as a profile of this name. */
const ambientKey = Effect.fnUntraced(function* (profile: ProfileId) {
  const { config, environment } = yield* (yield* ConfigStore).load
  return AmbientKey.find(config, environment, ProviderId.anthropic).find(
    (key) => key.profile === profile
  )?.credential
})

/**
 * Ends a profile's cooldown: it is usable at once. A login that the provider ended has none to end.
 */
export const clearCooldown = Effect.fn("changes.clearCooldown")(function* (
  agent: Agent,
  profile: ProfileId
) {
  const { document } = yield* (yield* ProfileStore).read(agent.id)
  const credential = document.profiles.get(profile) ?? (yield* ambientKey(profile))
  if (credential === undefined) return yield* missing(profile, agent.dir)
  if (yield* hasEnded(credential)) {
    const { provider } = credential
    return yield* new NotOffered({
      what: `there is no cooldown to end: the provider ended the login ${profile}`,
      instead: loginCure({ agent: agent.id, profile, provider })
    })
  }
  const healths = yield* HealthStore
  yield* healths.record(agent.id, profile, Credential.secretFingerprint(credential), {
    _tag: "Cleared",
    at: yield* Clock.currentTimeMillis
  })
  yield* healths.flush
})

/** Disables a profile or enables it again. Gives whether that was a change. */
export const setDisabled = Effect.fn("changes.setDisabled")(function* (
  agent: Agent,
  profile: ProfileId,
  disabled: boolean
) {
  return yield* (yield* ProfileStore).modify(agent.id, (document) => {
    const credential = document.profiles.get(profile)
    if (credential === undefined) return Either.left(missing(profile, agent.dir))
    if ((credential.disabled === true) === disabled)
      return Either.right({ document: undefined, result: false })
    const { disabled: _before, ...rest } = credential
    const next: Credential.Credential = disabled ? { ...rest, disabled: true } : rest
    return Either.right({ document: ProfileDocument.set(document, profile, next), result: true })
  })
})

/**
 * Sets an agent's own order of a provider's profiles; none takes it away. Gives the order that the
 * agent had before.
 */
export const setOrder = Effect.fn("changes.setOrder")(function* (
  agent: Agent,
  provider: ProviderId.ProviderId,
  ids: ReadonlyArray<ProfileId>
) {
  return yield* (yield* ProfileStore).modify(agent.id, (document) => {
    const before = document.order.get(provider) ?? []
    for (const id of ids) {
      const credential = document.profiles.get(id)
      if (credential === undefined) return Either.left(missing(id, agent.dir))
      if (credential.provider !== provider) {
        return Either.left(
          new ProfileUnknown({
            profile: id,
            where: agent.dir,
            problem: `it is for ${credential.provider}, not ${provider}`
          })
        )
      }
    }
    const isSame = ids.length === 0 && !document.order.has(provider)
    return Either.right({
      document: isSame ? undefined : ProfileDocument.setOrder(document, provider, ids),
      result: before
    })
  })
})
