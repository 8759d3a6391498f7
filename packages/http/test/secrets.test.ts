import { gzipSync } from "node:zlib"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Inspectable from "effect/Inspectable"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { adminToken, ask, body, clientToken, streaming, withGateway } from "./world.ts"

const one = "sk-ant-api03-planted-one"
const two = "sk-ant-api03-planted-two"
const planted = [one, two, clientToken, adminToken]
const stores = {
  main: {
    profiles: {
      "anthropic:first": { type: "api_key", provider: "anthropic", key: one },
      "anthropic:second": { type: "api_key", provider: "anthropic", key: two }
    }
  }
}

const gzipped: Script.ErrorStep = {
  ...Script.outOfCredit,
  headers: { "content-encoding": "gzip" },
  body: gzipSync(
    JSON.stringify({
      type: "error",
      error: { type: "invalid_request_error", message: "Your credit balance is too low" }
    })
  )
}

const steps: ReadonlyArray<readonly [string, Script.Step, number]> = [
  ["401", Script.unauthorized, 401],
  ["402", Script.paymentRequired, 402],
  ["403", Script.revoked, 401],
  ["out of credit", Script.outOfCredit, 402],
  ["out of credit, packed", gzipped, 402],
  ["429", Script.rateLimited({ "retry-after": "30" }), 429],
  ["429 of a plan", Script.planLimited("five_hour", 4_102_444_800), 429],
  ["529", Script.overloaded, 529],
  ["503 in HTML", Script.htmlUnavailable, 503],
  ["reset", { _tag: "Silent", how: "reset" }, 502],
  ["format", Script.badRequest, 400],
  [
    "a redirect",
    { _tag: "Error", status: 307, headers: { location: "https://elsewhere.example/" } },
    307
  ]
]

describe("nothing tells a secret", () => {
  for (const [name, step, status] of steps) {
    it.scopedLive(`${name} at every credential`, () => {
      const lines: Array<string> = []
      const listening = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ annotations, cause, message }) => {
          lines.push(Inspectable.toStringUnknown([message, cause, HashMap.toEntries(annotations)]))
        })
      )
      return withGateway(
        { script: { [one]: Script.always(step), [two]: Script.always(step) }, stores },
        (started) =>
          Effect.gen(function* () {
            for (const asked of [body, streaming]) {
              const answer = yield* ask(started, { body: asked, headers: { connection: "close" } })
              const told = `${answer.text}${JSON.stringify([...answer.headers])}`
              for (const secret of planted) assert.notInclude(told, secret)
              assert.isTrue(Option.isSome(Option.fromNullable(answer.headers.get("request-id"))))
            }
            assert.strictEqual((yield* ask(started)).status, status)
            for (const secret of planted) assert.notInclude(lines.join("\n"), secret)
          })
      ).pipe(Effect.provide(listening))
    })
  }

  it.scopedLive(
    "an upstream that cannot be reached gets the provider's kind of answer, worth another try",
    () =>
      withGateway(
        {
          script: {},
          stores: {
            main: { profiles: { k: { type: "api_key", provider: "anthropic", key: one } } }
          },
          config: {
            models: { providers: { anthropic: { baseUrl: "http://127.0.0.1:1", models: [] } } }
          }
        },
        (started) =>
          Effect.gen(function* () {
            const answer = yield* ask(started)
            assert.strictEqual(answer.status, 502)
            assert.strictEqual(
              JSON.parse(answer.text).error.details.error_code,
              "UpstreamUnavailable"
            )
            assert.match(answer.headers.get("request-id") ?? "", /^clawdbot_/)
            assert.isNull(answer.headers.get("x-should-retry"))
            assert.notInclude(answer.text, one)
          })
      )
  )
})
