/** `models auth print-token`: what other programs read. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "../clawdbot.ts"
import { put, run, textOf } from "../commandLine.ts"
import { record, store, stored, world } from "../oauth/logins.ts"
import { oneRefreshFor } from "./askedAtOnce.ts"

const far = 4_102_444_800_000
const command = ["models", "auth", "print-token"]
const key = { type: "api_key", provider: "anthropic", key: planted.apiKey }
const token = { type: "token", provider: "anthropic", token: planted.setupToken, expires: far }

describe("models auth print-token", () => {
  it.scopedLive("a key: the secret alone, a header, a variable, a document", () =>
    Effect.gen(function* () {
      const { home, putProfiles } = yield* world
      yield* putProfiles({ "anthropic:key": key })
      const raw = yield* run(home, command)
      assert.deepStrictEqual(raw, { status: 0, stdout: planted.apiKey, stderr: "" })
      const shown = (format: string) =>
        Effect.map(run(home, [...command, "--format", format]), ({ stdout }) => stdout)
      assert.strictEqual(yield* shown("header"), `x-api-key: ${planted.apiKey}`)
      const { fingerprint, ...document } = JSON.parse(yield* shown("json"))
      assert.deepStrictEqual((yield* shown("env")).split("\n"), [
        `ANTHROPIC_API_KEY=${planted.apiKey}`,
        "ANTHROPIC_BASE_URL=https://api.anthropic.com",
        "CLAWDBOT_TOKEN_PROFILE=anthropic:key",
        `CLAWDBOT_TOKEN_FINGERPRINT=${fingerprint}`
      ])
      assert.match(fingerprint, /^[0-9a-f]{32}$/)
      assert.deepStrictEqual(document, {
        version: 1,
        agent: "main",
        profile: "anthropic:key",
        provider: "anthropic",
        kind: "api_key",
        token: planted.apiKey,
        baseUrl: "https://api.anthropic.com",
        headers: { "x-api-key": planted.apiKey }
      })
    })
  )

  it.scopedLive("a bearer comes with the beta it needs, and with its end", () =>
    Effect.gen(function* () {
      const { home, putProfiles } = yield* world
      yield* putProfiles({ "anthropic:setup": token })
      const header = yield* run(home, [...command, "--format", "header"])
      assert.strictEqual(
        header.stdout,
        `authorization: Bearer ${planted.setupToken}\nanthropic-beta: oauth-2025-04-20`
      )
      const env = yield* run(home, [...command, "--format", "env"])
      assert.deepStrictEqual(env.stdout.split("\n").slice(0, 4), [
        `ANTHROPIC_AUTH_TOKEN=${planted.setupToken}`,
        "ANTHROPIC_BASE_URL=https://api.anthropic.com",
        "ANTHROPIC_CUSTOM_HEADERS='anthropic-beta: oauth-2025-04-20'",
        "CLAWDBOT_TOKEN_PROFILE=anthropic:setup"
      ])
      const { expiration, expiresAt, kind } = JSON.parse(
        (yield* run(home, [...command, "--format", "json"])).stdout
      )
      assert.deepStrictEqual(
        { expiration, expiresAt, kind },
        { expiration: "2100-01-01T00:00:00.000Z", expiresAt: far, kind: "token" }
      )
    })
  )

  it.scopedLive(
    "the fingerprint is the same for the same secret here, and tells nothing of it",
    () =>
      Effect.gen(function* () {
        const fingerprintOf = Effect.fnUntraced(function* (secret: string) {
          const { home, putProfiles } = yield* world
          yield* putProfiles({ "anthropic:key": { ...key, key: secret } })
          const read = Effect.map(
            run(home, [...command, "--json"]),
            ({ stdout }): string => JSON.parse(stdout).fingerprint
          )
          const [first, second] = [yield* read, yield* read]
          assert.strictEqual(first, second)
          yield* putProfiles({ "anthropic:key": { ...key, key: planted.otherKey } })
          assert.notStrictEqual(yield* read, first)
          return first
        })
        // Of another installation it has another name: no list of hashes of guessed secrets fits.
        const names = [yield* fingerprintOf(planted.apiKey), yield* fingerprintOf(planted.apiKey)]
        assert.strictEqual(new Set(names).size, 2)
      })
  )

  it.scopedLive("takes --provider like its siblings", () =>
    Effect.gen(function* () {
      const { home, putProfiles } = yield* world
      yield* putProfiles({ "anthropic:key": key })
      const mine = yield* run(home, [...command, "--provider", "Anthropic"])
      assert.strictEqual(mine.stdout, planted.apiKey)
      const other = yield* run(home, [...command, "--provider", "openai"])
      assert.strictEqual(other.status, 4)
      assert.include(other.stderr, 'No API key found for provider "openai"')
      assert.include(other.stderr, "paste-token --provider openai --agent main")
    })
  )

  it.scopedLive("a profile that is named answers, whatever the order says", () =>
    Effect.gen(function* () {
      const { home, putProfiles } = yield* world
      yield* putProfiles({ "anthropic:key": key, "anthropic:setup": token }, [
        "anthropic:setup",
        "anthropic:key"
      ])
      assert.strictEqual((yield* run(home, command)).stdout, planted.setupToken)
      const named = yield* run(home, [...command, "--profile-id", "anthropic:key"])
      assert.strictEqual(named.stdout, planted.apiKey)
    })
  )

  it.scopedLive("without a credential: nothing on standard output, and how to get one", () =>
    Effect.gen(function* () {
      const { home, putProfiles } = yield* world
      const none = yield* run(home, command)
      assert.deepInclude(none, { status: 4, stdout: "" })
      assert.include(none.stderr, 'No API key found for provider "anthropic"')
      yield* putProfiles({ "anthropic:key": key })
      const missing = yield* run(home, [...command, "--profile-id", "anthropic:nobody"])
      assert.deepInclude(missing, { status: 4, stdout: "" })
      assert.include(missing.stderr, 'profile "anthropic:nobody"')
      const misspelt = yield* run(home, [...command, "--format", "jsn"])
      assert.deepInclude(misspelt, { status: 2, stdout: "" })
      assert.include(misspelt.stderr, "--format json")
    })
  )

  it.scopedLive("a login whose end is nearer than the caller keeps it is refreshed first", () =>
    Effect.gen(function* () {
      const { endpoint, home, putProfiles } = yield* world
      const tokens = endpoint.families.signIn()
      yield* putProfiles({ "anthropic:me": record(tokens, Date.now() + 200_000) })
      const done = yield* run(home, command)
      assert.strictEqual(done.status, 0, done.stderr)
      assert.notStrictEqual(done.stdout, tokens.access)
      assert.isTrue(endpoint.families.isCurrent(done.stdout))
      assert.strictEqual((yield* stored(home)).profiles["anthropic:me"]?.access, done.stdout)
      assert.strictEqual((yield* run(home, command)).stdout, done.stdout)
      assert.deepInclude(endpoint.families.counters(), { grants: 1, reuses: 0 })
    })
  )

  it.scopedLive("a login that cannot be refreshed is given as long as it has life left", () =>
    Effect.gen(function* () {
      const { endpoint, home, putProfiles } = yield* world
      const tokens = endpoint.families.signIn()
      endpoint.families.revoke(tokens.refresh)
      yield* putProfiles({ "anthropic:me": record(tokens, Date.now() + 200_000) })
      assert.strictEqual((yield* run(home, command)).stdout, tokens.access)
    })
  )
})

describe("a credential that another program believes to be out of order", () => {
  const health = (home: string) =>
    Effect.map(
      textOf(home, ".clawdbot/agents/main/agent/auth-health.json"),
      (text) => JSON.parse(text ?? "{}").profiles?.["anthropic:key"]
    )

  it.scopedLive("is handed out as a trial, once a minute, and recorded as one", () =>
    Effect.gen(function* () {
      const { home } = yield* world
      yield* put(
        home,
        store,
        JSON.stringify({
          version: 1,
          profiles: { "anthropic:key": key },
          usageStats: { "anthropic:key": { cooldownUntil: far } }
        })
      )
      const before = Date.now()
      assert.strictEqual((yield* run(home, command)).stdout, planted.apiKey)
      const [trial] = (yield* health(home)).trials
      assert.deepInclude(trial, { scope: "credential", refused: 0, inFlight: false })
      assert.isAtLeast(trial.at, before)
      assert.strictEqual(trial.nextAt, trial.at + 60_000)
      // Another program, and the same one again, wait for what becomes of it.
      const again = yield* run(home, command)
      assert.deepInclude(again, { status: 3, stdout: "" })
      assert.include(again.stderr, "No available auth profile")
      assert.include(again.stderr, "clawdbot models auth clear anthropic:key --agent main")
      // Its pause is not written away.
      const status = yield* run(home, ["models", "status", "--json"])
      const [cooling] = JSON.parse(status.stdout).auth.unusableProfiles
      assert.deepInclude(cooling, { profileId: "anthropic:key", until: far })
      assert.strictEqual((yield* run(home, ["models", "auth", "clear", "anthropic:key"])).status, 0)
      assert.strictEqual((yield* run(home, command)).stdout, planted.apiKey)
    })
  )
})

describe("programs that ask at once", () => {
  it.scopedLive("cause one refresh, and all get the new token", () => oneRefreshFor(12), 60_000)
})
