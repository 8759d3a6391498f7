/** A provider that gives each secret the answers of a script, as the failover meets it. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { AttemptResult } from "../../src/Auth/AttemptResult.ts"
import type { AuthRequest } from "../../src/Auth/AuthRequest.ts"
import type { CredentialUse } from "../../src/Auth/CredentialUse.ts"
import { Failover } from "../../src/Auth/Failover.ts"
import type { HoldEnd } from "../../src/Auth/hold.ts"
import type { UpstreamFailure } from "../../src/Health/UpstreamFailure.ts"

/** When these tests begin, in epoch ms. */
export const start = 1_800_000_000_000
const second = 1_000

/** A good answer. */
export const answered: AttemptResult<string> = { _tag: "Answered", value: "ok", windows: [] }

/** A refusal with `retry-after` in seconds, as the provider's own word. */
export const limited = (seconds: number) =>
  Effect.map(Effect.clock, (clock): AttemptResult<string> => {
    const now = clock.unsafeCurrentTimeMillis()
    const until = now + seconds * second
    const window = { scope: "credential", until, class: "rate_limit", source: "retry-after" }
    const failure: UpstreamFailure = {
      class: "rate_limit",
      status: 429,
      windows: [{ ...window, observedAt: now }]
    }
    return { _tag: "Refused", value: "429", failure }
  })

/** A fault of the request. */
export const invalid: AttemptResult<string> = {
  _tag: "Refused",
  value: "400",
  failure: { class: "format", status: 400, windows: [] }
}

/** What a secret answers. */
export type Answer = AttemptResult<string> | Effect.Effect<AttemptResult<string>>

/** What each secret answers, one after the other, then that all is well; and who was asked when. */
export const provider = (script: Readonly<Record<string, ReadonlyArray<Answer>>>) => {
  const sent: Array<readonly [secret: string, at: number]> = []
  const attempt = ({ secret }: CredentialUse) =>
    Effect.gen(function* () {
      const name = Redacted.value(secret)
      const turn = sent.filter(([one]) => one === name).length
      const clock = yield* Effect.clock
      sent.push([name, (clock.unsafeCurrentTimeMillis() - start) / second])
      const answer = script[name]?.[turn] ?? answered
      return Effect.isEffect(answer) ? yield* answer : answer
    })
  return { attempt, sent, names: () => sent.map(([name]) => name) }
}

/** Waits by the clock. */
export const sleeping = {
  // real time: none, it is the clock of the test that calls it
  wait: (ms: number) => Effect.as(Effect.sleep(ms), "over" as const),
  abandoned: "gone"
}

/** Sends a request with one credential after the other, and lets it wait. */
export const ask = (
  asked: AuthRequest,
  { attempt }: ReturnType<typeof provider>,
  wait: (ms: number) => Effect.Effect<HoldEnd> = sleeping.wait
) =>
  Effect.flatMap(Failover, (failover) =>
    failover.run(asked, attempt, [], undefined, { ...sleeping, wait })
  )
