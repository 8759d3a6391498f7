/** The command as a process among others: pipes that close, signals, nothing loaded for nothing. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { entry, filesIn, home, run, start } from "./clawdbot.ts"

describe("pipes", () => {
  it.scopedLive("a reader that leaves early ends the command quietly", () =>
    Effect.gen(function* () {
      const folder = yield* home
      for (const line of ["models status --json | head -c 10", "config get | true", "--help | head -n 1"]) {
        const [command = "", reader = ""] = line.split(" | ")
        const done = spawnSync(
          "bash",
          ["-c", `set -o pipefail; "$0" "$1" ${command} | ${reader}`, process.execPath, entry],
          {
            cwd: folder,
            env: { PATH: process.env.PATH, HOME: folder },
            encoding: "utf8"
          }
        )
        assert.strictEqual(done.stderr, "", line)
        assert.strictEqual(done.status, 0, line)
      }
    })
  )

  it.scopedLive("a large report reaches a slow reader whole", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const profiles = Object.fromEntries(
        Array.from({ length: 2_000 }, (_, n) => [
          `anthropic:p${n}`,
          { type: "api_key", provider: "anthropic", key: `sk-ant-api03-${String(n).padStart(60, "x")}` }
        ])
      )
      fs.mkdirSync(`${folder}/.clawdbot/agents/main/agent`, { recursive: true, mode: 0o700 })
      fs.writeFileSync(
        `${folder}/.clawdbot/agents/main/agent/auth-profiles.json`,
        JSON.stringify({ version: 1, profiles }),
        { mode: 0o600 }
      )
      const done = spawnSync(
        "bash",
        ["-c", '"$0" "$1" models status --json | (sleep 0.5; cat)', process.execPath, entry],
        {
          cwd: folder,
          env: { PATH: process.env.PATH, HOME: folder },
          encoding: "utf8",
          maxBuffer: 1 << 26
        }
      )
      const { auth } = JSON.parse(done.stdout) as { auth: { oauth: { profiles: ReadonlyArray<unknown> } } }
      assert.strictEqual(auth.oauth.profiles.length, 2_000)
    })
  )

  it.scopedLive("no escape sequence ever reaches a pipe", () =>
    Effect.gen(function* () {
      const folder = yield* home
      for (const argv of [
        ["--help"],
        ["models", "status"],
        ["doctor"],
        ["nonsense"],
        ["models", "status", "--nonsense"]
      ]) {
        const done = yield* run(folder, argv, { env: { TERM: "xterm-256color", FORCE_COLOR: "1" } })
        assert.notInclude(done.stdout + done.stderr, "\u001b", argv.join(" "))
      }
    })
  )
})

describe("signals", () => {
  it.scopedLive("SIGINT while it waits for standard input: exit 130, nothing stored, nothing said of a stack", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const done = yield* Effect.async<{ readonly code: number | null; readonly stderr: string }>((resume) => {
        const child = start(folder, ["models", "auth", "paste-token", "--provider", "anthropic"])
        let stderr = ""
        child.stderr.on("data", (chunk: Buffer) => {
          stderr += chunk.toString()
        })
        child.on("close", (code) => resume(Effect.succeed({ code, stderr })))
        const timer = setInterval(() => child.kill("SIGINT"), 1_000)
        child.on("exit", () => clearInterval(timer))
        return Effect.sync(() => child.kill("SIGKILL"))
      })
      assert.strictEqual(done.code, 130)
      assert.notMatch(done.stderr, /^\s+at /m)
      assert.deepStrictEqual(filesIn(folder), [])
    })
  )
})

describe("start-up", () => {
  const dist = path.dirname(entry)
  /** Every file of the bundle that a chunk loads before its own first line runs. */
  const loads = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
    if (seen.has(file)) return seen
    seen.add(file)
    for (const [, name = ""] of fs.readFileSync(file, "utf8").matchAll(/(?:from|import)"(\.[^"]+)"/g)) {
      loads(path.resolve(path.dirname(file), name), seen)
    }
    return seen
  }
  const size = (files: Iterable<string>): number =>
    [...files].reduce((bytes, file) => bytes + fs.statSync(file).size, 0)

  it("--version loads next to nothing, and a command neither the gateway nor the prompts", () => {
    assert.isAtMost(size(loads(entry)), 2_000)
    const chunks = fs.readdirSync(`${dist}/chunks`)
    const command = chunks.find((name) => /^run-.*\.mjs$/.test(name)) ?? assert.fail("no chunk of the commands")
    const loaded = loads(`${dist}/chunks/${command}`)
    const text = [...loaded].map((file) => fs.readFileSync(file, "utf8")).join("")
    for (const foreign of ["llhttp", "QuitException"]) assert.notInclude(text, foreign)
    assert.isAbove(loaded.size, 3)
    assert.isAtMost(size(loaded), 720_000)
  })
})
