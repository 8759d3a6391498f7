/** The short script: which command lines it runs, and that it runs them as the other one does. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { kindOf } from "../../src/start/kinds.ts"
import { lateOfNode } from "../../src/start/lateOfNode.ts"
import { home, planted, run } from "../clawdbot.ts"

describe("the kind of a start", () => {
  for (const [line, kind] of [
    ["models status", "short"],
    ["models status --json --agent main", "short"],
    ["models auth print-token --format env", "short"],
    ["models status --watch", "command"],
    ["models status --probe-timeout 100 --probe", "command"],
    ["models status -h", "command"],
    ["models auth print-token --help", "command"],
    ["models auth print-tokens", "command"],
    ["models status json", "command"],
    ["models auth report", "command"],
    ["--dev models status", "command"],
    ["gateway --port 0", "gateway"],
    ["", "command"]
  ] as const) {
    it(`${line} is ${kind}`, () => {
      assert.strictEqual(kindOf(line.split(" ")), kind)
    })
  }
})

describe("the short script", () => {
  /** The place of a folder in what is printed. */
  const without = (folder: string, { status, stderr, stdout }: Effect.Effect.Success<Run>) => ({
    status,
    stdout: stdout.replaceAll(folder, "~"),
    stderr: stderr.replaceAll(folder, "~")
  })
  type Run = ReturnType<typeof run>

  const configs = {
    "no config": undefined,
    "a config that is wrong": "{ auth: { order: 1 } }",
    // What opens it is in the other script.
    "a shared store that does not answer": '{ store: { url: "postgresql://a@127.0.0.1:1/a" } }'
  }
  for (const [title, config] of Object.entries(configs)) {
    it.scopedLive(`says what the script of all commands says, with ${title}`, () =>
      Effect.gen(function* () {
        const folder = yield* home
        const state = `${folder}/.clawdbot`
        const agent = `${state}/agents/main/agent`
        fs.mkdirSync(agent, { recursive: true, mode: 0o700 })
        const profiles = {
          "anthropic:a": { type: "api_key", provider: "anthropic", key: planted.apiKey }
        }
        fs.writeFileSync(`${agent}/auth-profiles.json`, JSON.stringify({ version: 1, profiles }), {
          mode: 0o600
        })
        if (config !== undefined)
          fs.writeFileSync(`${state}/clawdbot.json`, config, { mode: 0o600 })
        for (const line of [
          "models status",
          "models status --json",
          "models status --bogus",
          "models auth print-token --format env",
          "models auth print-token --profile-id none"
        ]) {
          const argv = line.split(" ")
          const short = yield* run(folder, argv)
          // With an option before it, a command line is no short one.
          const all = yield* run(folder, ["--no-color", ...argv])
          assert.deepStrictEqual(without(folder, short), without(folder, all), line)
        }
      })
    )
  }
})

describe("modules of Node", () => {
  it("are loaded at once, but for those that are mostly not needed", () => {
    const loaded: Array<string> = []
    const load = (id: string) => {
      loaded.push(id)
      return process.getBuiltinModule(id) ?? {}
    }
    const path = process.getBuiltinModule("node:path")
    assert.strictEqual(lateOfNode("short", load, "node:path"), path)
    // A gateway asks for it at each start.
    const crypto = process.getBuiltinModule("node:crypto")
    assert.strictEqual(lateOfNode("gateway", load, "node:crypto"), crypto)
    lateOfNode("gateway", load, "node:https")
    const late = lateOfNode("short", load, "node:zlib")
    assert.deepStrictEqual(loaded, ["node:path", "node:crypto"])
    const whole = process.getBuiltinModule("node:zlib")
    assert.deepStrictEqual({ ...late }, { ...whole })
    assert.isTrue("gzip" in late)
    assert.isFalse("unzipped" in late)
    assert.strictEqual(Reflect.get(late, "gzip"), whole.gzip)
  })
})
