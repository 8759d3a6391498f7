/**
 * Carries out actions of the dashboard by the functions that the commands call, over the stores of
 * the gateway.
 */
import { namedAgent } from "@clawdbot/domain/Agent/namedAgent"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { loginOf, refreshAndReadBack } from "@clawdbot/domain/OAuth/refreshByHand"
import { ProfileUnknown } from "@clawdbot/domain/Profile/changeErrors"
import * as Changes from "@clawdbot/domain/Profile/changes"
import { enrol } from "@clawdbot/domain/Profile/enrolment"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { pasteContext } from "@clawdbot/domain/Profile/pasteContext"
import { enrolmentTarget, pastedCredential } from "@clawdbot/domain/Profile/pastedCredential"
import { parse } from "@clawdbot/domain/Profile/pastedSecret"
import * as Secret from "@clawdbot/domain/Profile/Secret"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import type * as Redacted from "effect/Redacted"
import { probe } from "../../probe.ts"
import type { Action, ActionOutcome } from "./Action.ts"

const provider = ProviderId.anthropic

const toggle = Effect.fnUntraced(function* (
  agent: string | undefined,
  profile: string,
  disabled: boolean
) {
  const changed = yield* Changes.setDisabled(
    yield* namedAgent(agent),
    ProfileId.of(profile),
    disabled
  )
  const state = disabled ? "disabled" : "enabled"
  if (!changed) return { message: `${profile} was ${state} already.`, profile }
  const action = disabled ? "enable" : "disable"
  const outcome: ActionOutcome = {
    message: `${profile} is ${state} now.`,
    profile,
    undo: { action, agent, profile }
  }
  return outcome
})

/** Small, and bounded in time: a person waits for it. */
const probeOptions = { timeoutMs: 8_000, concurrency: 1, maxTokens: 8 }

const probeOne = Effect.fnUntraced(function* (agentName: string | undefined, profile: string) {
  const agent = yield* namedAgent(agentName)
  const { probes } = yield* probe(
    agent,
    [provider],
    { ...probeOptions, profileIds: [profile] },
    () => Effect.void
  )
  const [result] = probes.results
  if (result === undefined)
    return yield* new ProfileUnknown({ profile, where: agent.dir, problem: "missing" })
  if (result.status !== "ok")
    return { message: `${profile}: ${result.status}, ${result.error ?? "no reason"}`, profile }
  return { message: `${profile} works: ${result.model ?? result.provider} responded.`, profile }
})

const add = Effect.fnUntraced(function* (agentName: string | undefined, pasted: Redacted.Redacted) {
  const agent = yield* namedAgent(agentName)
  const { config, environment } = yield* (yield* ConfigStore).load
  const context = pasteContext(config, environment, provider, "API key or setup token")
  const { kind, secret } = yield* parse(pasted, context)
  const usual = ProfileId.usual(provider)
  const { profile } = yield* enrol({
    agent: agent.id,
    ...enrolmentTarget({ named: undefined, replace: false, usual }),
    credential: pastedCredential({ kind, secret, provider, now: yield* Clock.currentTimeMillis }),
    // Nobody is asked: nothing that may still work is replaced.
    onTaken: () => Effect.succeed("keep both" as const)
  })
  return { message: `Saved ${profile} (${Secret.mask(secret)}) and verified the file.`, profile }
})

/** Carries out one action. */
export const carryOut = Match.type<Action>().pipe(
  Match.discriminatorsExhaustive("action")({
    clear: ({ agent, profile }) =>
      Effect.gen(function* () {
        yield* Changes.clearCooldown(yield* namedAgent(agent), ProfileId.of(profile))
        return { message: `Cleared: ${profile} is usable now.`, profile }
      }),
    disable: ({ agent, profile }) => toggle(agent, profile, true),
    enable: ({ agent, profile }) => toggle(agent, profile, false),
    refresh: ({ agent, profile }) =>
      Effect.gen(function* () {
        const { expires } = yield* refreshAndReadBack(
          yield* loginOf(yield* namedAgent(agent), profile)
        )
        return { message: `${profile}: refreshed, valid until ${EpochMs.toIso(expires)}`, profile }
      }),
    probe: ({ agent, profile }) => probeOne(agent, profile),
    order: ({ agent, profiles }) =>
      Effect.gen(function* () {
        const ids = [...new Set(profiles)].map(ProfileId.of)
        const before = yield* Changes.setOrder(yield* namedAgent(agent), provider, ids)
        const outcome: ActionOutcome = {
          message: orderWords(profiles),
          undo: { action: "order", agent, profiles: before }
        }
        return outcome
      }),
    add: ({ agent, secret }) => add(agent, secret)
  })
)

const orderWords = (profiles: ReadonlyArray<string>): string => {
  if (profiles.length === 0) return "The agent has no order of its own any more."
  return `Profiles are tried in this order now: ${profiles.join(", ")}`
}
