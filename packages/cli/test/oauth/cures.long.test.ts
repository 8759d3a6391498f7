/** What a refresh that was tried for half a minute says to do, done. */
import { html, type TokenStep } from "@clawdbot/testing/OAuth/TokenScript"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { isCured } from "./cures.ts"
import { record, world } from "./logins.ts"

const steps = {
  malformed: html(200),
  server: html(500),
  throttled: { instead: { status: 429, body: "" } }
} satisfies Readonly<Record<string, TokenStep>>

describe("the cure of a refresh that was tried for half a minute", () => {
  it.scopedLive(
    "is the same command, once what was in the way is gone",
    () =>
      Effect.forEach(
        Object.entries(steps),
        ([cause, step]) =>
          Effect.gen(function* () {
            const { endpoint, home, putProfiles } = yield* world
            yield* putProfiles({ "anthropic:me": record(endpoint.families.signIn(), 1) })
            endpoint.script.always(step)
            const meanwhile = Effect.sync(() => endpoint.script.always({}))
            yield* isCured({ home, profile: "anthropic:me", cause, meanwhile })
          }),
        { concurrency: "unbounded" }
      ),
    120_000
  )
})
