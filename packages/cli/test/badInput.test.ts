import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { entry, filesIn, home, run as runProcess } from "./clawdbot.ts"
import { run } from "./commandLine.ts"

const lines: ReadonlyArray<readonly [ReadonlyArray<string>, string, string]> = [
  [["modles"], 'unknown command "modles"', "did you mean clawdbot models?"],
  [["models", "statsu"], 'unknown command "models statsu"', "did you mean clawdbot models status?"],
  [["login"], 'unknown command "login"', "did you mean clawdbot models auth login?"],
  [["auth"], 'unknown command "auth"', "did you mean clawdbot models auth?"],
  [["auth", "login"], 'unknown command "auth"', "did you mean clawdbot models auth login?"],
  [["models", "login"], 'unknown command "models login"', "clawdbot models auth login?"],
  [["status"], 'unknown command "status"', "did you mean clawdbot models status or clawdbot "],
  [["stop"], 'unknown command "stop"', "did you mean clawdbot gateway stop?"],
  [["version"], 'unknown command "version"', "did you mean clawdbot --version?"],
  [["help"], 'unknown command "help"', "did you mean clawdbot --help?"],
  [["models", "status", "--jsn"], 'unknown option "--jsn"', "did you mean --json?"],
  [["models", "status", "extra"], 'unexpected word "extra"', "clawdbot models status --help"],
  [["models", "status", "--agent"], "--agent needs a value", "--help"],
  [["models", "status", "--agent", "--json"], "--agent needs a value", "--help"],
  [["models", "status", "--json=yes"], "--json takes no value", "--help"],
  [
    ["models", "auth", "paste-token", "--provider", "a", "--provider", "b"],
    "--provider is given twice",
    "--help"
  ],
  [
    ["onboard", "--auth-choice", "apikey"],
    'unknown --auth-choice "apikey"',
    "did you mean --auth-choice apiKey?"
  ],
  [
    ["models", "status", "--json", "--plain"],
    "--json and --plain cannot be used together",
    "--help"
  ],
  [["models", "list", "--plain", "--json"], "--json and --plain cannot be used together", "--help"],
  [["models", "aliases", "list", "--json", "--plain"], "cannot be used together", "--help"],
  [["models", "fallbacks", "list", "--json", "--plain"], "cannot be used together", "--help"],
  [["MODELS"], 'unknown command "MODELS"', "--help"],
  [["--profile", "a/b", "models"], "not a valid profile name", "--help"],
  [["--profile", "a", "--dev", "models"], "cannot be used together", "--help"],
  [["gateway", "--port", "99999"], 'invalid --port "99999"', "--help"]
]

describe("a wrong command line", () => {
  for (const [argv, problem, cure] of lines) {
    it.scopedLive(
      `clawdbot ${argv.join(" ")}: exit 2, what is wrong, what to do, nothing written`,
      () =>
        Effect.gen(function* () {
          const folder = yield* home
          const done = yield* run(folder, argv)
          assert.strictEqual(done.status, 2, done.stderr)
          assert.strictEqual(done.stdout, argv.includes("--json") ? done.stdout : "")
          const said = done.stderr + done.stdout
          assert.include(said.replaceAll('\\"', '"'), problem)
          if (!argv.includes("--json")) assert.include(said, cure)
          assert.deepStrictEqual(filesIn(folder), [])
        })
    )
  }

  it.scopedLive("with --json the error is the one document of standard output", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const done = yield* run(folder, ["models", "status", "--json", "--nope"])
      assert.strictEqual(done.status, 2)
      assert.deepStrictEqual(Object.keys((JSON.parse(done.stdout) as { error: object }).error), [
        "_tag",
        "message",
        "fix"
      ])
      assert.strictEqual(done.stderr, "")
    })
  )
})

const withFile = (file: string, content: string, argv: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const folder = yield* home
    const target = `${folder}/${file}`
    fs.mkdirSync(target.slice(0, target.lastIndexOf("/")), { recursive: true })
    fs.writeFileSync(target, content, { mode: 0o600 })
    const done = yield* run(folder, argv)
    assert.notMatch(done.stderr + done.stdout, /^\s+at .+:\d+:\d+/m, "a stack trace")
    assert.strictEqual(fs.readFileSync(target, "utf8"), content, "the file was touched")
    return done
  })

describe("broken files", () => {
  it.scopedLive("invalid JSON5: file, line, column, a caret line", () =>
    Effect.gen(function* () {
      const done = yield* withFile(
        ".clawdbot/clawdbot.json",
        '{\n  auth: {\n    order: { anthropic: ["a" "b"] }\n  }\n}\n',
        ["models", "status"]
      )
      assert.strictEqual(done.status, 1)
      assert.match(done.stderr, /clawdbot\.json:3:\d+/)
      assert.include(done.stderr, '3 |     order: { anthropic: ["a" "b"] }')
      assert.match(done.stderr, /\| +\^/)
    })
  )

  it.scopedLive("a key of the wrong shape: refused, with what a right one looks like", () =>
    Effect.gen(function* () {
      const done = yield* withFile(
        ".clawdbot/clawdbot.json",
        '{ auth: { cooldowns: { billingMaxHours: "many" } } }\n',
        ["models", "status"]
      )
      assert.strictEqual(done.status, 1)
      assert.include(done.stderr, "auth.cooldowns.billingMaxHours")
      assert.match(done.stderr, /→/)
    })
  )

  it.scopedLive("a corrupt store: a typed error with its place, the original untouched", () =>
    Effect.gen(function* () {
      const done = yield* withFile(
        ".clawdbot/agents/main/agent/auth-profiles.json",
        '{"version":1,"profiles":{"x":',
        ["models", "status", "--json"]
      )
      assert.strictEqual(done.status, 1)
      const { error } = JSON.parse(done.stdout) as { error: { _tag: string; message: string } }
      assert.strictEqual(error._tag, "StoreCorrupt")
      assert.match(error.message, /auth-profiles\.json:1:\d+/)
    })
  )
})

describe("odd surroundings", () => {
  it.scopedLive("no HOME: one clear sentence", () =>
    Effect.gen(function* () {
      const done = yield* runProcess(undefined, ["models", "status"])
      assert.strictEqual(done.status, 1)
      assert.include(done.stderr, "there is no home folder")
    })
  )

  it.scopedLive("a working folder that is gone: one clear sentence", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const line = 'mkdir gone && cd gone && rmdir ../gone && "$0" "$1" models status'
      const done = spawnSync("bash", ["-c", line, process.execPath, entry], {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder },
        encoding: "utf8"
      })
      assert.strictEqual(done.status, 1)
      assert.strictEqual(
        done.stderr,
        "clawdbot: the working folder no longer exists\nfix: go to a folder that " + "exists: cd\n"
      )
    })
  )

  it.scopedLive("--help and --version need no valid config", () =>
    Effect.gen(function* () {
      for (const flag of ["--help", "--version"]) {
        const done = yield* withFile(".clawdbot/clawdbot.json", "{ broken", [flag])
        assert.strictEqual(done.status, 0)
        assert.strictEqual(done.stderr, "")
      }
    })
  )
})
