/** A login that the provider ended stays ended, however often the same tokens are stored again. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { put, run } from "../commandLine.ts"
import { world } from "./logins.ts"

const far = 4_102_444_800_000
const file = ".claude/.credentials.json"
const profile = "anthropic:claude-cli"
const onboard = ["onboard", "--auth-choice", "claude-cli"]
const sync = ["models", "auth", "sync"]
const cure =
  "sign in with Claude Code (claude, then /login), then: clawdbot models auth sync --agent main"

interface Tokens {
  readonly access: string
  readonly refresh: string
}

const signIn = (home: string, { access, refresh }: Tokens) =>
  put(
    home,
    file,
    JSON.stringify({
      claudeAiOauth: { accessToken: access, refreshToken: refresh, expiresAt: far }
    })
  )

/** A home that follows a login of Claude Code's which a refresh found to be revoked. */
const ended = Effect.gen(function* () {
  const { endpoint, home } = yield* world
  const tokens = endpoint.families.signIn()
  yield* signIn(home, tokens)
  yield* run(home, onboard)
  endpoint.families.revoke(tokens.refresh)
  const refreshed = yield* run(home, ["models", "auth", "refresh", profile])
  return { endpoint, home, refreshed, tokens }
})

describe("a login of Claude Code's that the provider ended", () => {
  it.scopedLive("is not brought back by storing the same tokens again", () =>
    Effect.gen(function* () {
      const { home, refreshed } = yield* ended
      assert.strictEqual(refreshed.status, 1)
      assert.include(refreshed.stderr, cure)
      const look = Effect.gen(function* () {
        const status = yield* run(home, ["models", "status"])
        assert.include(status.stdout, "sign-in required: the provider ended this login")
        assert.include(status.stdout, cure)
        assert.strictEqual((yield* run(home, ["models", "status", "--check"])).status, 1)
        const doctor = yield* run(home, ["doctor"])
        assert.include(doctor.stdout, "sign-in required")
        assert.include(doctor.stdout, cure)
      })
      yield* look
      const again = yield* run(home, onboard)
      assert.include(again.stderr, cure)
      yield* look
      const synced = yield* run(home, sync)
      assert.strictEqual(synced.status, 1)
      assert.include(synced.stderr, cure)
      yield* look
      // Under another name of another agent's too.
      yield* run(home, ["agents", "add", "work"])
      yield* run(home, [...onboard, "--agent", "work"])
      const other = yield* run(home, ["models", "status", "--agent", "work"])
      assert.include(other.stdout, "sign-in required: the provider ended this login")
      const cleared = yield* run(home, ["models", "auth", "clear", profile])
      assert.strictEqual(cleared.status, 1)
      assert.include(cleared.stderr, cure)
      yield* look
    })
  )

  it.scopedLive("is cured by what every command says: a new sign-in, and sync", () =>
    Effect.gen(function* () {
      const { endpoint, home } = yield* ended
      const tokens = endpoint.families.signIn()
      yield* signIn(home, tokens)
      const synced = yield* run(home, [...sync, "--agent", "main"])
      assert.strictEqual(synced.status, 0, synced.stderr)
      assert.strictEqual((yield* run(home, ["models", "status", "--check"])).status, 0)
      const refreshed = yield* run(home, ["models", "auth", "refresh", profile])
      assert.strictEqual(refreshed.status, 0, refreshed.stderr)
      assert.deepInclude(endpoint.families.counters(), { grants: 1, reuses: 0 })
    })
  )
})
