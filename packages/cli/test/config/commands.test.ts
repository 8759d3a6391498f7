import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { freshHome, put, run, textOf } from "../commandLine.ts"

const key = "sk-ant-api03-AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH-test"
const file = ".clawdbot/clawdbot.json"
const mine = `{
  // mine
  gateway: { port: 19000, auth: { mode: 'token', token: "abcdefghijklmnop" } },
  logging: { file: "\${LOGF}", },
  agents: { $include: "./agents.json" },
}
`
const variables = { LOGF: "/tmp/l" }

const withConfig = Effect.gen(function* () {
  const home = yield* freshHome
  yield* put(home, file, mine)
  yield* put(home, ".clawdbot/agents.json", '{\n  "list": [\n    { "id": "work" }\n  ]\n}\n')
  return home
})

describe("config get", () => {
  it.scoped("shows values masked, and defaults where nothing is set", () =>
    Effect.gen(function* () {
      const home = yield* withConfig
      const get = (...argv: ReadonlyArray<string>) =>
        run(home, ["config", "get", ...argv], { variables })
      assert.deepStrictEqual(JSON.parse((yield* get()).stdout), {
        gateway: { port: 19000, auth: { mode: "token", token: "abcd...mnop" } },
        logging: { file: "/tmp/l" },
        agents: { list: [{ id: "work" }] }
      })
      assert.strictEqual((yield* get("gateway.port")).stdout, "19000")
      assert.strictEqual((yield* get("gateway.bind")).stdout, "loopback")
      assert.strictEqual((yield* get("agents.list[0].id", "--json")).stdout, '"work"')
      assert.deepStrictEqual(JSON.parse((yield* get("auth.cooldowns")).stdout), {
        billingMaxHours: 5,
        failureWindowHours: 24
      })
    })
  )

  it.scoped("says where every value comes from", () =>
    Effect.gen(function* () {
      const home = yield* withConfig
      const { stdout } = yield* run(home, ["config", "get", "--source"], { variables })
      for (const line of [
        "gateway.port = 19000  (~/.clawdbot/clawdbot.json:3)",
        'gateway.auth.token = "abcd...mnop"  (~/.clawdbot/clawdbot.json:3)',
        'logging.file = "/tmp/l"  (variable LOGF, ~/.clawdbot/clawdbot.json:4)',
        'agents.list[0].id = "work"  (~/.clawdbot/agents.json:3)',
        'gateway.bind = "loopback"  (default)'
      ]) {
        assert.include(stdout.split("\n"), line)
      }
      const json: unknown = JSON.parse(
        (yield* run(home, ["config", "get", "gateway.port", "--source", "--json"], { variables }))
          .stdout
      )
      assert.deepStrictEqual(json, [
        {
          path: "gateway.port",
          value: 19000,
          source: { kind: "file", file: "HOME/.clawdbot/clawdbot.json", line: 3, column: 20 }
        }
      ])
    })
  )

  it.scoped("names the key of an older config, and hides values that a secret variable gave", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(
        home,
        file,
        `{ agent: { model: "anthropic/x" }, logging: { file: "/x/\${DB_PASS}" } }`
      )
      const ran = yield* run(home, ["config", "get", "--source"], {
        variables: { DB_PASS: "hunter2hunter2" }
      })
      assert.include(
        ran.stdout,
        'agents.defaults.model.primary = "anthropic/x"  (~/.clawdbot/clawdbot.json:1, ' +
          "written there as agent.model)"
      )
      // A migration adds these, and no line has them.
      assert.include(ran.stdout, "agents.defaults.model.fallbacks = []  (default)")
      assert.include(ran.stdout, "anthropic/x = {}  (~/.clawdbot/clawdbot.json:1, written there as")
      for (const [, key = ""] of ran.stdout.matchAll(/written there as (\S+)\)/g))
        assert.include(["agent", "agent.model"], key)
      assert.notInclude(ran.stdout, "hunter2hunter2")
      assert.strictEqual(ran.stderr.split("old key names").length, 2)
    })
  )

  it.scoped("fails on a key that is not set, with the key that was meant", () =>
    Effect.gen(function* () {
      const home = yield* withConfig
      const unknown = yield* run(home, ["config", "get", "gateway.prot"], { variables })
      assert.deepStrictEqual(unknown, {
        status: 1,
        stdout: "",
        stderr: "clawdbot: gateway.prot is not a known key\nfix: clawdbot config get gateway.port"
      })
      // No command would set a key that is none.
      const none = yield* run(home, ["config", "get", "nope"], { variables })
      assert.strictEqual(
        none.stderr,
        "clawdbot: nope is not a known key\n" +
          "fix: to see the keys that are set, and their defaults: clawdbot config get --source"
      )
      const unset = yield* run(home, ["config", "get", "auth.order", "--json"], { variables })
      assert.strictEqual(unset.status, 1)
      assert.deepStrictEqual(JSON.parse(unset.stdout), {
        error: {
          _tag: "KeyNotSet",
          message: "auth.order is not set",
          fix: "clawdbot config set auth.order VALUE"
        }
      })
      assert.strictEqual((yield* run(home, ["config", "get", "a..b"], { variables })).status, 2)
    })
  )
})

const modelEntry = `{ agents: { defaults: { models: { fast: { alias: "quick" } } } } }`
const others = `{ channels: { whatsapp: { enabled: true } } }`

describe("config set and unset", () => {
  it.scoped("change one value and nothing else", () =>
    Effect.gen(function* () {
      const home = yield* withConfig
      const ran = yield* run(home, ["config", "set", "gateway.port", "19001"], { variables })
      assert.deepStrictEqual(ran, {
        status: 0,
        stdout: "Updated ~/.clawdbot/clawdbot.json",
        stderr: ""
      })
      assert.strictEqual(yield* textOf(home, file), mine.replace("19000", "19001"))
      assert.strictEqual(yield* textOf(home, `${file}.bak`), mine)
      const again = yield* run(home, ["config", "set", "gateway.port", "19001"], { variables })
      assert.strictEqual(again.stdout, "Already set.")
      yield* run(home, ["config", "unset", "gateway.auth.token"], { variables })
      assert.strictEqual(
        yield* textOf(home, file),
        mine.replace("19000", "19001").replace(`, token: "abcdefghijklmnop"`, "")
      )
    })
  )

  const removals: ReadonlyArray<
    readonly [name: string, key: string, before: string, left: string]
  > = [
    ["its section", "gateway.port", `{ gateway: { port: 1 } }`, `{}`],
    ["every section above", "gateway.auth.mode", `{ gateway: { auth: { mode: "none" } } }`, `{}`],
    ["no section that has more", "gateway.port", `{ gateway: { port: 1, bind: "lan" } }`, ``],
    ["no section with a comment", "gateway.port", `{ gateway: { /* mine */ port: 1 } }`, ``],
    ["no entry of a record", "agents.defaults.models.fast.alias", modelEntry, ``],
    ["no section of others", "channels.whatsapp.enabled", others, ``]
  ]
  for (const [name, key, before, left] of removals)
    it.scoped(`unset takes with the last key ${name}`, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        yield* put(home, file, before)
        const done = yield* run(home, ["config", "unset", key])
        assert.strictEqual(done.status, 0, done.stderr)
        const after = (yield* textOf(home, file)) ?? ""
        if (left !== "") return assert.deepStrictEqual(after.replace(/\s/g, ""), left)
        const section = key.split(".").slice(0, -1).at(-1) ?? ""
        assert.include(after, `${section}: {`)
        assert.notInclude(after, key.split(".").at(-1) ?? "")
      })
    )

  it.scoped("take JSON5, plain words, and secrets from standard input", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const set = (path: string, value: string, stdin = "") =>
        run(home, ["config", "set", path, value], { stdin })
      assert.strictEqual((yield* set("agents.list", "[{id: 'work'}]")).status, 0)
      assert.strictEqual((yield* set("agents.list[0].name", "My helper")).status, 0)
      assert.strictEqual(
        (yield* set("models.providers.anthropic.apiKey", "-", `${key}\n`)).status,
        0
      )
      assert.deepStrictEqual(JSON.parse((yield* textOf(home, file)) ?? ""), {
        agents: { list: [{ id: "work", name: "My helper" }] },
        models: { providers: { anthropic: { apiKey: key } } }
      })
      assert.isTrue((yield* textOf(home, file))?.endsWith("}\n"))
      for (const bad of ["{id: ", "12345678901234567890"])
        assert.strictEqual((yield* set("agents.list", bad)).status, 2)
    })
  )

  it.scoped("show a dry run as a diff without secrets and write nothing", () =>
    Effect.gen(function* () {
      const home = yield* withConfig
      const ran = yield* run(
        home,
        ["config", "set", "gateway.auth.token", "another-token-1", "--dry-run"],
        {
          variables
        }
      )
      assert.strictEqual(
        ran.stdout,
        [
          "--- ~/.clawdbot/clawdbot.json",
          "+++ ~/.clawdbot/clawdbot.json",
          "@@ -1,6 +1,6 @@",
          " {",
          "   // mine",
          `-  gateway: { port: 19000, auth: { mode: 'token', token: "abcd...mnop" } },`,
          `+  gateway: { port: 19000, auth: { mode: 'token', token: "ano...n-1" } },`,
          `   logging: { file: "\${LOGF}", },`,
          '   agents: { $include: "./agents.json" },',
          " }"
        ].join("\n")
      )
      assert.strictEqual(yield* textOf(home, file), mine)
      const json: unknown = JSON.parse(
        (yield* run(home, ["config", "unset", "gateway.port", "--dry-run", "--json"], {
          variables
        })).stdout
      )
      assert.propertyVal(json, "written", false)
      assert.propertyVal(json, "changed", true)
    })
  )

  it.scoped("refuse what would flatten an include or a variable, and what would be invalid", () =>
    Effect.gen(function* () {
      const home = yield* withConfig
      const set = (path: string, value: string) =>
        run(home, ["config", "set", path, value], { variables })
      assert.include(
        (yield* set("agents.list[0].id", "x")).stderr,
        "it is set in the included file HOME/.clawdbot/agents.json"
      )
      assert.include(
        (yield* set("logging.file", "/x")).stderr,
        "its value comes from the variable LOGF"
      )
      const secret = yield* set("gateway.port", key)
      assert.strictEqual(secret.status, 1)
      assert.notInclude(secret.stderr, "AAAABBBB")
      assert.include((yield* set("gateway.prot", "1")).stderr, "did you mean gateway.port?")
      assert.strictEqual(yield* textOf(home, file), mine)
    })
  )
})

describe("config migrate, validate and path", () => {
  const older = '{\n  // keep me\n  "agent": { "model": "anthropic/x" }, // and me\n}\n'

  it.scoped("migrate shows, then writes, then has nothing to do", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, file, older)
      const dry = yield* run(home, ["config", "migrate", "--dry-run"])
      assert.include(dry.stdout, '-  "agent": { "model": "anthropic/x" }, // and me')
      assert.strictEqual(yield* textOf(home, file), older)
      const done = yield* run(home, ["config", "migrate"])
      assert.strictEqual(done.stdout, "Updated ~/.clawdbot/clawdbot.json")
      assert.include(done.stderr, "which were updated")
      const text = (yield* textOf(home, file)) ?? ""
      assert.include(text, "// keep me")
      assert.include(text, "// and me")
      assert.include(text, '"agents"')
      assert.include((yield* run(home, ["config", "migrate"])).stdout, "Nothing to migrate")
    })
  )

  it.scoped("a config from before 2026.1.5 loads, and migrate and doctor --fix carry it over", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const december = `{
  // the bot
  "telegram": { "botToken": "1:t", "requireMention": true }, // of friends
  "routing": { "allowFrom": ["+15555550123"], "groupChat": { "mentionPatterns": ["@c"] } },
  "bridge": { "port": 18790 }
}
`
      const carried = {
        channels: {
          telegram: { botToken: "1:t", groups: { "*": { requireMention: true } } },
          whatsapp: { allowFrom: ["+15555550123"] }
        },
        messages: { groupChat: { mentionPatterns: ["@c"] } },
        bridge: { port: 18790 }
      }
      const plain = (text: string | undefined): unknown =>
        JSON.parse((text ?? "").replace(/\/\/.*/g, ""))
      for (const argv of [
        ["config", "migrate"],
        ["doctor", "--fix"]
      ]) {
        yield* put(home, file, december)
        assert.strictEqual((yield* run(home, ["models", "status"])).status, 0)
        const dry = yield* run(home, ["config", "migrate", "--dry-run"])
        assert.include(dry.stdout, '-  "telegram": {')
        assert.strictEqual(yield* textOf(home, file), december)
        yield* run(home, argv)
        const text = yield* textOf(home, file)
        assert.deepStrictEqual(plain(text), carried)
        assert.include(text, "// the bot")
        assert.include(text, "// of friends")
      }
      // The bridge has no place in the present form, which going back needs to know.
      assert.include((yield* run(home, ["doctor"])).stdout, "clawdbot config unset 'bridge'")
    })
  )

  it.scoped("validate tells the state, with and without JSON", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const validate = (...argv: ReadonlyArray<string>) =>
        run(home, ["config", "validate", ...argv])
      assert.include((yield* validate()).stdout, "does not exist")
      yield* put(home, file, older)
      assert.include((yield* validate()).stdout, "is valid; it uses old key names")
      yield* put(home, file, '{\n  "gateway": { "prot": 1 }\n}\n')
      const bad = yield* validate()
      assert.strictEqual(bad.status, 1)
      assert.include(bad.stderr, "HOME/.clawdbot/clawdbot.json:2:16")
      const json = yield* validate("--json")
      assert.strictEqual(json.status, 1)
      const document: unknown = JSON.parse(json.stdout)
      assert.deepInclude(document, { path: "HOME/.clawdbot/clawdbot.json", valid: false })
    })
  )

  it.scoped("path works with a config that cannot be read", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, file, "{")
      assert.deepStrictEqual(yield* run(home, ["config", "path"]), {
        status: 0,
        stdout: "HOME/.clawdbot/clawdbot.json",
        stderr: ""
      })
    })
  )

  it.scoped("a file with nothing in it is written anew with a final newline", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, file, "")
      assert.strictEqual((yield* run(home, ["config", "set", "gateway.port", "19000"])).status, 0)
      assert.strictEqual(
        yield* textOf(home, file),
        '{\n  "gateway": {\n    "port": 19000\n  }\n}\n'
      )
    })
  )
})
