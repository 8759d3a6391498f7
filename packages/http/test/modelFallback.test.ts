/** Another model in place of the one a message names, as a client of the gateway sees it. */
import { createHash } from "node:crypto"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as UsageMemory from "@clawdbot/testing/Usage/UsageMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ServedRequest } from "../src/dataPlane/ServedRequest.ts"
import { usageEntries } from "../src/usageEntries.ts"
import { asLaptop, withBudget } from "./budgetWorld.ts"
import { ask, body, keys, type Started, withGateway } from "./world.ts"

const [first, second, third] = ["claude-opus-5-5", "claude-opus-5", "claude-sonnet-5"]
const config = {
  gateway: { modelFallback: true },
  agents: {
    defaults: {
      model: { primary: `anthropic/${first}`, fallbacks: [`anthropic/${second}`, third] }
    }
  }
}
const header = "x-clawdbot-model-fallback"
const asked = { ...body, model: first }

/** A step by the model that is asked for; all others are answered. */
const byModel =
  (steps: Readonly<Record<string, Script.Step>>): Script.Script =>
  (_, { model }) =>
    steps[model] ?? Script.ok()

const overloaded = byModel({ [first]: Script.overloaded })
const limited = Script.rateLimited({ "retry-after": "60" })
const both = (script: Script.Script) => ({ ka: script, kb: script })

const sentModels = ({ upstream }: Started) =>
  upstream.requests.map(({ body }) => JSON.parse(body.toString("utf8")).model)

/** What a client is told: the status, the header and the answer's own model. */
const told = ({ headers, status, text }: Effect.Effect.Success<ReturnType<typeof ask>>) => {
  const { error, model } = JSON.parse(text)
  return [status, headers.get(header), model ?? error.type]
}

describe("gateway.modelFallback", () => {
  it.scopedLive("answers with the next model when two attempts meet an overload", () => {
    const heard: Array<ServedRequest> = []
    const gateway = { observe: (served: ServedRequest) => void heard.push(served) }
    return withGateway({ script: both(overloaded), config, gateway }, (started) =>
      Effect.gen(function* () {
        const answer = yield* ask(started, { body: asked })
        const words = `${first} -> ${second}; overloaded`
        assert.deepStrictEqual(told(answer), [200, words, second])
        assert.deepStrictEqual(sentModels(started), [first, first, second])
        const [served] = heard
        assert.strictEqual(served?.model, second)
        assert.deepStrictEqual(served?.fallback, { asked: first, words })
        assert.deepStrictEqual(
          served?.trail.map(({ model, result }) => [result, model]),
          [
            ["refused", undefined],
            ["refused", undefined],
            ["answered", second]
          ]
        )
        assert.isDefined(served?.used[0]?.cost)
      })
    )
  })

  it.scopedLive("answers with the next model while every credential is at a limit", () =>
    withGateway({ script: both(byModel({ [first]: limited })), config }, (started) =>
      Effect.gen(function* () {
        const words = `${first} -> ${second}; rate limited`
        assert.deepStrictEqual(told(yield* ask(started, { body: asked })), [200, words, second])
        // Nothing is sent with a model that all are at the limit of.
        assert.deepStrictEqual(told(yield* ask(started, { body: asked })), [200, words, second])
        assert.deepStrictEqual(sentModels(started), [first, first, second, second])
      })
    )
  )

  it.scopedLive("changes the bytes of the model's name and no others", () => {
    const spaced = (model: string) =>
      `{ "messages":[{"role":"user","content":"\\u00fc \\"model\\":\\"x\\""}],"max_tokens":1.0,` +
      ` "model" :\t"${model}" , "metadata":{"model":"claude-opus-5-5"}}\n`
    return withGateway({ script: both(overloaded), config }, (started) =>
      Effect.gen(function* () {
        yield* ask(started, { body: spaced(first) })
        assert.deepStrictEqual(
          started.upstream.requests.map(({ body }) => body.toString("utf8")),
          [spaced(first), spaced(first), spaced(second)]
        )
      })
    )
  })

  it.scopedLive("tries two other models at most, and hands the first refusal on", () => {
    const all = {
      ...config,
      agents: {
        defaults: { model: { primary: first, fallbacks: [second, third, "claude-opus-4-8"] } }
      }
    }
    const steps = { [first]: Script.overloaded, [second]: Script.overloaded, [third]: limited }
    return withGateway({ script: both(byModel(steps)), config: all }, (started) =>
      Effect.gen(function* () {
        const answer = yield* ask(started, { body: asked })
        assert.deepStrictEqual(told(answer), [529, null, "overloaded_error"])
        assert.deepStrictEqual(sentModels(started), [first, first, second, second, third, third])
      })
    )
  })

  it.scopedLive("is never used after the first content of an answer", () => {
    const broken: Script.Step = {
      _tag: "BrokenStream",
      afterEvents: 3,
      how: "error",
      errorType: "overloaded_error"
    }
    return withGateway({ script: both(byModel({ [first]: broken })), config }, (started) =>
      Effect.gen(function* () {
        const answer = yield* ask(started, { body: { ...asked, stream: true } })
        assert.include(answer.text, "overloaded_error")
        assert.strictEqual(answer.headers.get(header), null)
        assert.deepStrictEqual(sentModels(started), [first])
      })
    )
  })

  it.scopedLive("answers a stream that is refused before its first content", () => {
    const refused: Script.Step = {
      _tag: "BrokenStream",
      afterEvents: 0,
      how: "error",
      errorType: "overloaded_error"
    }
    return withGateway({ script: both(byModel({ [first]: refused })), config }, (started) =>
      Effect.gen(function* () {
        const answer = yield* ask(started, { body: { ...asked, stream: true } })
        assert.strictEqual(answer.headers.get(header), `${first} -> ${second}; overloaded`)
        assert.include(answer.text, second)
      })
    )
  })

  const kept = (
    what: string,
    request: { readonly body?: unknown; readonly headers?: Record<string, string> },
    changed: Readonly<Record<string, unknown>> = config
  ) =>
    it.scopedLive(`hands the provider's refusal on ${what}`, () =>
      withGateway({ script: both(overloaded), config: changed }, (started) =>
        Effect.gen(function* () {
          const answer = yield* ask(started, { body: asked, ...request })
          assert.deepStrictEqual(told(answer), [529, null, "overloaded_error"])
          assert.deepStrictEqual(sentModels(started), [first, first])
        })
      )
    )

  kept("by default", {}, { agents: config.agents })
  kept("of a request that forbids another model", { headers: { "x-clawdbot-strict-model": "1" } })
  kept("of a field that no other model takes", {
    body: { ...asked, thinking: { type: "enabled", budget_tokens: 1_024 } }
  })
  kept("of a field that stands twice", {
    body: JSON.stringify(asked).replace("{", `{"model":"${first}",`)
  })
  kept("of a request that names a thread", {
    body: { ...asked, thread: { type: "create" } }
  })
  kept(
    "where nothing is known of the other models",
    {},
    {
      ...config,
      agents: { defaults: { model: { primary: first, fallbacks: ["claude-unheard-of-9"] } } }
    }
  )
  kept(
    "of a model that is not in the list",
    {},
    {
      ...config,
      agents: { defaults: { model: { primary: second, fallbacks: [third] } } }
    }
  )

  it.scopedLive("passes over a model that does not take a field of the request", () => {
    const model = { primary: first, fallbacks: ["claude-haiku-4-5", second] }
    const changed = { ...config, agents: { defaults: { model } } }
    return withGateway({ script: both(overloaded), config: changed }, (started) =>
      Effect.gen(function* () {
        const answer = yield* ask(started, {
          body: { ...asked, output_config: { effort: "max" }, thinking: { type: "adaptive" } }
        })
        assert.deepStrictEqual(told(answer), [200, `${first} -> ${second}; overloaded`, second])
        assert.deepStrictEqual(sentModels(started), [first, first, second])
      })
    )
  })

  it.scopedLive("does not take a key for a plan's request that would not have got it", () => {
    const plan = "sk-ant-oat01-a"
    const other = "sk-ant-oat01-b"
    const stores = {
      main: {
        profiles: {
          a: { type: "token", provider: "anthropic", token: plan },
          b: { type: "token", provider: "anthropic", token: other },
          k: { type: "api_key", provider: "anthropic", key: "ka" }
        }
      }
    }
    const refuse = byModel({ [first]: Script.overloaded, [second]: limited })
    const script = { [plan]: refuse, [other]: refuse, ka: Script.always(Script.ok()) }
    return withGateway({ script, stores, config }, (started) =>
      Effect.gen(function* () {
        const answer = yield* ask(started, { body: asked })
        // The third model is answered by a plan as well.
        assert.deepStrictEqual(told(answer), [200, `${first} -> ${third}; overloaded`, third])
        assert.notInclude(
          started.upstream.requests.map(({ credential }) => credential),
          "ka"
        )
      })
    )
  })

  it.scopedLive("leaves none of a hundred requests at once without its header", () =>
    withGateway({ script: both(overloaded), config }, (started) =>
      Effect.gen(function* () {
        const answers = yield* Effect.forEach(
          Array.from({ length: 100 }, (_, index) => (index % 3 === 0 ? second : first)),
          (model) =>
            Effect.map(ask(started, { body: { ...asked, model } }), (answer) => {
              const [status, said, answering] = told(answer)
              return { model, status, said, answering }
            }),
          { concurrency: 25 }
        )
        const silent = answers.filter(
          ({ answering, model, said }) => (answering !== model) !== (said !== null)
        )
        assert.deepStrictEqual(silent, [])
        assert.isTrue(answers.every(({ status }) => status === 200))
        assert.strictEqual(answers.filter(({ said }) => said !== null).length, 66)
      })
    )
  )

  it.scopedLive("is written into the access log, and counted as the model that answered", () => {
    const lines: Array<string> = []
    const heard: Array<ServedRequest> = []
    const gateway = {
      accessLog: (line: string) => void lines.push(line),
      observe: (served: ServedRequest) => void heard.push(served)
    }
    return withGateway({ script: both(overloaded), config, gateway }, (started) =>
      Effect.gen(function* () {
        yield* ask(started, { body: asked })
        yield* ask(started, { body: { ...asked, model: second } })
        const [fallen, plain] = lines.map((line) => JSON.parse(line))
        assert.strictEqual(fallen.model, second)
        assert.strictEqual(fallen.modelFallback, `${first} -> ${second}; overloaded`)
        assert.deepStrictEqual(
          fallen.attempts.map((one: { readonly model?: string }) => one.model),
          [undefined, undefined, second]
        )
        assert.notProperty(plain, "modelFallback")
        assert.deepStrictEqual(
          heard.flatMap(usageEntries).map(({ model }) => model),
          [second, second]
        )
      })
    )
  })

  it.scopedLive("is never used for a client that is excepted", () => {
    const token = "cbt_planted-token-of-evaluation"
    const hash = createHash("sha256").update(token).digest("hex")
    const clients = new Map([[hash, { name: "evaluation", agent: undefined }]])
    const gateway = { clients: () => clients }
    const excepted = { ...config.gateway, modelFallbackExcept: ["evaluation"] }
    const options = { script: both(overloaded), config: { ...config, gateway: excepted }, gateway }
    return withGateway(options, (started) =>
      Effect.gen(function* () {
        const answer = yield* ask(started, { body: asked, headers: { "x-api-key": token } })
        assert.deepStrictEqual(told(answer), [529, null, "overloaded_error"])
        const other = yield* ask(started, { body: asked })
        assert.strictEqual(other.status, 200)
      })
    )
  })

  const withLimit = (
    what: string,
    fallbacks: ReadonlyArray<string>,
    expected: ReadonlyArray<unknown>
  ) =>
    it.scopedLive(`gives a client with a budget ${what}`, () => {
      const agents = { defaults: { model: { primary: first, fallbacks } } }
      const more = { gateway: config.gateway, agents }
      const script = both(overloaded)
      return withBudget(
        { usdPerDay: 5 },
        script,
        (started) =>
          Effect.gen(function* () {
            const answer = yield* ask(started, { body: asked, headers: asLaptop })
            assert.deepStrictEqual(told(answer), expected)
          }),
        keys(...Object.keys(script)),
        more
      ).pipe(Effect.provide(UsageMemory.layer))
    })

  // An answer of Opus 5 costs more than the same of Opus 5.5.
  withLimit("no dearer model", [second], [529, null, "overloaded_error"])
  withLimit("a cheaper one", [second, third], [200, `${first} -> ${third}; overloaded`, third])
})
