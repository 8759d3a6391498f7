/** `models auth refresh` against an endpoint that rotates tokens as strictly as one can. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { put, run, textOf } from "../commandLine.ts"
import { atOnce, recordedFailures } from "./failures.ts"
import { record, stored, world } from "./logins.ts"

const far = 4_102_444_800_000
const command = ["models", "auth", "refresh"]

describe("models auth refresh", () => {
  it.scopedLive(
    "gets new tokens whatever life the old ones have left, and shows none of them",
    () =>
      Effect.gen(function* () {
        const { endpoint, home, putProfiles } = yield* world
        const tokens = endpoint.families.signIn()
        yield* putProfiles({ "anthropic:me": record(tokens, far) })
        const done = yield* run(home, [...command, "anthropic:me"])
        assert.strictEqual(done.status, 0, done.stderr)
        assert.match(done.stdout, /^anthropic:me: refreshed, valid until \d{4}-/)
        assert.notMatch(done.stdout + done.stderr, /sk-ant-o/)
        const { profiles } = yield* stored(home)
        assert.isTrue(endpoint.families.isCurrent(String(profiles["anthropic:me"]?.access)))
        assert.deepInclude(endpoint.families.counters(), { grants: 1, reuses: 0 })
      })
  )

  it.scopedLive(
    "without a name refreshes every login that is not disabled, and leaves keys and tokens alone",
    () =>
      Effect.gen(function* () {
        const { endpoint, home, putProfiles } = yield* world
        const [one, two, off] = [
          endpoint.families.signIn(),
          endpoint.families.signIn(),
          endpoint.families.signIn()
        ]
        yield* putProfiles({
          "anthropic:one": record(one, 1),
          "anthropic:two": record(two, far),
          "anthropic:off": { ...record(off, 1), disabled: true },
          "anthropic:key": { type: "api_key", provider: "anthropic", key: "k" }
        })
        const done = yield* run(home, command)
        assert.strictEqual(done.status, 0, done.stderr)
        assert.deepStrictEqual(
          done.stdout.split("\n").map((line) => line.split(": ")[0]),
          ["anthropic:one", "anthropic:two"]
        )
        assert.strictEqual(endpoint.families.counters().grants, 2)
      })
  )

  it.scopedLive("one that fails does not keep the others from being refreshed", () =>
    Effect.gen(function* () {
      const { endpoint, home, putProfiles } = yield* world
      const [bad, good] = [endpoint.families.signIn(), endpoint.families.signIn()]
      endpoint.families.revoke(bad.refresh)
      yield* putProfiles({ "anthropic:bad": record(bad, 1), "anthropic:good": record(good, 1) })
      const done = yield* run(home, command)
      assert.strictEqual(done.status, 1)
      assert.include(done.stdout, "anthropic:good: refreshed")
      assert.include(done.stderr, 'profile "anthropic:bad"')
    })
  )

  it.scopedLive("says what cannot be refreshed", () =>
    Effect.gen(function* () {
      const { home, putProfiles } = yield* world
      yield* putProfiles({ "anthropic:key": { type: "api_key", provider: "anthropic", key: "k" } })
      const key = yield* run(home, [...command, "anthropic:key"])
      assert.include(key.stderr, "anthropic:key is an API key: there is nothing to refresh")
      const missing = yield* run(home, [...command, "anthropic:nobody"])
      assert.include(missing.stderr, 'auth profile "anthropic:nobody" not found')
      const none = yield* run(home, command)
      assert.strictEqual(none.status, 0)
      assert.include(none.stdout, "No login is stored")
    })
  )

  it.scopedLive("Claude Code's file gets the new tokens too, and keeps everything else", () =>
    Effect.gen(function* () {
      const { endpoint, home, putProfiles } = yield* world
      const tokens = endpoint.families.signIn()
      const login = {
        accessToken: tokens.access,
        refreshToken: tokens.refresh,
        expiresAt: 1,
        subscriptionType: "max"
      }
      yield* put(
        home,
        ".claude/.credentials.json",
        JSON.stringify({ claudeAiOauth: login, mcpOAuth: { kept: 1 } })
      )
      yield* putProfiles({ "anthropic:claude-cli": record(tokens, 1) })
      const done = yield* run(home, [...command, "anthropic:claude-cli"])
      assert.strictEqual(done.status, 0, done.stderr)
      const theirs = JSON.parse((yield* textOf(home, ".claude/.credentials.json")) ?? "")
      const ours = (yield* stored(home)).profiles["anthropic:claude-cli"]
      assert.strictEqual(theirs.claudeAiOauth.refreshToken, ours?.refresh)
      assert.deepInclude(theirs, { mcpOAuth: { kept: 1 } })
      assert.strictEqual(theirs.claudeAiOauth.subscriptionType, "max")
      assert.strictEqual(endpoint.families.counters().grants, 1)
    })
  )
})

describe("what a person sees when a refresh ends badly", () => {
  it.scopedLive("is as recorded, and leaves the refresh token where it was", () =>
    recordedFailures("../golden/refreshFailures.txt", atOnce)
  )
})
