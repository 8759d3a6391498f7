/** Mistakes that nothing shows until a gateway is started or a model is asked for. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { freshHome, put, run } from "../commandLine.ts"

interface Pitfall {
  readonly name: string
  readonly config: unknown
  readonly status: number
  readonly said: string
}

const key = `sk-ant-api03-${"K".repeat(93)}-AA`

const pitfalls: ReadonlyArray<Pitfall> = [
  {
    name: "an alias with a slip of the finger",
    config: { agents: { defaults: { model: { primary: "opsu" } } } },
    status: 0,
    said: "fix: clawdbot config set agents.defaults.model.primary opus"
  },
  {
    name: "a model without its provider",
    config: { agents: { list: [{ id: "main", model: "claude-new-9" }] } },
    status: 0,
    said: "fix: clawdbot config set 'agents.list[0].model' anthropic/claude-new-9"
  },
  {
    name: "a gateway that would serve the network without a token",
    config: { gateway: { bind: "lan", auth: { mode: "none" } } },
    status: 1,
    said: "fix: clawdbot config set gateway.auth.mode token"
  }
]

/** The command of the line, as a shell takes it apart. */
const wordsOf = (line: string): ReadonlyArray<string> =>
  line.replace("fix: clawdbot ", "").replaceAll("'", "").split(" ")

describe("doctor names a pitfall with a cure that works", () => {
  for (const { config, name, said, status } of pitfalls) {
    it.scopedLive(name, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        yield* put(home, ".clawdbot/clawdbot.json", JSON.stringify(config))
        yield* run(home, ["onboard", "--anthropic-api-key", "-"], { stdin: key })
        const found = yield* run(home, ["doctor"])
        assert.include(found.stdout, said)
        assert.strictEqual(found.status, status)
        const cured = yield* run(home, wordsOf(said))
        assert.strictEqual(cured.status, 0, cured.stderr)
        assert.notInclude((yield* run(home, ["doctor"])).stdout, said)
      })
    )
  }

  it.scopedLive("problems come before warnings, warnings before notes", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const config = {
        agents: { defaults: { model: { primary: "opsu" } } },
        gateway: { bind: "lan", auth: { mode: "none" } }
      }
      yield* put(home, ".clawdbot/clawdbot.json", JSON.stringify(config), 0o644)
      const { stdout } = yield* run(home, ["doctor"], { variables: { ANTHROPIC_AUTH_TOKEN: "x" } })
      const order = [...stdout.matchAll(/^(problem|warning|note): /gm)].map(([, kind]) => kind)
      const ranks = order.map((kind) => ["problem", "warning", "note"].indexOf(kind ?? ""))
      assert.deepStrictEqual(ranks, ranks.toSorted())
      assert.sameMembers([...new Set(order)], ["problem", "warning", "note"])
    })
  )
})
