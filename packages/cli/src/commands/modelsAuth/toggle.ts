/**
 * `clawdbot models auth clear|enable|disable`: by hand what otherwise only the provider's answers
 * do (decision D11). A cleared profile is usable at once; a disabled one is never chosen until it
 * is enabled again.
 */

import * as AmbientKey from "@clawdbot/domain/Auth/AmbientKey"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { hasEnded } from "@clawdbot/domain/OAuth/hasEnded"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import type * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { loginCure } from "@clawdbot/domain/Status/loginCure"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { NotOffered, ProfileUnknown } from "../../CliError.ts"
import { command, type Values } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { agentFor } from "../agentFor.ts"

const options = { agent: CommandOptions.agent }
const args = { profile: CommandOptions.profileArgument }

const missing = (profile: ProfileId.ProfileId, where: string) =>
  new ProfileUnknown({ profile, where, problem: "missing" })

/** A key of the environment or the config that is used as a profile of this name. */
const ambientKey = Effect.fnUntraced(function* (profile: ProfileId.ProfileId) {
  const { config, environment } = yield* (yield* ConfigStore).load
  return AmbientKey.find(config, environment, ProviderId.anthropic).find(
    (key) => key.profile === profile
  )?.credential
})

/** Ends a pause. */
export const clear = command({
  name: "clear",
  description: "End a profile's cooldown and reset its backoff.",
  examples: ["clawdbot models auth clear anthropic:default"],
  options,
  args,
  run: (values) =>
    Effect.gen(function* () {
      const agent = yield* agentFor(values.agent)
      const profile = values.profile
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
      yield* (yield* IoStreams).stdout(`Cleared: ${profile} is usable now.`)
      return exit.done
    })
})

const setDisabled = (disabled: boolean, values: Values<typeof options> & Values<typeof args>) =>
  Effect.gen(function* () {
    const agent = yield* agentFor(values.agent)
    const profile = values.profile
    const changed = yield* (yield* ProfileStore).modify(agent.id, (document) => {
      const credential = document.profiles.get(profile)
      if (credential === undefined) return Either.left(missing(profile, agent.dir))
      if ((credential.disabled === true) === disabled)
        return Either.right({ document: undefined, result: false })
      const { disabled: _before, ...rest } = credential
      const next: Credential.Credential = disabled ? { ...rest, disabled: true } : rest
      return Either.right({ document: ProfileDocument.set(document, profile, next), result: true })
    })
    const state = disabled ? "disabled" : "enabled"
    yield* (yield* IoStreams).stdout(
      changed ? `${profile} is ${state} now.` : `${profile} was ${state} already.`
    )
    return exit.done
  })

/** Takes a profile out. */
export const disable = command({
  name: "disable",
  description: "Disable a profile: it is not used until it is enabled again.",
  examples: ["clawdbot models auth disable anthropic:default"],
  options,
  args,
  run: (values) => setDisabled(true, values)
})

/** Takes it in again. */
export const enable = command({
  name: "enable",
  description: "Enable a disabled profile again.",
  examples: ["clawdbot models auth enable anthropic:default"],
  options,
  args,
  run: (values) => setDisabled(false, values)
})
