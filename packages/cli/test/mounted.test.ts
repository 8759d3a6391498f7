/**
 * Files that a container was given one by one: they are changed in place where a copy can stand
 * beside them, and refused with the cure where it cannot.
 */
import { execFile, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { entry, home, planted } from "./clawdbot.ts"
import { record } from "./oauth/logins.ts"

const store = ".clawdbot/agents/main/agent/auth-profiles.json"
const clawdbot = `'${process.execPath}' '${entry}'`

/** A home whose config and store are given from elsewhere. */
const prepared = Effect.map(home, (folder) => {
  fs.mkdirSync(`${folder}/.clawdbot/agents/main/agent`, { recursive: true, mode: 0o700 })
  fs.mkdirSync(`${folder}/given`)
  fs.writeFileSync(`${folder}/given/config`, "{ gateway: { port: 18999 } }\n")
  const profiles = {
    "anthropic:a": { type: "api_key", provider: "anthropic", key: planted.otherKey }
  }
  fs.writeFileSync(`${folder}/given/auth-profiles.json`, JSON.stringify({ version: 1, profiles }))
  fs.writeFileSync(`${folder}/.clawdbot/clawdbot.json`, "")
  fs.writeFileSync(`${folder}/${store}`, "")
  return folder
})

const canMount = () => spawnSync("unshare", ["-m", "true"]).status === 0

/** Runs lines of shell where mounts are nobody else's. */
const inMounts = (folder: string, ...lines: ReadonlyArray<string>) =>
  spawnSync("unshare", ["-m", "sh", "-c", lines.join("\n")], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, TOKEN: planted.setupToken },
    encoding: "utf8",
    timeout: 60_000
  })

/** The same while this process goes on, so that it can play the provider. */
const inMountsLive = (folder: string, ...lines: ReadonlyArray<string>) =>
  Effect.async<{
    readonly status: number | null
    readonly stdout: string
    readonly stderr: string
  }>((resume) => {
    const child = execFile(
      "unshare",
      ["-m", "sh", "-c", lines.join("\n")],
      { cwd: folder, env: { PATH: process.env.PATH, HOME: folder }, timeout: 60_000 },
      (_error, stdout, stderr) => resume(Effect.succeed({ status: child.exitCode, stdout, stderr }))
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const asIs = "mount --bind .clawdbot .clawdbot"
const config = "mount --bind given/config .clawdbot/clawdbot.json"
const setPort = `${clawdbot} config set gateway.port 19000`

describe("files that are mounted by themselves", () => {
  it.scopedLive("are changed in place, and no copy is left", (context) =>
    Effect.gen(function* () {
      if (!canMount()) return context.skip("needs mount namespaces")
      const folder = yield* prepared
      const done = inMounts(
        folder,
        "set -e",
        config,
        `mount --bind given/auth-profiles.json ${store}`,
        setPort,
        `printf %s "$TOKEN" | ${clawdbot} models auth paste-token --provider anthropic`
      )
      assert.strictEqual(done.status, 0, done.stderr)
      assert.include(fs.readFileSync(`${folder}/given/config`, "utf8"), "19000")
      const stored = JSON.parse(fs.readFileSync(`${folder}/given/auth-profiles.json`, "utf8"))
      assert.deepStrictEqual(Object.keys(stored.profiles), ["anthropic:a", "anthropic:manual"])
      const left = fs.readdirSync(`${folder}/.clawdbot`, { recursive: true, encoding: "utf8" })
      assert.deepStrictEqual(
        left.filter((name) => /copy|tmp/.test(name)),
        []
      )
    })
  )

  it.scopedLive("a login in one is refreshed once, and lives on", (context) =>
    Effect.gen(function* () {
      if (!canMount()) return context.skip("needs mount namespaces")
      const folder = yield* prepared
      const endpoint = yield* Endpoint.make
      const given = `${folder}/given/auth-profiles.json`
      const profiles = { "anthropic:login": record(endpoint.families.signIn(), 1) }
      fs.writeFileSync(given, JSON.stringify({ version: 1, profiles }))
      const oauth = { tokenUrl: endpoint.url }
      fs.writeFileSync(
        `${folder}/.clawdbot/clawdbot.json`,
        JSON.stringify({ models: { providers: { anthropic: { oauth } } } })
      )
      const print = `${clawdbot} models auth print-token`
      const first = yield* inMountsLive(
        folder,
        "set -e",
        `mount --bind given/auth-profiles.json ${store}`,
        print
      )
      assert.strictEqual(first.status, 0, first.stderr)
      assert.isTrue(endpoint.families.isCurrent(first.stdout.trim()))
      // Another container with the same file: what was granted is in it.
      const later = yield* inMountsLive(
        folder,
        "set -e",
        `mount --bind given/auth-profiles.json ${store}`,
        print
      )
      assert.strictEqual(later.stdout, first.stdout)
      assert.deepInclude(endpoint.families.counters(), { grants: 1, reuses: 0 })
      assert.include(fs.readFileSync(given, "utf8"), first.stdout.trim())
    })
  )

  it.scopedLive("are refused where no copy can be kept; the cure works", (context) =>
    Effect.gen(function* () {
      if (!canMount()) return context.skip("needs mount namespaces")
      const folder = yield* prepared
      const before = fs.readFileSync(`${folder}/given/config`, "utf8")
      const refused = inMounts(folder, asIs, "mount -o remount,ro,bind .clawdbot", config, setPort)
      assert.strictEqual(refused.status, 1)
      assert.include(refused.stderr, "the file is mounted on its own")
      assert.include(
        refused.stderr,
        `fix: mount the folder of ${folder}/.clawdbot/clawdbot.json instead of the file`
      )
      assert.strictEqual(fs.readFileSync(`${folder}/given/config`, "utf8"), before)
      fs.renameSync(`${folder}/given/config`, `${folder}/given/clawdbot.json`)
      const cured = inMounts(folder, "mount --bind given .clawdbot", setPort)
      assert.strictEqual(cured.status, 0, cured.stderr)
      assert.include(fs.readFileSync(`${folder}/given/clawdbot.json`, "utf8"), "19000")
    })
  )
})
