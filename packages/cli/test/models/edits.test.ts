import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { freshHome, put, run, textOf } from "../commandLine.ts"

const file = ".clawdbot/clawdbot.json"

describe("a change of the default model", () => {
  it.scopedLive("names the agents that it does not reach", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const config = `{ agents: { list: [{ id: "main" }, { id: "Work", model: "anthropic/a" }] } }`
      yield* put(home, ".clawdbot/clawdbot.json", config)
      const set = yield* run(home, ["models", "set", "sonnet"])
      assert.strictEqual(set.status, 0)
      assert.include(set.stderr, "which they use instead: work")
      assert.notInclude((yield* run(home, ["models", "fallbacks", "add", "opus"])).stderr, "work")
      const shown = yield* run(home, ["models", "status", "--plain", "--agent", "work"])
      assert.strictEqual(shown.stdout, "anthropic/a")
    })
  )
})

describe("the list of allowed models", () => {
  it.scopedLive("takes in what is put to use, by whatever command", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* run(home, ["models", "set", "anthropic/claude-haiku-4-5"])
      yield* run(home, ["models", "fallbacks", "add", "anthropic/claude-sonnet-4-5"])
      yield* run(home, ["models", "set-image", "anthropic/claude-opus-4-5"])
      assert.deepStrictEqual(JSON.parse((yield* textOf(home, file)) ?? "").agents.defaults, {
        model: {
          primary: "anthropic/claude-haiku-4-5",
          fallbacks: ["anthropic/claude-sonnet-4-5"]
        },
        imageModel: { primary: "anthropic/claude-opus-4-5" },
        models: {
          "anthropic/claude-haiku-4-5": {},
          "anthropic/claude-sonnet-4-5": {},
          "anthropic/claude-opus-4-5": {}
        }
      })
    })
  )

  it.scopedLive("keeps what it held", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(
        home,
        file,
        "{ agents: { defaults: { models: { 'anthropic/claude-opus-4-5': {} } } } }\n"
      )
      yield* run(home, ["models", "set", "anthropic/claude-haiku-4-5"])
      const status = yield* run(home, ["models", "status", "--json"])
      assert.deepStrictEqual(JSON.parse(status.stdout).allowed, [
        "anthropic/claude-opus-4-5",
        "anthropic/claude-haiku-4-5"
      ])
    })
  )
})

describe("fallbacks", () => {
  for (const name of ["fallbacks", "image-fallbacks"]) {
    it.scopedLive(
      `${name}: added once, removed by any name, cleared; what is so already is not written`,
      () =>
        Effect.gen(function* () {
          const home = yield* freshHome
          const json = Effect.map(
            run(home, ["models", name, "list", "--json"]),
            ({ stdout }) => JSON.parse(stdout).fallbacks
          )
          assert.strictEqual((yield* run(home, ["models", name, "clear"])).status, 0)
          assert.isUndefined(yield* textOf(home, file))
          yield* run(home, ["models", name, "add", "anthropic/sonnet-4.5"])
          yield* run(home, ["models", name, "add", "anthropic/claude-haiku-4-5"])
          const before = yield* textOf(home, file)
          assert.include(
            (yield* run(home, ["models", name, "add", "sonnet"])).stdout,
            "already set"
          )
          assert.strictEqual(yield* textOf(home, file), before)
          assert.deepStrictEqual(yield* json, [
            "anthropic/claude-sonnet-4-5",
            "anthropic/claude-haiku-4-5"
          ])
          yield* run(home, ["models", name, "remove", "sonnet"])
          assert.deepStrictEqual(yield* json, ["anthropic/claude-haiku-4-5"])
          assert.strictEqual((yield* run(home, ["models", name, "remove", "sonnet"])).status, 1)
          yield* run(home, ["models", name, "clear"])
          assert.deepStrictEqual(yield* json, [])
          assert.strictEqual((yield* run(home, ["models", name, "list", "--plain"])).stdout, "")
        })
    )
  }
})

describe("models auth explain --model", () => {
  const planted =
    "sk-ant-api03-PLANTEDplantedPLANTEDplantedPLANTEDplantedPLANTEDplantedPLANTEDplantedPLANTEDplanted-AA"
  it.scopedLive("answers for that model and its provider, by alias too", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(
        home,
        ".clawdbot/agents/main/agent/auth-profiles.json",
        JSON.stringify({
          version: 1,
          profiles: {
            "anthropic:default": { type: "api_key", provider: "anthropic", key: planted }
          }
        })
      )
      const explain = (model: string) =>
        run(home, ["models", "auth", "explain", "--model", model, "--json"])
      const sonnet = yield* explain("sonnet")
      assert.deepInclude(JSON.parse(sonnet.stdout), {
        provider: "anthropic",
        model: "claude-sonnet-4-5",
        chosen: "anthropic:default"
      })
      assert.notInclude(sonnet.stdout, planted)
      const other = JSON.parse((yield* explain("openai/gpt-5.2")).stdout)
      assert.deepInclude(other, { provider: "openai", candidates: [] })
      assert.isUndefined(other.chosen)
      const wrong = yield* explain("anthropic/")
      assert.strictEqual(wrong.status, 1)
      assert.strictEqual(JSON.parse(wrong.stdout).error._tag, "ModelUnknown")
    })
  )
})
