/**
 * Whether what `onboard` stored works: one small real request with it, when the person allows it.
 */
import type { Agent } from "@clawdbot/domain/Agent/AgentRegistry"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import type { ProbeResult } from "@clawdbot/domain/Status/Probe"
import { shellWord } from "@clawdbot/domain/Text/shellWord"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Input from "../input.ts"
import { withProfile } from "../shownCommand.ts"
import { IoStreams } from "../terminal/IoStreams.ts"
import { withSpinner } from "../terminal/withSpinner.ts"

/** What a probe may take, in ms. */
const timeoutMs = 8_000

/** Asks. Whoever ends the question ends the command; what was stored stays. */
export const allowed = Effect.map(
  Effect.option(Input.confirm("Send a small test request now? (uses a few tokens)", true)),
  Option.match({ onNone: () => "cancelled" as const, onSome: (isYes) => (isYes ? "yes" : "no") })
)

/** Sends it. Undefined where there was nothing to send with. */
export const probeStored = Effect.fn("onboard.probeStored")(function* (
  agent: Agent,
  profile: ProfileId
) {
  const { probe } = yield* Effect.promise(() => import("../probe/probe.ts"))
  const options = {
    provider: "anthropic",
    profileIds: [profile],
    timeoutMs,
    concurrency: 1,
    maxTokens: 8
  }
  const { probes } = yield* withSpinner(
    "waiting for the provider",
    probe(agent, ["anthropic"], options, () => Effect.void)
  )
  return probes.results[0]
})

/** Tells what came of it, and what to do where it did not work. */
export const tell = Effect.fn("onboard.tellProbe")(function* (
  result: ProbeResult,
  profileName: string | undefined
) {
  const io = yield* IoStreams
  if (result.status === "ok")
    return yield* io.stdout(`Test succeeded: ${result.model ?? result.provider} responded.`)
  const cure =
    result.class === "auth"
      ? "store a credential that works: clawdbot onboard"
      : "to test again: clawdbot models status --probe --probe-profile " + shellWord(result.label)
  yield* io.stdout(
    `Saved, but the test failed (${result.status}): ${result.error ?? "no reason is known"}`
  )
  yield* io.stderr(withProfile(`fix: ${cure}`, profileName))
})
