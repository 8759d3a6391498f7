import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { filesIn, home, planted } from "./clawdbot.ts"
import { runWhole as run } from "./commandLine.ts"
import { atTerminal, keys } from "./terminal/person.ts"

const store = ".clawdbot/agents/main/agent/auth-profiles.json"
const profilesIn = (
  folder: string
): Record<string, { type: string; expires?: number; token?: string }> =>
  (
    JSON.parse(fs.readFileSync(`${folder}/${store}`, "utf8")) as {
      profiles: Record<string, { type: string }>
    }
  ).profiles

const logIn = (folder: string, expiresAt: number) => {
  fs.mkdirSync(`${folder}/.claude`, { recursive: true })
  const claudeAiOauth = {
    accessToken: `access-${expiresAt}`,
    refreshToken: `refresh-${expiresAt}`,
    expiresAt
  }
  fs.writeFileSync(`${folder}/.claude/.credentials.json`, JSON.stringify({ claudeAiOauth }))
}

describe("Claude Code's login", () => {
  it.scopedLive("is not read without consent, and sync says how to give it", () =>
    Effect.gen(function* () {
      const folder = yield* home
      logIn(folder, 4_102_444_800_000)
      const status = yield* run(folder, ["models", "status"])
      assert.include(
        status.stderr,
        "Claude Code is logged in on this machine (~/.claude/.credentials.json)"
      )
      assert.include(status.stderr, "clawdbot onboard --auth-choice claude-cli")
      assert.deepStrictEqual(filesIn(folder), [".claude/.credentials.json"])
      const refused = yield* run(folder, ["models", "auth", "sync"])
      assert.strictEqual(refused.status, 1)
      assert.include(refused.stderr, "clawdbot onboard --auth-choice claude-cli")
    })
  )

  it.scopedLive("is picked up at once after a new login, and never replaced by an older one", () =>
    Effect.gen(function* () {
      const folder = yield* home
      logIn(folder, 4_102_444_800_000)
      yield* run(folder, ["onboard", "--auth-choice", "claude-cli"])
      logIn(folder, 4_133_980_800_000)
      yield* run(folder, ["models", "status"])
      assert.strictEqual(profilesIn(folder)["anthropic:claude-cli"]?.expires, 4_133_980_800_000)
      logIn(folder, 4_102_444_800_001)
      const older = yield* run(folder, ["models", "auth", "sync"])
      assert.include(older.stdout, "have different logins")
      assert.strictEqual(profilesIn(folder)["anthropic:claude-cli"]?.expires, 4_133_980_800_000)
    })
  )

  it.scopedLive("takes the place of a setup token, which is kept and comes back", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const pasted = `sk-ant-oat01-${"A".repeat(80)}`
      const paste = ["models", "auth", "paste-token", "--provider", "anthropic"]
      yield* run(folder, [...paste, "--profile-id", "anthropic:claude-cli"], { stdin: pasted })
      logIn(folder, 4_102_444_800_000)
      const synced = yield* run(folder, ["models", "auth", "sync"])
      assert.include(synced.stderr, "took the place of the credential")
      assert.strictEqual(profilesIn(folder)["anthropic:claude-cli"]?.type, "oauth")
      const [, undo = ""] = /undo: clawdbot (.*)/.exec(synced.stderr) ?? []
      const undone = yield* run(folder, undo.split(" "))
      assert.strictEqual(undone.status, 0, undone.stderr)
      assert.strictEqual(profilesIn(folder)["anthropic:claude-cli"]?.token, pasted)
      // Every command that follows the login says so, not only the one that was asked for it.
      const status = yield* run(folder, ["models", "status"])
      assert.include(status.stderr, `undo: clawdbot ${undo}`)
      assert.strictEqual(profilesIn(folder)["anthropic:claude-cli"]?.type, "oauth")
    })
  )
})

/** Runs the command in a real terminal, and types each answer when its question is seen. */
const inTerminal = (
  folder: string,
  argv: ReadonlyArray<string>,
  answers: ReadonlyArray<readonly [question: string, answer: string]> = []
) =>
  Effect.gen(function* () {
    const person = yield* atTerminal(folder, argv, { PATH: `${folder}/bin:${process.env.PATH}` })
    for (const [question, answer] of answers) {
      yield* person.sees(question)
      yield* person.types(answer)
    }
    const status = yield* person.ended
    return { status, seen: person.screen() }
  })

const scriptedClaude = (folder: string, body: string) => {
  fs.mkdirSync(`${folder}/bin`)
  fs.writeFileSync(`${folder}/bin/claude`, `#!/bin/sh\n${body}\n`, { mode: 0o755 })
}

describe("setup-token", () => {
  it.scopedLive("runs claude, asks for the printed token with hidden input, and stores it", () =>
    Effect.gen(function* () {
      const folder = yield* home
      scriptedClaude(folder, 'echo "called: $*"')
      const done = yield* inTerminal(
        folder,
        ["models", "auth", "setup-token", "--provider", "anthropic", "--yes"],
        [["Paste your token", `${planted.setupToken}${keys.enter}`]]
      )
      assert.strictEqual(done.status, 0, done.seen)
      assert.include(done.seen, "called: setup-token")
      assert.notInclude(done.seen, planted.setupToken)
      assert.deepInclude(profilesIn(folder)["anthropic:claude-cli"], {
        type: "token",
        token: planted.setupToken
      })
    })
  )

  it.scopedLive("takes a login that claude stored instead", () =>
    Effect.gen(function* () {
      const folder = yield* home
      scriptedClaude(
        folder,
        'mkdir -p "$HOME/.claude"; echo ' +
          `'{"claudeAiOauth":{"accessToken":"a","refreshToken":"r",` +
          `"expiresAt":4102444800000}}' ` +
          '> "$HOME/.claude/.credentials.json"'
      )
      const done = yield* inTerminal(folder, ["models", "auth", "setup-token", "--yes"])
      assert.strictEqual(done.status, 0, done.seen)
      assert.strictEqual(profilesIn(folder)["anthropic:claude-cli"]?.type, "oauth")
    })
  )

  it.scopedLive("Ctrl-C at the question ends with 130 and stores nothing", () =>
    Effect.gen(function* () {
      const folder = yield* home
      scriptedClaude(folder, "true")
      const done = yield* inTerminal(
        folder,
        ["models", "auth", "setup-token", "--yes"],
        [["Paste your token", keys.ctrlC]]
      )
      assert.strictEqual(done.status, 130, done.seen)
      assert.isFalse(fs.existsSync(`${folder}/${store}`))
    })
  )

  it.scopedLive("without a terminal says what to do instead", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const done = yield* run(folder, ["models", "auth", "setup-token"])
      assert.strictEqual(done.status, 1)
      assert.include(done.stderr, "clawdbot models auth paste-token --provider anthropic")
    })
  )
})
