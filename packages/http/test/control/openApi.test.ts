/**
 * The document that says what the control plane offers, held against the official OpenAPI 3.1
 * schema and against what is really answered.
 */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import { Validator } from "@seriousme/openapi-schema-validator"
import { Ajv2020 } from "ajv/dist/2020.js"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { adminToken, ask, type Started, withGateway } from "../world.ts"

const get = (started: Started, path: string) =>
  ask(started, { path, method: "GET", headers: { "x-api-key": adminToken } })

/** The parts of an OpenAPI document that are looked at here. */
const Answers = Schema.Record({
  key: Schema.String,
  value: Schema.Struct({
    content: Schema.optional(
      Schema.Record({
        key: Schema.String,
        value: Schema.Struct({
          schema: Schema.Record({ key: Schema.String, value: Schema.Unknown })
        })
      })
    )
  })
})
const Operation = Schema.Struct({ responses: Answers })
const Document = Schema.Struct({
  paths: Schema.Record({
    key: Schema.String,
    value: Schema.Struct({ get: Schema.optional(Operation), post: Schema.optional(Operation) })
  }),
  components: Schema.Struct({
    schemas: Schema.Record({
      key: Schema.String,
      value: Schema.Record({ key: Schema.String, value: Schema.Unknown })
    })
  })
})

/**
 * Checks values against schemas of a document, with its references. Fails where a schema is none by
 * JSON Schema 2020-12.
 */
const checker = (components: (typeof Document.Type)["components"]) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  return (schema: Readonly<Record<string, unknown>>, value: unknown): void => {
    const check = ajv.compile({ ...schema, components })
    assert.isTrue(check(value), JSON.stringify(check.errors))
  }
}

describe("the OpenAPI document", () => {
  it.scopedLive("is one by the official schema, and what is answered is what it says", () =>
    withGateway(
      {
        script: {
          ka: Script.always(Script.rateLimited({ "retry-after": "30" })),
          kb: () => Script.ok()
        }
      },
      (started) =>
        Effect.gen(function* () {
          yield* ask(started)
          const text = (yield* get(started, "/clawdbot/openapi.json")).text
          const { errors, valid } = yield* Effect.promise(() =>
            new Validator({ strict: false }).validate(JSON.parse(text))
          )
          assert.isTrue(valid, JSON.stringify(errors))
          const document = yield* Schema.decodeUnknown(Schema.parseJson(Document))(text)
          const check = checker(document.components)
          const schemas = Object.values(document.paths).flatMap(({ get: read, post }) =>
            [read, post].flatMap((operation) =>
              Object.values(operation?.responses ?? {}).flatMap(({ content }) =>
                Object.values(content ?? {})
              )
            )
          )
          assert.isAbove(schemas.length, 10)
          const ajv = new Ajv2020({ strict: false })
          for (const schema of [
            ...schemas.map((one) => one.schema),
            ...Object.values(document.components.schemas)
          ]) {
            assert.isTrue(ajv.validateSchema(schema), JSON.stringify(ajv.errors))
          }
          for (const [path, status] of [
            ["/clawdbot/status", "200"],
            ["/clawdbot/gateway", "200"],
            ["/clawdbot/requests", "200"],
            ["/clawdbot/requests?limit=x", "400"],
            ["/clawdbot/usage", "200"],
            ["/clawdbot/usage?by=weather", "400"]
          ] as const) {
            const answer = yield* get(started, path)
            assert.strictEqual(String(answer.status), status, path)
            const schema =
              document.paths[path.split("?", 1)[0] ?? path]?.get?.responses[status]?.content?.[
                "application/json"
              ]?.schema
            if (schema === undefined) return assert.fail(`${path} ${status} is not told of`)
            check(schema, JSON.parse(answer.text))
          }
        })
    )
  )
})
