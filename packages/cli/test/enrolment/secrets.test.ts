/** What is refused as a secret, what the refusal says to do, and that doing it works. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "../clawdbot.ts"
import { freshHome, put, run, textOf } from "../commandLine.ts"

const store = ".clawdbot/agents/main/agent/auth-profiles.json"
const paste = ["models", "auth", "paste-token", "--provider", "anthropic"]
const zeroWidth = `${planted.apiKey.slice(0, 60)}\u200b${planted.apiKey.slice(60)}`

/** The report without its line breaks. */
const status = (home: string, variables: Readonly<Record<string, string>> = {}) =>
  Effect.map(run(home, ["models", "status"], { variables }), ({ stdout }) =>
    stdout.replace(/\s+/g, " ")
  )

describe("a secret that cannot be sent", () => {
  it.scopedLive("is refused where it is pasted; the cure of the refusal stores it", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const refused = yield* run(home, paste, { stdin: `${zeroWidth}\n` })
      assert.strictEqual(refused.status, 1)
      assert.include(refused.stderr, "character 61 is U+200B (a zero-width space)")
      assert.include(refused.stderr, "tr -cd '!-~'")
      assert.notInclude(refused.stderr, planted.apiKey.slice(0, 40))
      assert.isUndefined(yield* textOf(home, store))
      // `tr -cd '!-~'` leaves visible ASCII only.
      const stdin = zeroWidth.replace(/[^!-~]/g, "")
      assert.strictEqual((yield* run(home, paste, { stdin })).status, 0)
      assert.include((yield* textOf(home, store)) ?? "", planted.apiKey)
    })
  )

  it.scopedLive("is found where it is stored already, and answers no request", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const profiles = {
        "anthropic:default": { type: "api_key", provider: "anthropic", key: zeroWidth }
      }
      yield* put(home, store, JSON.stringify({ version: 1, profiles }))
      const found = yield* run(home, ["doctor"])
      assert.include(found.stdout, "anthropic:default: not used: contains a character that cannot")
      assert.include(yield* status(home), "cannot be sent (character 61 is U+200B")
      assert.strictEqual((yield* run(home, ["models", "status", "--check"])).status, 1)
      const argv = [...paste, "--profile-id", "anthropic:default", "--agent", "main"]
      assert.include(yield* status(home), `then: clawdbot ${argv.slice(0, 3).join(" ")}`)
      assert.strictEqual((yield* run(home, argv, { stdin: planted.apiKey })).status, 0)
      assert.strictEqual((yield* run(home, ["models", "status", "--check"])).status, 0)
    })
  )

  it.scopedLive("is named where it stands in a variable", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const stdout = yield* status(home, { ANTHROPIC_API_KEY: zeroWidth })
      assert.include(stdout, "env:ANTHROPIC_API_KEY")
      assert.include(stdout, "cannot be sent (character 61 is U+200B")
      assert.include(stdout, "set ANTHROPIC_API_KEY again")
      assert.include(
        yield* status(home, { ANTHROPIC_API_KEY: planted.apiKey }),
        "Next credential : env:"
      )
    })
  )
})

describe("what is no credential", () => {
  for (const text of ["sk-ant-...", "<your key>", "cbt_0123456789abcdefghijklmnopqrstuvwxyz"]) {
    it.scopedLive(`${text} is refused where it is pasted, and stores nothing`, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        for (const argv of [paste, ["onboard", "--anthropic-api-key", "-"]]) {
          const refused = yield* run(home, argv, { stdin: text })
          assert.strictEqual(refused.status, 1)
          assert.match(refused.stderr, /fix: .*(Console|sk-ant-api03-)/)
        }
        assert.isUndefined(yield* textOf(home, store))
      })
    )
  }

  it.scopedLive("is passed over in a variable, and doctor says why", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const rows = [
        ["sk-ant-...", "not used: a placeholder, not a key"],
        ["cbt_0123456789", "not used: a token of this gateway, not of the provider"]
      ] as const
      for (const [ANTHROPIC_API_KEY, words] of rows) {
        const variables = { ANTHROPIC_API_KEY }
        const found = yield* run(home, ["doctor"], { variables })
        assert.include(found.stdout, `env:ANTHROPIC_API_KEY: ${words} (in the environment)`)
        const explained = yield* run(home, ["models", "auth", "explain", "--json"], { variables })
        assert.notProperty(JSON.parse(explained.stdout), "chosen")
      }
    })
  )
})

describe("a secret of a form that nobody knows", () => {
  it.scopedLive("is stored and used, with one warning", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const done = yield* run(home, paste, { stdin: "sk-of-another-form" })
      assert.strictEqual(done.status, 0)
      assert.strictEqual(done.stderr.split("does not look like").length, 2)
      assert.include(yield* status(home), "Next credential : anthropic:")
    })
  )

  it.scopedLive("without one where another service is asked", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const config =
        "{ models: { providers: { anthropic: { baseUrl: " + '"https://proxy.example" } } } }'
      yield* put(home, ".clawdbot/clawdbot.json", config)
      const done = yield* run(home, paste, { stdin: "sk-of-another-form" })
      assert.strictEqual(done.status, 0)
      assert.notInclude(done.stderr, "does not look like")
    })
  )
})

describe("variables of other programs", () => {
  it.scopedLive("are named by status and doctor beside other credentials; the cure works", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const variables = { CLAUDE_CODE_OAUTH_TOKEN: planted.setupToken }
      assert.include(yield* status(home, variables), "env:CLAUDE_CODE_OAUTH_TOKEN OAuth (env) next")
      yield* run(home, ["onboard", "--anthropic-api-key", "-"], { stdin: planted.apiKey })
      const beside = yield* status(home, variables)
      assert.include(
        beside,
        "not used: only used when there is no other credential (in the environment)"
      )
      assert.include(beside, "store it: clawdbot models auth paste-token")
      assert.include(
        (yield* run(home, ["doctor"], { variables })).stdout,
        "CLAUDE_CODE_OAUTH_TOKEN is set (in the environment), and holds a setup token"
      )
      yield* run(home, [...paste, "--agent", "main"], { stdin: planted.setupToken })
      assert.include(yield* status(home, variables), "anthropic:manual setup token")
    })
  )
})
