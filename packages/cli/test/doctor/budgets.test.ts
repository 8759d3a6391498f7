/** What `doctor` says of clients with budgets. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { freshHome, put, run } from "../commandLine.ts"

const idsOf = (stdout: string): ReadonlyArray<string> =>
  JSON.parse(stdout).findings.map(({ id }: { readonly id: string }) => id)

const withBudget = Effect.gen(function* () {
  const home = yield* freshHome
  const budgets = { laptop: { usdPerDay: 5, failOpen: true } }
  yield* put(home, ".clawdbot/clawdbot.json", JSON.stringify({ gateway: { port: 1, budgets } }))
  return home
})

it.scopedLive("doctor names budgets that limit nobody, and failOpen", () =>
  Effect.gen(function* () {
    const found = idsOf((yield* run(yield* withBudget, ["doctor", "--json"])).stdout)
    assert.includeMembers([...found], ["budget-without-client", "budget-fail-open"])
    assert.notInclude(found, "budget-ledger")
  })
)

it.scopedLive("doctor names a ledger that cannot be read", () =>
  Effect.gen(function* () {
    const home = yield* withBudget
    // A file where the folder of the ledger should be: no user can read it as one.
    yield* put(home, ".clawdbot/usage", "")
    assert.include(idsOf((yield* run(home, ["doctor", "--json"])).stdout), "budget-ledger")
  })
)

it.scopedLive("doctor says nothing of budgets where there are none", () =>
  Effect.gen(function* () {
    const home = yield* freshHome
    const { stdout } = yield* run(home, ["doctor", "--json"])
    assert.isFalse(idsOf(stdout).some((id) => id.startsWith("budget")))
  })
)
