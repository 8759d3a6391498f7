/**
 * Machines that do not do what a program hopes for: the command ends by itself, says what is wrong,
 * and leaves nothing half-written.
 */
import { execFileSync, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { entry, filesIn, home, planted, run as runProcess } from "./clawdbot.ts"
import { runWhole } from "./commandLine.ts"

const agentFolder = ".clawdbot/agents/main/agent"

/** Runs a line of shell in which `$clawdbot` is the command. */
const shell = (
  folder: string,
  line: string,
  env: Readonly<Record<string, string>> = { HOME: folder }
) =>
  spawnSync(
    "bash",
    ["--norc", "-c", line.replaceAll("$clawdbot", `'${process.execPath}' '${entry}'`)],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, KEY: planted.apiKey, ...env },
      encoding: "utf8",
      maxBuffer: 1 << 26,
      timeout: 60_000
    }
  )

const quiet = (said: string) => {
  assert.notInclude(said, planted.apiKey)
  assert.notMatch(said, /^\s+at /m)
}

describe("ends that are no good", () => {
  it.scopedLive("standard output that is closed or full never becomes a stack trace", () =>
    Effect.gen(function* () {
      const folder = yield* home
      for (const line of [
        "$clawdbot models status --json >&-",
        "$clawdbot --help >&-",
        "$clawdbot models status 2>&-"
      ]) {
        const done = shell(folder, line)
        quiet(done.stderr)
        assert.isNull(done.signal, line)
        assert.include([0, 1], done.status, line)
      }
      if (fs.existsSync("/dev/full")) {
        const done = shell(folder, "$clawdbot models status --json >/dev/full")
        quiet(done.stderr)
        assert.strictEqual(done.status, 1)
        assert.match(done.stderr, /^clawdbot: standard output cannot be written \(ENOSPC\)$/m)
      }
    })
  )

  it.scopedLive("ten thousand profiles: the whole report, or its first ten bytes", () =>
    Effect.gen(function* () {
      const folder = yield* home
      fs.mkdirSync(`${folder}/${agentFolder}`, { recursive: true, mode: 0o700 })
      const key = (n: number) => `sk-ant-api03-${String(n).padStart(60, "x")}`
      const profiles = Array.from({ length: 10_000 }, (_, n) => [
        `anthropic:p${n}`,
        { type: "api_key", provider: "anthropic", key: key(n) }
      ])
      const file = `${folder}/${agentFolder}/auth-profiles.json`
      fs.writeFileSync(
        file,
        JSON.stringify({ version: 1, profiles: Object.fromEntries(profiles) }),
        { mode: 0o600 }
      )
      const before = fs.readFileSync(file, "utf8")
      const whole = yield* runWhole(folder, ["models", "status", "--json"])
      assert.strictEqual(whole.status, 0, whole.stderr)
      assert.strictEqual(JSON.parse(whole.stdout).auth.oauth.profiles.length, 10_000)
      const start = shell(folder, "set -o pipefail; $clawdbot models status --json | head -c 10")
      assert.strictEqual(start.stderr, "")
      assert.strictEqual(start.stdout.length, 10)
      assert.strictEqual(start.status, 0)
      assert.strictEqual(fs.readFileSync(file, "utf8"), before)
    })
  )
})

describe("homes that are no good", () => {
  it.scopedLive(
    "none at all, one that is a file, one where nothing can be written: exit 1 and what to do",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        fs.writeFileSync(`${folder}/file`, "")
        for (const HOME of [undefined, `${folder}/file`, "/sys", "/proc"]) {
          const done = yield* runWhole(folder, ["onboard", "--anthropic-api-key", "-"], {
            variables: { HOME },
            stdin: planted.apiKey
          })
          quiet(done.stdout + done.stderr)
          assert.strictEqual(done.status, 1, done.stderr)
          assert.match(done.stderr, /^clawdbot: .*\n(?:.*\n)*fix: /)
          assert.deepStrictEqual(filesIn(folder), ["file"])
        }
      })
  )

  it.scopedLive("no HOME, but a state folder: everything works, and stays in there", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const env = { CLAWDBOT_STATE_DIR: `${folder}/state` }
      const stored = shell(
        folder,
        'printf %s "$KEY" | $clawdbot onboard --anthropic-api-key -',
        env
      )
      assert.strictEqual(stored.status, 0, stored.stderr)
      for (const line of ["models status", "doctor", "config path", "models auth print-token"]) {
        const done = yield* runWhole(folder, line.split(" "), {
          variables: { HOME: undefined, ...env }
        })
        assert.strictEqual(done.status, 0, `${line}: ${done.stderr}`)
      }
      assert.deepStrictEqual(fs.readdirSync(folder), ["state"])
    })
  )

  it.scopedLive("no room for a file: the store is the old one, nothing is left beside it", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const stored = yield* runWhole(folder, ["onboard", "--anthropic-api-key", "-"], {
        stdin: planted.otherKey
      })
      assert.strictEqual(stored.status, 0, stored.stderr)
      const state = () =>
        Object.fromEntries(
          filesIn(folder)
            .filter((name) => /auth-profiles\.json$|clawdbot\.json$|tmp/.test(name))
            .map((name) => [name, fs.readFileSync(`${folder}/${name}`, "utf8")])
        )
      const before = state()
      // A limit on the size of files, without the signal that comes with it: writes fail as on a
      // full disk.
      const done = shell(
        folder,
        "trap '' XFSZ; ulimit -f 0; printf %s \"$KEY\" | $clawdbot onboard --anthropic-api-key " +
          "- 2>&1 | cat"
      )
      quiet(done.stdout)
      assert.match(done.stdout, /fix: /)
      assert.deepStrictEqual(state(), before)
    })
  )
})

describe("files that are no good", () => {
  it.scopedLive(
    "a line separator in a text of the config is no news, a .env that cannot be read is told once",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        fs.mkdirSync(`${folder}/.clawdbot/.env`, { recursive: true, mode: 0o700 })
        fs.writeFileSync(`${folder}/.clawdbot/clawdbot.json`, "{ env: { NOTE: 'one\u2028two' } }", {
          mode: 0o600
        })
        // The library would say it on the process' standard error.
        const done = yield* runProcess(folder, ["models", "status", "--json"])
        assert.strictEqual(done.status, 0, done.stderr)
        assert.notInclude(done.stderr, "JSON5")
        assert.strictEqual(done.stderr.split(".env is ignored: EISDIR").length, 2, done.stderr)
      })
  )

  /** Where this program looks by itself, and what a person may find there instead. */
  const places: ReadonlyArray<readonly [name: string, ends: number]> = [
    [".env", 0],
    [".clawdbot/.env", 0],
    [".clawdbot/clawdbot.json", 1],
    [".clawdbot/part.json5", 1],
    [`${agentFolder}/auth-profiles.json`, 1]
  ]
  const kinds: ReadonlyArray<readonly [string, RegExp, (file: string) => void]> = [
    ["a pipe", /not a regular file/, (file) => execFileSync("mkfifo", [file])],
    ["a link to a device", /not a regular file/, (file) => fs.symlinkSync("/dev/urandom", file)],
    ["a folder", /EISDIR/, (file) => fs.mkdirSync(file)],
    ["a link to itself", /ELOOP/, (file) => fs.symlinkSync(path.basename(file), file)],
    [
      "a file without end",
      /larger than/,
      (file) => {
        fs.writeFileSync(file, "")
        fs.truncateSync(file, 2 ** 40)
      }
    ],
    ["UTF-16", /UTF-16/, (file) => fs.writeFileSync(file, Buffer.from("\uFEFF{}", "utf16le"))]
  ]
  for (const [kind, said, put] of kinds) {
    it.scopedLive(`${kind} in the place of a file: named at once, with what cures it`, () =>
      Effect.gen(function* () {
        for (const [name, ends] of places) {
          const folder = yield* home
          fs.mkdirSync(`${folder}/${agentFolder}`, { recursive: true, mode: 0o700 })
          const config = '{ $include: "./part.json5" }'
          fs.writeFileSync(`${folder}/.clawdbot/clawdbot.json`, config, { mode: 0o600 })
          fs.writeFileSync(`${folder}/.clawdbot/part.json5`, "{}", { mode: 0o600 })
          fs.rmSync(`${folder}/${name}`, { force: true })
          put(`${folder}/${name}`)
          // A pipe that is opened keeps its process: only one of its own can be ended then.
          const done =
            kind === "a pipe"
              ? shell(folder, "timeout -s KILL 20 $clawdbot models status")
              : yield* runWhole(folder, ["models", "status"])
          quiet(done.stderr)
          assert.strictEqual(done.status, ends, `${name}: ${done.stderr}`)
          assert.match(done.stderr, said, name)
          assert.include(done.stderr, path.basename(name))
          assert.match(done.stderr, /fix[:=]/, name)
        }
      })
    )
  }

  it.scopedLive("a device in the place of a secret is refused after a megabyte", () =>
    Effect.gen(function* () {
      const folder = yield* home
      for (const line of [
        "models auth paste-token --provider anthropic --token-file /dev/zero",
        "models auth paste-token --provider anthropic --token-file - </dev/urandom",
        "onboard --anthropic-api-key - </dev/zero",
        "models auth paste-token --provider anthropic --token-file <(yes)"
      ]) {
        const done = shell(folder, `timeout -s KILL 20 $clawdbot ${line}`)
        assert.strictEqual(done.status, 1, `${line}: ${done.stderr}`)
        assert.match(done.stderr, /cannot read .*larger than/, line)
        assert.match(done.stderr, /^fix: give a file that holds the secret/m, line)
      }
      assert.deepStrictEqual(
        filesIn(folder).filter((file) => file.endsWith("auth-profiles.json")),
        []
      )
    })
  )

  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143]
  ] as const) {
    it.scopedLive(`${signal} ends a command that reads a pipe into which nothing is written`, () =>
      Effect.gen(function* () {
        const folder = yield* home
        execFileSync("mkfifo", [`${folder}/pipe`])
        const done = shell(
          folder,
          // A shell without job control starts what is in the background deaf to SIGINT.
          // Opening the pipe to write waits until the command has opened it to read.
          "set -m; $clawdbot models auth paste-token --provider anthropic --token-file pipe " +
            `& exec 3>pipe; kill -${signal.slice(3)} $!; ` +
            "timeout -s KILL 10 tail -s 0.05 --pid=$! -f /dev/null; wait $!; exit $?"
        )
        assert.strictEqual(done.status, status, done.stderr)
      })
    )
  }

  it.scopedLive("health that cannot be written is said before what comes next", () =>
    Effect.gen(function* () {
      const folder = yield* home
      fs.mkdirSync(`${folder}/${agentFolder}/auth-health.json`, { recursive: true, mode: 0o700 })
      const done = yield* runWhole(folder, ["onboard", "--anthropic-api-key", "-"], {
        stdin: planted.apiKey
      })
      assert.strictEqual(done.status, 0, done.stderr)
      assert.match(done.stderr.trimEnd().split("\n").at(-1) ?? "", /^next: /)
    })
  )
})
