import * as fs from "node:fs"
import { defined } from "@clawdbot/domain/Document/defined"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { filesIn, home, planted, run as runProcess } from "./clawdbot.ts"
import { run } from "./commandLine.ts"

const store = ".clawdbot/agents/main/agent/auth-profiles.json"
const mode = (file: string) => (fs.statSync(file).mode & 0o777).toString(8)
const profilesIn = (folder: string): Record<string, unknown> =>
  (
    JSON.parse(fs.readFileSync(`${folder}/${store}`, "utf8")) as {
      profiles: Record<string, unknown>
    }
  ).profiles
const leaks = (text: string): ReadonlyArray<string> =>
  Object.values(planted).filter((secret) => text.includes(secret))

describe("onboard", () => {
  it.scopedLive(
    "with the key alone stores it, registers it, reads both back, and shows it masked only",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const done = yield* run(folder, ["onboard", "--anthropic-api-key", planted.apiKey])
        assert.strictEqual(done.status, 0, done.stderr)
        assert.deepStrictEqual(profilesIn(folder), {
          "anthropic:default": { type: "api_key", provider: "anthropic", key: planted.apiKey }
        })
        assert.deepStrictEqual(
          JSON.parse(fs.readFileSync(`${folder}/.clawdbot/clawdbot.json`, "utf8")),
          {
            auth: { profiles: { "anthropic:default": { provider: "anthropic", mode: "api_key" } } }
          }
        )
        for (const file of filesIn(folder))
          assert.strictEqual(mode(`${folder}/${file}`), "600", file)
        for (const dir of [".clawdbot", ".clawdbot/agents/main/agent"])
          assert.strictEqual(mode(`${folder}/${dir}`), "700", dir)
        const status = yield* run(folder, ["models", "status"])
        assert.include(status.stdout, "sk-ant-a...anted-AA")
        assert.include(status.stdout, "Next credential")
        assert.deepStrictEqual(leaks(done.stdout + done.stderr + status.stdout + status.stderr), [])
      })
  )

  it.scopedLive(
    "takes the key from standard input, a file, or the environment, so that no command line " +
      "holds it",
    () =>
      Effect.gen(function* () {
        for (const way of ["stdin", "file", "environment"] as const) {
          const folder = yield* home
          fs.writeFileSync(`${folder}/key`, `export ANTHROPIC_API_KEY="${planted.apiKey}";\n`)
          const ways = {
            stdin: () =>
              runProcess(folder, ["onboard", "--anthropic-api-key", "-"], {
                stdin: `${planted.apiKey}\n`
              }),
            file: () => runProcess(folder, ["onboard", "--anthropic-api-key-file", "key"]),
            environment: () =>
              run(
                folder,
                ["onboard", "--auth-choice", "apiKey", "--non-interactive", "--accept-risk"],
                { variables: { ANTHROPIC_API_KEY: planted.apiKey } }
              )
          }
          const done = yield* ways[way]()
          assert.strictEqual(done.status, 0, way + done.stderr)
          assert.deepInclude(profilesIn(folder)["anthropic:default"], { key: planted.apiKey }, way)
        }
      })
  )

  it.scopedLive("stores a setup token with its end", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const done = yield* run(
        folder,
        [
          "onboard",
          "--non-interactive",
          "--accept-risk",
          "--auth-choice",
          "token",
          "--token-provider",
          "anthropic",
          "--token",
          "-",
          "--token-expires-in",
          "365d"
        ],
        { stdin: planted.setupToken }
      )
      assert.strictEqual(done.status, 0, done.stderr)
      const stored = profilesIn(folder)["anthropic:default"] as { type: string; expires: number }
      assert.strictEqual(stored.type, "token")
      assert.closeTo(stored.expires, Date.now() + 365 * 86_400_000, 60_000)
    })
  )

  for (const kind of ["oauth", "token"] as const) {
    it.scopedLive(`reuses a Claude Code login (${kind}) with consent`, () =>
      Effect.gen(function* () {
        const folder = yield* home
        fs.mkdirSync(`${folder}/.claude`)
        const login = {
          accessToken: "access-planted",
          ...defined({ refreshToken: kind === "oauth" ? "refresh-planted" : undefined }),
          expiresAt: 4_102_444_800_000
        }
        const file = JSON.stringify({ claudeAiOauth: login, mcpOAuth: { keep: true } })
        fs.writeFileSync(`${folder}/.claude/.credentials.json`, file)
        const done = yield* run(folder, ["onboard", "--auth-choice", "claude-cli"])
        assert.strictEqual(done.status, 0, done.stderr)
        assert.deepInclude(profilesIn(folder)["anthropic:claude-cli"], { type: kind })
        assert.include(fs.readFileSync(`${folder}/.clawdbot/clawdbot.json`, "utf8"), '"oauth"')
        assert.strictEqual(fs.readFileSync(`${folder}/.claude/.credentials.json`, "utf8"), file)
        assert.notInclude(done.stdout + done.stderr, "access-planted")
      })
    )
  }

  it.scopedLive("without a terminal never waits: it fails and names the flags", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const done = yield* run(folder, ["onboard"])
      assert.strictEqual(done.status, 1)
      assert.include(done.stderr, "--anthropic-api-key -")
      assert.deepStrictEqual(filesIn(folder), [])
    })
  )
})

describe("paste-token", () => {
  it.scopedLive(
    "reads a pipe to its end, joins wrapped lines, and puts the profile in front of an order",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        fs.mkdirSync(`${folder}/.clawdbot`)
        const text = "{\n  // mine\n  auth: { order: { anthropic: ['anthropic:old'] } },\n}\n"
        fs.writeFileSync(`${folder}/.clawdbot/clawdbot.json`, text)
        const wrapped = `${planted.setupToken.slice(0, 60)}\n${planted.setupToken.slice(60)}\n`
        const done = yield* run(
          folder,
          ["models", "auth", "paste-token", "--provider", "anthropic"],
          { stdin: wrapped }
        )
        assert.strictEqual(done.status, 0, done.stderr)
        assert.deepInclude(profilesIn(folder)["anthropic:manual"], {
          type: "token",
          token: planted.setupToken
        })
        const config = fs.readFileSync(`${folder}/.clawdbot/clawdbot.json`, "utf8")
        assert.include(config, "// mine")
        assert.match(config, /order: \{ anthropic: \[.anthropic:manual., ?'anthropic:old'\]/)
      })
  )

  const wrong: ReadonlyArray<readonly [string, string, string]> = [
    ["a login code", "abcdef#ghijkl", "run claude setup-token"],
    ["a cut-off token", "sk-ant-oat01-short", "copy the whole token"],
    ["a refresh token", `sk-ant-ort01-${"x".repeat(90)}`, "never a refresh token"],
    ["nothing", "", "--token-file"]
  ]
  for (const [name, text, cure] of wrong) {
    it.scopedLive(`refuses ${name}, says what to do, and stores nothing`, () =>
      Effect.gen(function* () {
        const folder = yield* home
        const done = yield* run(
          folder,
          ["models", "auth", "paste-token", "--provider", "anthropic"],
          { stdin: text }
        )
        assert.strictEqual(done.status, 1)
        assert.include(done.stderr, cure)
        assert.deepStrictEqual(filesIn(folder), [])
        if (text !== "") assert.notInclude(done.stderr, text)
      })
    )
  }
})
