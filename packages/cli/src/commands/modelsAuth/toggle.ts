/**
 * `clawdbot models auth clear|enable|disable`: by hand what otherwise only the provider's answers
 * do (decision D11). A cleared profile is usable at once; a disabled one is never chosen until it
 * is enabled again.
 */

import * as Changes from "@clawdbot/domain/Profile/changes"
import * as Effect from "effect/Effect"
import { command, type Values } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { agentFor } from "../agentFor.ts"

const options = { agent: CommandOptions.agent }
const args = { profile: CommandOptions.profileArgument }

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
      yield* Changes.clearCooldown(agent, profile)
      yield* (yield* IoStreams).stdout(`Cleared: ${profile} is usable now.`)
      return exit.done
    })
})

const setDisabled = (disabled: boolean, values: Values<typeof options> & Values<typeof args>) =>
  Effect.gen(function* () {
    const agent = yield* agentFor(values.agent)
    const profile = values.profile
    const changed = yield* Changes.setDisabled(agent, profile, disabled)
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
