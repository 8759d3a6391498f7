/** `models auth logout`: out, back in, and gone for good. */
import * as fs from "node:fs"
import { fingerprint } from "@clawdbot/domain/Profile/Secret"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { put, run, textOf } from "../commandLine.ts"
import { record, store, stored, world } from "./logins.ts"

const key = (secret: string) => ({
  type: "api_key",
  provider: "anthropic",
  key: secret,
  note: "kept"
})
const command = ["models", "auth", "logout"]
const journal = ".clawdbot/run/refresh-journal"

/** Files below the state folder in which a text stands. */
const holding = (home: string, text: string) =>
  fs
    .readdirSync(`${home}/.clawdbot`, { recursive: true, encoding: "utf8" })
    .filter((name) => fs.statSync(`${home}/.clawdbot/${name}`).isFile())
    .filter((name) => fs.readFileSync(`${home}/.clawdbot/${name}`, "utf8").includes(text))

describe("models auth logout", () => {
  it.scopedLive(
    "takes the credential out, and undo brings it back as it was, its place in the order included",
    () =>
      Effect.gen(function* () {
        const { home, putProfiles } = yield* world
        yield* putProfiles({ "anthropic:a": key("secret-a"), "anthropic:b": key("secret-b") }, [
          "anthropic:b",
          "anthropic:a"
        ])
        const out = yield* run(home, [...command, "anthropic:b"])
        assert.strictEqual(out.status, 0, out.stderr)
        assert.include(out.stderr, "clawdbot models auth logout anthropic:b --undo")
        const without = yield* stored(home)
        assert.deepStrictEqual(Object.keys(without.profiles), ["anthropic:a"])
        assert.deepStrictEqual(without.order, { anthropic: ["anthropic:a"] })
        // However often the store changes meanwhile.
        for (const name of ["c", "d", "e", "f", "g", "h"]) {
          const args = [
            "models",
            "auth",
            "paste-token",
            "--provider",
            "other",
            "--profile-id",
            `other:${name}`
          ]
          yield* run(home, args, { stdin: `token-${name}` })
        }
        const back = yield* run(home, [...command, "anthropic:b", "--undo"])
        assert.strictEqual(back.status, 0, back.stderr)
        const restored = yield* stored(home)
        assert.deepStrictEqual(restored.profiles["anthropic:b"], key("secret-b"))
        assert.deepStrictEqual(restored.order?.anthropic, ["anthropic:b", "anthropic:a"])
        const again = yield* run(home, [...command, "anthropic:b", "--undo"])
        assert.include(
          again.stderr,
          "there is no removed or replaced credential of anthropic:b to restore"
        )
      })
  )

  it.scopedLive("undo loses no other credential of the same name: undo again brings it back", () =>
    Effect.gen(function* () {
      const { home, putProfiles } = yield* world
      yield* putProfiles({ "anthropic:a": key("secret-a") })
      yield* run(home, [...command, "anthropic:a"])
      yield* putProfiles({ "anthropic:a": key("secret-new") })
      for (const secret of ["secret-a", "secret-new", "secret-a"]) {
        const swapped = yield* run(home, [...command, "anthropic:a", "--undo"])
        assert.strictEqual(swapped.status, 0, swapped.stderr)
        assert.include(swapped.stderr, "clawdbot models auth logout anthropic:a --undo")
        assert.deepStrictEqual((yield* stored(home)).profiles["anthropic:a"], key(secret))
      }
      // Neither is left behind by a purge.
      yield* run(home, [...command, "anthropic:a", "--purge"])
      for (const secret of ["secret-a", "secret-new"])
        assert.deepStrictEqual(holding(home, secret), [])
    })
  )

  it.scopedLive("purge leaves the secret nowhere, and everything else where it is", () =>
    Effect.gen(function* () {
      const { endpoint, home, putProfiles } = yield* world
      const tokens = endpoint.families.signIn()
      yield* putProfiles({ "anthropic:a": key("secret-a"), "anthropic:me": record(tokens, 1) })
      const mark = fingerprint(Redacted.make(tokens.refresh))
      const answered = {
        version: 1,
        state: "answered",
        at: 1,
        grant: { access: "next-access", refresh: "next-refresh" }
      }
      yield* put(home, `${journal}/${mark}.json`, JSON.stringify(answered))
      yield* put(
        home,
        `${store}.corrupt-1`,
        `{"profiles":{"anthropic:me":{"refresh":"${tokens.refresh}`
      )
      yield* run(home, [...command, "anthropic:a"])
      yield* run(home, [...command, "anthropic:me"])
      assert.isAbove(holding(home, tokens.refresh).length, 1)
      const purged = yield* run(home, [...command, "anthropic:me", "--purge"])
      assert.strictEqual(purged.status, 0, purged.stderr)
      for (const secret of [tokens.refresh, tokens.access, "next-access", "next-refresh"]) {
        assert.deepStrictEqual(holding(home, secret), [])
      }
      const back = yield* run(home, [...command, "anthropic:a", "--undo"])
      assert.strictEqual(back.status, 0, back.stderr)
      assert.deepStrictEqual((yield* stored(home)).profiles, { "anthropic:a": key("secret-a") })
      assert.strictEqual((yield* run(home, [...command, "anthropic:me", "--purge"])).status, 1)
    })
  )

  it.scopedLive(
    "purge keeps the answer by which another agent's copy lives, and tells which files still " +
      "hold the secret",
    () =>
      Effect.gen(function* () {
        const { endpoint, home, putProfiles } = yield* world
        const tokens = endpoint.families.signIn()
        yield* putProfiles({ "anthropic:me": record(tokens, 1) })
        yield* put(
          home,
          ".clawdbot/clawdbot.json",
          '{ agents: { list: [{ id: "main", default: true }, { id: "work" }] } }'
        )
        yield* put(
          home,
          ".clawdbot/agents/work/agent/auth-profiles.json",
          JSON.stringify({ version: 1, profiles: { "anthropic:me": record(tokens, 1) } })
        )
        yield* put(
          home,
          ".clawdbot/agents/main/agent/auth.json.imported",
          JSON.stringify({ old: tokens.refresh })
        )
        const file = `${journal}/${fingerprint(Redacted.make(tokens.refresh))}.json`
        yield* put(
          home,
          file,
          JSON.stringify({ version: 1, state: "answered", at: 1, grant: { access: "next" } })
        )
        const purged = yield* run(home, [...command, "anthropic:me", "--purge"])
        assert.strictEqual(purged.status, 0, purged.stderr)
        assert.include(purged.stderr, "auth.json.imported still contains it")
        assert.isDefined(yield* textOf(home, file))
      })
  )

  it.scopedLive(
    "Claude Code's login does not come back by itself, until undo gives the consent again",
    () =>
      Effect.gen(function* () {
        const { endpoint, home } = yield* world
        const tokens = endpoint.families.signIn()
        const login = {
          accessToken: tokens.access,
          refreshToken: tokens.refresh,
          expiresAt: 4_102_444_800_000
        }
        yield* put(home, ".claude/.credentials.json", JSON.stringify({ claudeAiOauth: login }))
        yield* put(
          home,
          ".clawdbot/clawdbot.json",
          '{ auth: { profiles: { "anthropic:claude-cli": { provider: "anthropic", mode: ' +
            '"oauth" } } } }'
        )
        yield* run(home, ["models", "status"])
        assert.isDefined((yield* stored(home)).profiles["anthropic:claude-cli"])
        const out = yield* run(home, [...command, "anthropic:claude-cli"])
        assert.include(out.stderr, "Claude Code itself stays logged in.")
        yield* run(home, ["models", "status"])
        assert.deepStrictEqual((yield* stored(home)).profiles, {})
        yield* run(home, [...command, "anthropic:claude-cli", "--undo"])
        assert.isDefined((yield* stored(home)).profiles["anthropic:claude-cli"])
        assert.include(yield* textOf(home, ".clawdbot/clawdbot.json"), "anthropic:claude-cli")
      })
  )

  it.scopedLive(
    "an unknown profile is an error, and --undo and --purge cannot be used together",
    () =>
      Effect.gen(function* () {
        const { home } = yield* world
        for (const flags of [[], ["--purge"], ["--undo"]]) {
          assert.strictEqual((yield* run(home, [...command, "anthropic:x", ...flags])).status, 1)
        }
        assert.strictEqual((yield* run(home, [...command, ""])).status, 2)
        assert.strictEqual(
          (yield* run(home, [...command, "anthropic:x", "--undo", "--purge"])).status,
          2
        )
        assert.deepStrictEqual(holding(home, "anthropic:x"), [])
      })
  )
})
