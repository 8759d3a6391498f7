import * as fs from "node:fs/promises"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { freshHome, put, run, textOf } from "../commandLine.ts"

const file = ".clawdbot/clawdbot.json"
const store = ".clawdbot/agents/main/agent/auth-profiles.json"
const apiKey = "sk-ant-api03-AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH-test"
const refresh = "sk-ant-ort01-RRRRSSSSTTTTUUUU"
const today = 1_800_000_000_000
const future = 4_102_444_800_000

const login = (email: string) => ({
  type: "oauth",
  provider: "anthropic",
  access: "at-1",
  refresh,
  expires: future,
  email
})

const stored = (
  profiles: Readonly<Record<string, unknown>>,
  rest: Readonly<Record<string, unknown>> = {}
): string => JSON.stringify({ version: 1, profiles, ...rest })

const good = stored({
  "anthropic:default": { type: "api_key", provider: "anthropic", key: apiKey }
})

interface Found {
  readonly findings: ReadonlyArray<{
    readonly id: string
    readonly what: string
    readonly fix: string
    readonly alternatives?: ReadonlyArray<string>
    readonly details: ReadonlyArray<string>
    readonly severity: string
    readonly why: string
  }>
  readonly repaired: ReadonlyArray<string>
}

const doctor = (
  home: string,
  argv: ReadonlyArray<string> = [],
  variables: Readonly<Record<string, string>> = {}
) =>
  Effect.map(
    Effect.zipRight(
      TestClock.setTime(today),
      run(home, ["doctor", "--json", ...argv], { variables })
    ),
    (ran) => {
      const all: Found = JSON.parse(ran.stdout)
      // Whatever runs at the gateway's usual port of this machine is no concern of these tests (see
      // machine.test.ts).
      const found: Found = {
        ...all,
        findings: all.findings.filter(({ id }) => !id.startsWith("gateway-"))
      }
      for (const finding of found.findings) {
        assert.notStrictEqual(finding.why, "")
        assert.notStrictEqual(finding.fix, "")
      }
      return { ...ran, ...found, ids: found.findings.map(({ id }) => id) }
    }
  )

describe("doctor", () => {
  it.scoped("has nothing to complain about where all is well", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, file, "{ gateway: { port: 1 } }\n")
      yield* put(home, store, good)
      const ran = yield* run(home, ["doctor"])
      assert.deepStrictEqual(ran, { status: 0, stdout: "No problems found.", stderr: "" })
    })
  )

  it.scoped("works where nothing is set up, and with every flag of older scripts", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const { ids, status, findings } = yield* doctor(home, [
        "--non-interactive",
        "--force",
        "--deep",
        "--generate-gateway-token",
        "--no-workspace-suggestions"
      ])
      assert.strictEqual(status, 1)
      assert.deepStrictEqual(ids, ["no-credentials"])
      assert.strictEqual(findings[0]?.fix, "clawdbot onboard")
    })
  )

  it.scoped(
    "shows what is wrong with a config that nothing else works with, and does not touch it",
    () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        const text = '{\n  "frob": 1,\n  "gateway": { "port": "x" }\n}\n'
        yield* put(home, file, text)
        const ran = yield* run(home, ["doctor", "--fix", "--yes"])
        assert.strictEqual(ran.status, 1)
        for (const part of [
          "HOME/.clawdbot/clawdbot.json:2:3",
          '2 |   "frob": 1,',
          'gateway.port: must be a whole number from 1 to 65535, not the string "x"'
        ]) {
          assert.include(ran.stdout, part)
        }
        assert.strictEqual(yield* textOf(home, file), text)
        for (const broken of ["", "{ agents: ", "[]"]) {
          yield* put(home, file, broken)
          const { ids, status } = yield* doctor(home, ["--fix"])
          assert.strictEqual(status, 1)
          assert.include(ids, "config-invalid")
          assert.strictEqual(yield* textOf(home, file), broken)
        }
      })
  )

  it.scoped("shows older keys as a diff, and writes them with --fix, without a terminal too", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const older =
        `{\n  // mine\n  "agent": { "model": "anthropic/\${MY_MODEL}" },\n  "auth": { ` +
        '"profiles": { "anthropic:claude-cli": { "provider": "anthropic", "mode": "token" } } ' +
        "}\n}\n"
      yield* put(home, file, older)
      yield* put(home, store, stored({ "anthropic:claude-cli": login("me@x.org") }))
      const variables = { MY_MODEL: "claude-haiku-4-5" }
      const model = `anthropic/\${MY_MODEL}`
      const shown = yield* run(home, ["doctor"], { variables })
      assert.include(shown.stdout, `-  "agent": { "model": "anthropic/\${MY_MODEL}" },`)
      assert.include(shown.stdout, "clawdbot doctor --fix")
      assert.strictEqual(shown.stderr, "")
      assert.strictEqual(yield* textOf(home, file), older)
      const { repaired, status } = yield* doctor(home, ["--fix", "--non-interactive"], variables)
      assert.strictEqual(status, 0)
      assert.strictEqual(repaired.length, 1)
      const text = (yield* textOf(home, file)) ?? ""
      assert.include(text, "// mine")
      assert.deepStrictEqual(JSON.parse(text.replace(/\/\/.*/g, "")), {
        auth: { profiles: { "anthropic:claude-cli": { provider: "anthropic", mode: "oauth" } } },
        agents: {
          defaults: {
            model: { primary: model, fallbacks: [] },
            models: { [model]: {} }
          }
        }
      })
      assert.notInclude((yield* doctor(home, [], variables)).ids, "config-older-keys")
    })
  )

  it.scoped("writes nothing where the migrated config would not be valid", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const text = '{ "agent": { "model": "anthropic/x", "nosuchkey": 1 } }\n'
      yield* put(home, file, text)
      const { ids } = yield* doctor(home, ["--fix", "--yes"])
      assert.deepStrictEqual(ids.filter((id) => id === "config-invalid").length, 2)
      assert.strictEqual(yield* textOf(home, file), text)
    })
  )

  it.scoped("renames a login in the config only after a yes", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const text =
        '{\n  "auth": {\n    "profiles": { "anthropic:default": { "provider": "anthropic", ' +
        '"mode": "oauth" } },\n    "order": { "anthropic": ["anthropic:default", ' +
        '"anthropic:me@example.com"] }\n  }\n}\n'
      yield* put(home, file, text)
      yield* put(home, store, stored({ "anthropic:me@example.com": login("me@example.com") }))
      const asked = yield* doctor(home, ["--fix"])
      assert.include(asked.ids, "profile-id")
      assert.strictEqual(yield* textOf(home, file), text)
      // What would be written is shown before anybody says yes.
      const shown = (yield* run(home, ["doctor"])).stdout
      assert.match(shown, /^ {2}-.*"anthropic:default"/m)
      assert.match(shown, /^ {2}\+.*"anthropic:me@example.com"/m)
      const done = yield* doctor(home, ["--yes"])
      assert.deepStrictEqual(done.repaired, [
        "renamed anthropic:default to anthropic:me@example.com in the config"
      ])
      assert.deepStrictEqual(JSON.parse((yield* textOf(home, file)) ?? ""), {
        auth: {
          profiles: {
            "anthropic:me@example.com": {
              provider: "anthropic",
              mode: "oauth",
              email: "me@example.com"
            }
          },
          order: { anthropic: ["anthropic:me@example.com"] }
        }
      })
      assert.deepStrictEqual((yield* doctor(home)).ids, [])
    })
  )

  it.scoped("closes what is open to others", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, file, "{}\n", 0o644)
      yield* put(home, store, good, 0o644)
      yield* Effect.promise(() => fs.chmod(path.join(home, ".clawdbot"), 0o755))
      const before = yield* doctor(home)
      assert.deepStrictEqual(before.ids, ["open-permissions", "open-permissions", "store-notice"])
      yield* doctor(home, ["--fix"])
      assert.deepStrictEqual((yield* doctor(home)).ids, [])
      const mode = yield* Effect.promise(
        async () => (await fs.stat(path.join(home, ".clawdbot"))).mode & 0o777
      )
      assert.strictEqual(mode, 0o700)
    })
  )

  it.scoped("moves the folder of an older version after a yes, and never over something", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, ".clawdbot/agent/auth-profiles.json", good)
      assert.include((yield* doctor(home, ["--fix"])).ids, "older-folder")
      assert.strictEqual((yield* doctor(home, ["--yes"])).repaired.length, 1)
      assert.strictEqual(yield* textOf(home, store), good)
      yield* put(home, ".clawdbot/agent/auth-profiles.json", "{}")
      assert.deepStrictEqual((yield* doctor(home, ["--yes"])).repaired, [])
      assert.strictEqual(yield* textOf(home, store), good)
    })
  )

  it.scoped("tells broken stores, of whatever kind, without their content", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, store, `{"version":1,"profiles":{"a":{"key":"${apiKey}"`)
      const corrupt = yield* doctor(home)
      assert.include(corrupt.ids, "store-corrupt")
      assert.notInclude(corrupt.stdout, "AAAABBBB")
      yield* put(home, store, '{"version":2,"profiles":{}}')
      assert.include((yield* doctor(home)).ids, "store-too-new")
    })
  )

  it.scoped("tells ends, rests, copies, doubled variables and keys of our own", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(
        home,
        file,
        JSON.stringify({
          auth: {
            payAsYouGoFallback: true,
            profiles: { "anthropic:gone": { provider: "anthropic", mode: "token" } }
          },
          agents: { list: [{ id: "main" }, { id: "work" }, { id: "empty" }] },
          env: { ANTHROPIC_API_KEY: "from-the-config" }
        })
      )
      const token = { type: "token", provider: "anthropic", token: "sk-ant-oat01-TTTT" }
      yield* put(
        home,
        store,
        stored(
          {
            "anthropic:old": { ...token, expires: 1 },
            "anthropic:b": token,
            "anthropic:me@x.org": login("me@x.org")
          },
          { usageStats: { "anthropic:b": { disabledUntil: future, disabledReason: "billing" } } }
        )
      )
      yield* put(
        home,
        ".clawdbot/agents/work/agent/auth-profiles.json",
        stored({ "anthropic:me@x.org": login("me@x.org") })
      )
      yield* put(home, ".claude/.credentials.json", "{}")
      const found = yield* doctor(home, [], { ANTHROPIC_OAUTH_TOKEN: "sk-ant-oat01-EEEE" })
      for (const id of [
        "expired",
        "resting",
        "login-copied",
        "profile-without-secret",
        "claude-code-seen",
        "own-keys",
        "two-keys"
      ]) {
        assert.include(found.ids, id)
      }
      const shadowed = yield* doctor(home, [], {
        ANTHROPIC_API_KEY: apiKey,
        CLAWDBOT_AGENT_DIR: path.join(home, "x")
      })
      for (const id of ["variable-shadows-config", "variable-moves-files"])
        assert.include(shadowed.ids, id)
      for (const secret of ["oat01-TTTT", "oat01-EEEE", refresh, apiKey, "from-the-config"]) {
        assert.notInclude(`${found.stdout}${shadowed.stdout}`, secret)
      }
      assert.include(found.stdout, "auth.payAsYouGoFallback")
    })
  )

  it.scoped("names a profile that was logged out, and both of its cures work", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const config = `{
  // mine
  "auth": { "profiles": {
    "anthropic:default": { "provider": "anthropic", "mode": "api_key" },
    "anthropic:b": { "provider": "anthropic", "mode": "api_key" } } }
}
`
      yield* put(home, file, config)
      yield* put(
        home,
        store,
        stored({
          "anthropic:default": { type: "api_key", provider: "anthropic", key: apiKey },
          "anthropic:b": { type: "api_key", provider: "anthropic", key: `${apiKey}b` }
        })
      )
      const logout = run(home, ["models", "auth", "logout", "anthropic:b"])
      const cures = Effect.map(doctor(home), ({ findings, ids }) => {
        assert.notInclude(ids, "profile-without-secret")
        const found = findings.find(({ id }) => id === "profile-logged-out")
        if (found === undefined) return []
        return [found.fix, ...(found.alternatives ?? [])]
      })
      const pasted = (cure: string | undefined) =>
        run(
          home,
          (/clawdbot (.*)/.exec(cure ?? "")?.[1] ?? "")
            .split(" ")
            .map((word) => word.replaceAll("'", ""))
        )
      yield* logout
      // The entry is about the profile of every agent and keeps its place: logging out leaves it.
      assert.strictEqual(yield* textOf(home, file), config)
      assert.strictEqual((yield* pasted((yield* cures)[0])).status, 0)
      assert.strictEqual(yield* textOf(home, file), config)
      assert.deepStrictEqual(yield* cures, [])
      yield* logout
      assert.strictEqual((yield* pasted((yield* cures)[1])).status, 0)
      assert.deepStrictEqual(yield* cures, [])
      assert.notInclude(yield* textOf(home, file), "anthropic:b")
    })
  )

  it.scoped("offers an agent without credentials those of another one", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, file, '{ "agents": { "list": [{ "id": "main" }, { "id": "work" }] } }')
      yield* put(home, store, good)
      const { findings } = yield* doctor(home)
      assert.deepStrictEqual(
        findings.map(({ id, what }) => `${id}: ${what}`),
        ["no-credentials: agent work has no credentials for anthropic"]
      )
      assert.deepStrictEqual(findings[0]?.alternatives, [
        "to use those of main: clawdbot agents add work --inherit-from main"
      ])
      assert.strictEqual(
        (yield* run(home, ["agents", "add", "work", "--inherit-from", "main"])).status,
        0
      )
      const after = yield* doctor(home)
      assert.strictEqual(after.status, 0)
      assert.notInclude(after.ids, "no-credentials")
    })
  )

  describe("where no credential is available", () => {
    const b = { type: "api_key", provider: "anthropic", key: `${apiKey}b` }
    const all = { "anthropic:b": b, "anthropic:c": { ...b, key: `${apiKey}c` } }
    const states = [
      {
        what: "every profile is cooling down",
        store: stored(all, {
          usageStats: {
            "anthropic:b": { cooldownUntil: future },
            "anthropic:c": { disabledUntil: future, disabledReason: "billing" }
          }
        }),
        details: [/^anthropic:b: cooling down, .* left/, /^anthropic:c: .*\(out of credit\)$/],
        cure: /clawdbot models auth clear anthropic:[bc]$/
      },
      {
        what: "the only token has expired",
        store: stored({
          "anthropic:t": {
            type: "token",
            provider: "anthropic",
            token: "sk-ant-oat01-TTTT",
            expires: 1
          }
        }),
        details: [/^anthropic:t: not used: expired/],
        cure: /^clawdbot models auth paste-token --provider anthropic .*--profile-id anthropic:t$/
      },
      {
        what: "the only key is disabled",
        store: stored({ "anthropic:b": { ...b, disabled: true } }),
        details: [/^anthropic:b: not used: disabled by you/],
        cure: /^clawdbot models auth enable anthropic:b --agent main$/
      }
    ]
    for (const { cure, details, store: content, what } of states) {
      it.scoped(`${what}: that comes first, with its reasons and cures, and exit status 1`, () =>
        Effect.gen(function* () {
          const home = yield* freshHome
          yield* put(home, store, content)
          const { findings, status } = yield* doctor(home)
          const [first] = findings
          assert.strictEqual(status, 1)
          assert.deepInclude(first, { id: "no-credential-available", severity: "problem" })
          for (const [index, line] of details.entries())
            assert.match(first?.details[index] ?? "", line)
          assert.strictEqual(first?.details.length, details.length)
          const cures = [first?.fix ?? "", ...(first?.alternatives ?? [])]
          assert.isTrue(
            cures.some((line) => cure.test(line)),
            cures.join("\n")
          )
        })
      )
    }

    it.scoped("a warning alone is no problem, and one credential that is ready makes none", () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        const usageStats = { "anthropic:b": { cooldownUntil: future } }
        yield* put(home, store, stored(all, { usageStats }))
        const { ids, status } = yield* doctor(home)
        assert.deepStrictEqual(ids, ["resting"])
        assert.strictEqual(status, 0)
      })
    )
  })

  it.scoped("names secrets of an odd form, and keys that are held back", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const stdin = "foo\n"
      yield* run(home, ["onboard", "--anthropic-api-key", "-"], { stdin })
      const odd = yield* doctor(home)
      assert.strictEqual(odd.status, 0)
      const [finding] = odd.findings
      assert.deepInclude(finding, { id: "unusual-secret", severity: "warning" })
      assert.strictEqual(
        finding?.what,
        "anthropic:default of agent main does not look like an Anthropic API key (sk-ant-api03-…)"
      )
      // Another service has secrets of any form.
      const providers = { anthropic: { baseUrl: "https://claude.example.org", models: [] } }
      yield* put(home, file, JSON.stringify({ models: { providers } }))
      assert.notInclude((yield* doctor(home)).ids, "unusual-secret")

      yield* put(home, file, "{}")
      yield* put(home, store, stored({ "anthropic:me": login("me@x.org") }))
      const held = yield* doctor(home, [], { ANTHROPIC_API_KEY: apiKey })
      assert.deepStrictEqual(held.ids, ["held-back-pay-as-you-go"])
      assert.include(held.findings[0]?.fix, "clawdbot config set auth.payAsYouGoFallback true")
    })
  )
})
