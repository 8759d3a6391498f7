/** Programs that ask for the same login at once, as processes of their own. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as processes from "../clawdbot.ts"
import { record, world } from "../oauth/logins.ts"

/** So many, and a login that has ended: one grant, and the same new token for all. */
export const oneRefreshFor = (programs: number) =>
  Effect.gen(function* () {
    const { endpoint, home, putProfiles } = yield* world
    const tokens = endpoint.families.signIn()
    yield* putProfiles({ "anthropic:me": record(tokens, 1) })
    const runs = yield* Effect.all(
      Array.from({ length: programs }, () =>
        processes.run(home, ["models", "auth", "print-token"])
      ),
      { concurrency: "unbounded" }
    )
    assert.deepStrictEqual(
      runs.filter(({ status }) => status !== 0),
      []
    )
    const given = new Set(runs.map(({ stdout }) => stdout))
    assert.strictEqual(given.size, 1)
    const [first = ""] = given
    assert.isTrue(first.endsWith("\n"))
    assert.isTrue(endpoint.families.isCurrent(first.trim()))
    assert.deepInclude(endpoint.families.counters(), { grants: 1, reuses: 0 })
  })
