/** Other models on the command line: what explain says of them, and clients that get none. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { freshHome, put, run, textOf } from "./commandLine.ts"

const config = ".clawdbot/clawdbot.json"

const withLists = (gateway: object) =>
  JSON.stringify({
    gateway,
    agents: {
      defaults: {
        model: {
          primary: "anthropic/claude-opus-5-5",
          fallbacks: ["anthropic/claude-opus-5", "claude-sonnet-5", "claude-unheard-of-9"]
        }
      }
    }
  })

const explain = (...words: ReadonlyArray<string>) => ["models", "auth", "explain", ...words]

describe("clawdbot models auth explain", () => {
  it.scopedLive("names the models that may answer, and what that costs", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, config, withLists({ modelFallback: true }))
      const said = (text: string) =>
        text.split("\n").filter((line) => /^(?:Other|Another) model/.test(line))
      const { stdout } = yield* run(home, explain())
      assert.deepStrictEqual(said(stdout), [
        "Other models: if no credential can answer with claude-opus-5-5, the gateway uses " +
          "claude-opus-5, then claude-sonnet-5.",
        "Another model begins with a cold prompt cache, and the thinking of this one is dropped."
      ])
      const small = yield* run(home, explain("--model", "anthropic/claude-haiku-4-5"))
      assert.deepStrictEqual(said(small.stdout), [
        "Other models: none answers for claude-haiku-4-5; it is not in the list, or the last of it."
      ])
      const json = yield* run(home, explain("--json"))
      assert.deepStrictEqual(JSON.parse(json.stdout).fallbacks, [
        "claude-opus-5",
        "claude-sonnet-5"
      ])
    })
  )

  it.scopedLive("says nothing of them without the setting", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, config, withLists({}))
      assert.notInclude((yield* run(home, explain())).stdout, "model begins")
      assert.notProperty(JSON.parse((yield* run(home, explain("--json"))).stdout), "fallbacks")
    })
  )
})

describe("clawdbot gateway token add --no-model-fallback", () => {
  it.scopedLive("writes the client into the config, lists it, and changes nothing else", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, config, "{\n  // kept\n  gateway: { modelFallback: true },\n}\n")
      const token = (...words: ReadonlyArray<string>) => run(home, ["gateway", "token", ...words])
      const made = yield* token("add", "evaluation", "--no-model-fallback")
      assert.strictEqual(made.status, 0, made.stderr)
      yield* token("add", "laptop")
      const written = (yield* textOf(home, config)) ?? ""
      assert.include(written, "// kept")
      assert.match(written, /modelFallbackExcept: \[\s*"evaluation"\s*\]/)
      const listed = yield* token("list")
      assert.match(listed.stdout, /^evaluation .*no model fallback$/m)
      assert.notMatch(listed.stdout, /^laptop .*no model fallback$/m)
      const [first, second] = JSON.parse((yield* token("list", "--json")).stdout).clients
      assert.strictEqual(first.modelFallback, false)
      assert.notProperty(second, "modelFallback")
      const revoked = yield* token("revoke", "evaluation")
      assert.include(revoked.stderr, "clawdbot config set gateway.modelFallbackExcept '[]'")
      const cured = yield* run(home, ["config", "set", "gateway.modelFallbackExcept", "[]"])
      assert.strictEqual(cured.status, 0, cured.stderr)
      assert.notInclude((yield* textOf(home, config)) ?? "", "evaluation")
    })
  )
})
