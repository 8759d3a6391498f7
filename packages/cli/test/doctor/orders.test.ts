/** Orders that list profiles which no store has: requests skip those, and doctor says so. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { freshHome, put, run } from "../commandLine.ts"

const key = {
  type: "api_key",
  provider: "anthropic",
  key: `sk-ant-api03-${"K".repeat(93)}-AA`
}
const of = (agent: string) => `.clawdbot/agents/${agent}/agent/auth-profiles.json`
const stored = (ids: ReadonlyArray<string>, order?: ReadonlyArray<string>) =>
  JSON.stringify({
    version: 1,
    profiles: Object.fromEntries(ids.map((id) => [id, key])),
    order: order === undefined ? undefined : { anthropic: order }
  })
const inOrder = (order: ReadonlyArray<string>, more: object = {}) =>
  JSON.stringify({ auth: { order: { anthropic: order } }, gateway: { port: 1 }, ...more })
const config = ".clawdbot/clawdbot.json"
const agents = { agents: { list: [{ id: "main" }, { id: "work" }] } }

interface Case {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly said: string
  readonly remove: ReadonlyArray<string>
}

const cases: ReadonlyArray<Case> = [
  {
    name: "in the config",
    files: { [config]: inOrder(["a", "gone"]), [of("main")]: stored(["a"]) },
    said: "auth.order.anthropic lists the profile gone, but no store has a secret for it",
    remove: ["config", "set", "auth.order.anthropic", '["a"]']
  },
  {
    name: "in the order of an agent",
    files: { [config]: inOrder(["a"]), [of("main")]: stored(["a"], ["gone", "a"]) },
    said: "the order of agent main lists the profile gone, but no store has a secret for it",
    remove: ["models", "auth", "order", "set", "--provider", "anthropic", "a"]
  },
  {
    name: "in the order of another agent, as its only entry",
    files: {
      [config]: inOrder(["a"], agents),
      [of("main")]: stored(["a"]),
      [of("work")]: stored(["b"], ["a"])
    },
    said: "the order of agent work lists the profile a, but no store has a secret for it",
    remove: ["models", "auth", "order", "clear", "--provider", "anthropic", "--agent", "work"]
  }
]

describe("an entry of an order without a credential", () => {
  for (const { files, name, remove, said } of cases)
    it.scopedLive(`${name} is named, with a cure that works`, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        for (const [file, text] of Object.entries(files)) yield* put(home, file, text)
        const found = (yield* run(home, ["doctor"])).stdout
        assert.include(found, `warning: ${said}`)
        const [, shown = ""] = /to take it out of the order: clawdbot (.*)/.exec(found) ?? []
        assert.strictEqual(shown.replaceAll("'", ""), remove.join(" "))
        const done = yield* run(home, remove)
        assert.strictEqual(done.status, 0, done.stderr)
        assert.notInclude((yield* run(home, ["doctor"])).stdout, "lists the profile")
      })
    )

  it.scopedLive("is no finding where another agent has the credential, and said once", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, config, inOrder(["a", "b"], agents))
      yield* put(home, of("main"), stored(["a"]))
      yield* put(home, of("work"), stored(["b"]))
      assert.notInclude((yield* run(home, ["doctor"])).stdout, "lists the profile")
      const auth = {
        order: { anthropic: ["a", "gone"] },
        profiles: {
          a: { provider: "anthropic", mode: "api_key" },
          gone: { provider: "anthropic", mode: "token" }
        }
      }
      yield* put(home, config, JSON.stringify({ auth, gateway: { port: 1 } }))
      const { stdout } = yield* run(home, ["doctor"])
      assert.lengthOf(stdout.match(/the profile gone/g) ?? [], 1)
    })
  )
})
