/**
 * A process whose user is not in the system's list, as `docker run --user` makes it, and one that
 * may read its state folder and not write there. Both need root to be set up.
 */
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { entry, home, planted, toEnd } from "./clawdbot.ts"
import { listening } from "./gateway/running.ts"

const nobody = 54_321
const isRoot = process.getuid?.() === 0

type Variables = Readonly<Record<string, string>>

const begin = (argv: ReadonlyArray<string>, env: Variables) =>
  spawn(process.execPath, [entry, ...argv], {
    cwd: "/",
    uid: nobody,
    gid: nobody,
    env: { PATH: process.env.PATH, NO_COLOR: "1", ...env },
    stdio: ["pipe", "pipe", "pipe"]
  })

const run = (argv: ReadonlyArray<string>, env: Variables, stdin = "") =>
  toEnd(() => begin(argv, env), stdin)

const stackTrace = /^\s+at .+:\d+:\d+|uv_os_get_passwd|ERR_SYSTEM/m

describe("a user that the system does not list", () => {
  it.scopedLive("gets one sentence without a state folder, and everything with one", (context) =>
    Effect.gen(function* () {
      if (!isRoot) return context.skip("needs root")
      const folder = yield* home
      fs.chmodSync(folder, 0o777)
      const bare = yield* run(["models", "status"], {})
      assert.notMatch(bare.stdout + bare.stderr, stackTrace)
      const env = { HOME: "/", CLAWDBOT_STATE_DIR: `${folder}/state` }
      const stored = yield* run(["onboard", "--anthropic-api-key", "-"], env, planted.apiKey)
      assert.strictEqual(stored.status, 0, stored.stderr)
      const status = yield* run(["models", "status", "--json"], env)
      assert.strictEqual(status.status, 0, status.stderr)
      assert.strictEqual(JSON.parse(status.stdout).auth.explanation.chosen, "anthropic:default")
    })
  )
})

describe("a state folder that cannot be written", () => {
  it.scopedLive(
    "is enough for status, print-token and the gateway, with a key of the environment",
    (context) =>
      Effect.gen(function* () {
        if (!isRoot) return context.skip("needs root")
        const folder = yield* home
        const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
        const token = "case-client-token"
        fs.mkdirSync(`${folder}/.clawdbot`)
        fs.writeFileSync(
          `${folder}/.clawdbot/clawdbot.json`,
          JSON.stringify({
            models: { providers: { anthropic: { baseUrl: upstream.url, models: [] } } },
            gateway: { auth: { mode: "token", token, adminToken: "case-admin-token" } }
          })
        )
        for (const [path, mode] of [
          [folder, 0o755],
          [`${folder}/.clawdbot`, 0o755],
          [`${folder}/.clawdbot/clawdbot.json`, 0o644]
        ] as const)
          fs.chmodSync(path, mode)
        const env = { HOME: folder, ANTHROPIC_API_KEY: planted.apiKey }
        const status = yield* run(["models", "status", "--json"], env)
        assert.strictEqual(status.status, 0, status.stderr)
        const printed = yield* run(["models", "auth", "print-token"], env)
        assert.strictEqual(printed.stdout.trim(), planted.apiKey, printed.stderr)
        const gateway = yield* listening(() => begin(["gateway", "--port", "0"], env))
        const answer = yield* Effect.promise(() =>
          fetch(`${gateway.url}/v1/messages`, {
            method: "POST",
            headers: { "x-api-key": token, "anthropic-version": "2023-06-01" },
            body: '{"model":"claude-opus-4-5","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}'
          })
        )
        assert.strictEqual(answer.status, 200)
        assert.notMatch(gateway.text(), stackTrace)
        assert.deepStrictEqual(fs.readdirSync(`${folder}/.clawdbot`), ["clawdbot.json"])
      })
  )

  it.scopedLive(
    "is what each change names, not a file in it; taking it over cures that",
    (context) =>
      Effect.gen(function* () {
        if (!isRoot) return context.skip("needs root")
        const folder = yield* home
        fs.chmodSync(folder, 0o755)
        const state = `${folder}/.clawdbot`
        fs.mkdirSync(state, { mode: 0o755 })
        const env = { HOME: folder }
        const changes = [
          { argv: ["config", "set", "gateway.port", "1234"] },
          { argv: ["gateway", "token", "add", "laptop"] }
        ]
        const refused = yield* Effect.forEach(changes, ({ argv }) => run(argv, env))
        for (const { status, stderr } of refused) {
          assert.strictEqual(status, 1)
          const [, named] = /^fix: check who owns the folder (\S+): this user/m.exec(stderr) ?? []
          assert.strictEqual(named, state, stderr)
        }
        fs.chownSync(state, nobody, nobody)
        for (const { argv } of changes)
          assert.strictEqual((yield* run(argv, env)).status, 0, argv.join(" "))
      })
  )

  it.scopedLive(
    "is the problem that doctor names; its cures work, and it offers no repair that fails",
    (context) =>
      Effect.gen(function* () {
        if (!isRoot) return context.skip("needs root")
        const folder = yield* home
        fs.chmodSync(folder, 0o755)
        const env = { HOME: folder, ANTHROPIC_API_KEY: planted.apiKey }
        const state = `${folder}/.clawdbot`
        const agent = `${state}/agents/main/agent`
        fs.mkdirSync(agent, { recursive: true, mode: 0o755 })
        const key = { type: "api_key", provider: "anthropic", key: planted.otherKey }
        const store = JSON.stringify({ version: 1, profiles: { "anthropic:default": key } })
        fs.writeFileSync(`${agent}/auth-profiles.json`, store, { mode: 0o644 })
        const doctor = (...argv: ReadonlyArray<string>) =>
          Effect.map(run(["doctor", "--json", ...argv], env), ({ status, stdout }) => {
            const { findings } = JSON.parse(stdout)
            return { status, findings: findings as ReadonlyArray<Record<string, unknown>> }
          })
        const { findings, status } = yield* doctor("--fix")
        assert.strictEqual(status, 1)
        const withId = (id: string) => findings.filter((finding) => finding.id === id)
        assert.deepStrictEqual(
          withId("folder-unwritable").map(({ fix }) => fix),
          [state, agent].map((path) => `sudo chown -R "$(id -un)" ${path}`)
        )
        for (const finding of withId("open-permissions")) {
          assert.isFalse(finding.repairable)
          assert.match(String(finding.fix), /^as root: chmod 700 /)
        }
        const [notice] = withId("store-notice")
        assert.include(notice?.what, "cannot be changed (EPERM)")
        assert.strictEqual(notice?.why, "keys and tokens are stored there")
        assert.strictEqual(
          notice?.fix,
          `as the owner of the file: chmod 600 ${agent}/auth-profiles.json`
        )
        const chown = spawnSync("chown", ["-R", `${nobody}:${nobody}`, state])
        assert.strictEqual(chown.status, 0)
        const after = yield* doctor("--fix")
        assert.notInclude(JSON.stringify(after.findings), "folder-unwritable")
        assert.deepStrictEqual(after.status, 0)
      })
  )
})
