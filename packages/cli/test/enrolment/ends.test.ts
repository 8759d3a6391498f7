/** When a credential ends is said by every command that stores one. */
import { noExtra } from "@clawdbot/domain/Profile/Credential"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { endLines } from "../../src/endOfCredential.ts"
import { planted } from "../clawdbot.ts"
import { freshHome, put, run } from "../commandLine.ts"

const today = Date.parse("2027-01-15T08:00:00Z")
const inAYear = /^The token ends 2028-01-15 08:00 UTC$/m
const unknown = /^When the token ends is not known; claude setup-token makes tokens for a year$/m
const anyEnd = /\bends\b/

const paste = ["models", "auth", "paste-token", "--provider", "anthropic"]
const onboard = [
  "onboard",
  "--auth-choice",
  "token",
  "--token-provider",
  "anthropic",
  "--token",
  "-"
]

const login = (refreshToken: string, hours: number) =>
  JSON.stringify({
    claudeAiOauth: { accessToken: "access", refreshToken, expiresAt: today + hours * 3_600_000 }
  })

describe("after storing a credential, its end is said by", () => {
  const pasted = [
    ["paste-token with a lifetime", [...paste, "--expires-in", "365d"], inAYear],
    ["paste-token without one", paste, unknown],
    ["onboard with a lifetime", [...onboard, "--token-expires-in", "365d"], inAYear],
    ["onboard without one", onboard, unknown]
  ] as const
  for (const [name, argv, end] of pasted)
    it.scoped(name, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(today)
        const home = yield* freshHome
        const { status, stdout } = yield* run(home, argv, { stdin: planted.setupToken })
        assert.strictEqual(status, 0)
        assert.match(stdout, end)
      })
    )

  it.scoped("nobody, for a key: it does not end", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const argv = ["onboard", "--anthropic-api-key", "-"]
      for (const words of [paste, argv])
        assert.notMatch((yield* run(home, words, { stdin: planted.apiKey })).stdout, anyEnd)
    })
  )

  it.scoped("onboard and sync, of Claude Code's login", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(today)
      const home = yield* freshHome
      const file = ".claude/.credentials.json"
      yield* put(home, file, login("older", 8))
      const first = yield* run(home, ["onboard", "--auth-choice", "claude-cli"])
      assert.match(
        first.stdout,
        /^The login is refreshed before it ends \(2027-01-15 16:00 UTC\)$/m
      )
      yield* put(home, file, login("newer", 9))
      const sync = run(home, ["models", "auth", "sync"])
      assert.strictEqual(
        (yield* sync).stdout,
        "Stored Claude Code's login, which is newer.\n" +
          "The login is refreshed before it ends (2027-01-15 17:00 UTC)"
      )
      assert.strictEqual((yield* sync).stdout, "Already in sync: both have the same login.")
    })
  )

  it("nobody, for a login whose end is not known; one that cannot be refreshed ends", () => {
    const refresh = Redacted.make("")
    const kept = {
      type: "oauth",
      provider: ProviderId.anthropic,
      access: Redacted.make("access"),
      extra: noExtra
    } as const
    assert.deepStrictEqual(endLines({ ...kept, refresh, expires: 0 }), [])
    assert.deepStrictEqual(endLines({ ...kept, refresh, expires: today }), [
      "The login ends 2027-01-15 08:00 UTC and cannot be refreshed"
    ])
  })
})
