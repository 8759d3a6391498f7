/** Limits of clients on the command line: written into the config, and nothing else. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { freshHome, put, run, textOf } from "../commandLine.ts"

const config = ".clawdbot/clawdbot.json"
const clients = ".clawdbot/gateway-clients.json"
const token = (...words: ReadonlyArray<string>) => ["gateway", "token", ...words]

describe("clawdbot gateway token", () => {
  it.scopedLive("add makes a token with its limits; limit changes and removes them", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, config, "{\n  // kept\n  gateway: { port: 1234 },\n}\n")
      const given = ["--usd", "5/day", "--usd", "50/month", "--tokens", "200k/min"]
      const made = yield* run(home, token("add", "laptop", ...given, "--requests", "60/min"))
      assert.strictEqual(made.status, 0, made.stderr)
      assert.match(made.stdout, /^cbt_[\w-]{43}$/)
      assert.include(
        made.stderr,
        "Limits of laptop: 5 USD a day, 50 USD a month, 200,000 tokens a minute, 60 requests"
      )
      const written = (yield* textOf(home, config)) ?? ""
      assert.include(written, "// kept")
      assert.match(written, /laptop: \{\s*usdPerDay: 5,\s*usdPerMonth: 50,/)
      const changed = yield* run(home, token("limit", "laptop", "--usd", "none/month"))
      assert.include(changed.stdout, "Updated ~/.clawdbot/clawdbot.json")
      assert.include(
        changed.stdout,
        "Limits of laptop: 5 USD a day, 200,000 tokens a minute, 60 requests a minute"
      )
      const again = yield* run(home, token("limit", "laptop", "--usd", "5/day"))
      assert.include(again.stdout, "Already set.")
      const listed = yield* run(home, token("list"))
      assert.include(listed.stdout, "  5 USD a day, 200,000 tokens a minute, 60 requests a minute")
      const [{ budget }] = JSON.parse((yield* run(home, token("list", "--json"))).stdout).clients
      assert.deepStrictEqual(budget, {
        usdPerDay: 5,
        tokensPerMinute: 200_000,
        requestsPerMinute: 60
      })
      const revoked = yield* run(home, token("revoke", "laptop"))
      assert.include(revoked.stderr, "clawdbot gateway token limit laptop --none")
      const shown = yield* run(home, token("limit", "laptop", "--none", "--dry-run"))
      assert.include(shown.stdout, "-")
      assert.include((yield* textOf(home, config)) ?? "", "laptop")
      const none = yield* run(home, token("limit", "laptop", "--none"))
      assert.include(none.stdout, "Limits of laptop: none")
      assert.notInclude((yield* textOf(home, config)) ?? "", "laptop")
      assert.include((yield* textOf(home, config)) ?? "", "// kept")
    })
  )

  it.scopedLive("refuses a wrong limit with an example, and makes no token then", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const rows = [
        [["--usd", "5"], '--usd: "5" is not an amount and a period, such as 5/day'],
        [["--usd", "0/day"], '--usd: "0/day" must be more than 0, such as 5/day'],
        [["--tokens", "200k"], '--tokens: "200k" is not a number a minute, such as 200k/min'],
        [["--requests", "0.5/min"], '--requests: "0.5/min" must be a whole number of at least 1']
      ] as const
      for (const [words, problem] of rows) {
        const refused = yield* run(home, token("add", "laptop", ...words))
        assert.strictEqual(refused.status, 2)
        assert.include(refused.stderr, problem)
      }
      assert.strictEqual(yield* textOf(home, clients), undefined)
      assert.strictEqual(yield* textOf(home, config), undefined)
    })
  )

  it.scopedLive("limits nobody that has no token, and wants to know what to change", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const stranger = yield* run(home, token("limit", "lptop", "--usd", "5/day"))
      assert.strictEqual(stranger.status, 1)
      assert.include(stranger.stderr, 'there is no client token "lptop"')
      assert.strictEqual(yield* textOf(home, config), undefined)
      const silent = yield* run(home, token("limit", "laptop"))
      assert.strictEqual(silent.status, 2)
      assert.include(silent.stderr, "give a limit, such as --usd 5/day")
      const both = yield* run(home, token("limit", "laptop", "--none", "--usd", "5/day"))
      assert.include(both.stderr, "give either --none or limits, not both")
    })
  )

  it.scopedLive("does not make a token without its limits where the config cannot be written", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, config, "{ gateway: { port: 'x' } }")
      const refused = yield* run(home, token("add", "laptop", "--usd", "5/day"))
      assert.strictEqual(refused.status, 1)
      assert.strictEqual(yield* textOf(home, clients), undefined)
    })
  )
})
