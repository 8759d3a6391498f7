/** What a command says about a shared store that is not there, and that its cures lead back. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { freshHome, put, run } from "../commandLine.ts"

const config = ".clawdbot/clawdbot.json"
const store = ".clawdbot/agents/main/agent/auth-profiles.json"
const apiKey = "sk-ant-api03-AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH-test"
const stored = JSON.stringify({
  version: 1,
  profiles: { "anthropic:default": { type: "api_key", provider: "anthropic", key: apiKey } }
})

describe("where credentials are in files", () => {
  it.scoped("status says so, and that nothing is wrong", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, store, stored)
      assert.deepStrictEqual(yield* run(home, ["store", "status"]), {
        status: 0,
        stdout: "Credentials are kept in files on this machine (~/.clawdbot); nothing to check.",
        stderr: ""
      })
      const json = yield* run(home, ["store", "status", "--json"])
      assert.strictEqual(json.status, 0)
      assert.deepStrictEqual(JSON.parse(json.stdout), {
        type: "files",
        stateDir: "HOME/.clawdbot"
      })
    })
  )

  it.scoped("there are no versions, and the command for a removed credential is named", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      for (const argv of [
        ["store", "history"],
        ["store", "restore", "anthropic:default", "1"]
      ]) {
        const ran = yield* run(home, argv)
        assert.strictEqual(ran.status, 1)
        assert.include(ran.stderr, "only a shared store keeps versions")
        assert.include(ran.stderr, "clawdbot models auth logout PROFILE --undo")
      }
      const ran = yield* run(home, ["store", "restore", "anthropic:default", "-1"])
      assert.strictEqual(ran.status, 2)
    })
  )

  it.scoped("migrate names no command that would put an end to that", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const ran = yield* run(home, ["store", "migrate"])
      assert.strictEqual(ran.status, 1)
      assert.include(ran.stderr, "there is no shared store to migrate")
      assert.include(ran.stderr, "docs/scale.md")
      assert.notInclude(ran.stderr, "config set")
    })
  )
})

describe("a shared store that was never set up", () => {
  const key = Buffer.alloc(32, 7).toString("base64")
  const reachable = { CLAWDBOT_STORE_URL: "postgres://u:p@127.0.0.1:1/db" }
  const states = [
    { what: "has no address", variables: { CLAWDBOT_STORE_KEY: key } },
    {
      what: "has an address that cannot be used",
      variables: { CLAWDBOT_STORE_URL: "db.example", CLAWDBOT_STORE_KEY: key }
    },
    { what: "has no key", variables: reachable },
    { what: "has a key that is none", variables: { ...reachable, CLAWDBOT_STORE_KEY: "short" } }
  ]
  for (const { variables, what } of states) {
    it.scoped(`${what}: each command names the way back to files, and it works`, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        yield* put(home, store, stored)
        yield* put(home, config, '{ "store": { "type": "postgres" } }')
        for (const argv of [
          ["models", "status"],
          ["models", "auth", "print-token"],
          ["store", "status"]
        ]) {
          const refused = yield* run(home, argv, { variables })
          assert.strictEqual(refused.status, 1, argv.join(" "))
          const [, cure = ""] =
            /to keep credentials in files: clawdbot (config unset \S+)$/m.exec(refused.stderr) ?? []
          yield* put(home, config, '{ "store": { "type": "postgres" } }')
          assert.strictEqual((yield* run(home, cure.split(" "), { variables })).status, 0, cure)
          assert.strictEqual((yield* run(home, argv, { variables })).status, 0, argv.join(" "))
          yield* put(home, config, '{ "store": { "type": "postgres" } }')
        }
      })
    )
  }
})

describe("doctor, where the shared store cannot be opened", () => {
  const key = Buffer.alloc(32, 7).toString("base64")
  const states = [
    { what: "no address", variables: {}, cure: "clawdbot config unset store.type" },
    {
      what: "no key",
      variables: { CLAWDBOT_STORE_URL: "postgres://u:secret@127.0.0.1:1/db" },
      cure: "clawdbot config unset store.type"
    },
    {
      what: "no database",
      variables: {
        CLAWDBOT_STORE_URL: "postgres://u:secret@127.0.0.1:1/db",
        CLAWDBOT_STORE_KEY: key
      },
      cure: "clawdbot store status"
    }
  ]
  for (const { cure, variables, what } of states) {
    it.scoped(`${what}: it says so once, and looks at everything else`, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        // Files that a shared store takes the place of: they are not what requests are served with.
        yield* put(home, store, stored)
        yield* put(home, config, '{ "agent": {}, "store": { "type": "postgres" } }', 0o644)
        const ran = yield* run(home, ["doctor", "--json"], { variables })
        assert.strictEqual(ran.status, 1)
        assert.notInclude(ran.stdout, "secret")
        const { findings } = JSON.parse(ran.stdout)
        const ids = findings.map(({ id }: { readonly id: string }) => id)
        assert.deepStrictEqual(
          ids.filter((id: string) => !id.startsWith("gateway-")),
          ["store-unopened", "config-older-keys", "open-permissions", "own-keys"]
        )
        assert.include(findings[0].fix, cure)
        const repaired = yield* run(home, ["doctor", "--fix"], { variables })
        assert.include(repaired.stdout, "repaired: changed the mode of")
        assert.include(repaired.stdout, "the shared store cannot be opened: ")
      })
    )
  }
})
