/** Where traces and metrics go, by the config and by the variables of OpenTelemetry. */
import type { Config } from "@clawdbot/domain/Config/Config"
import * as Environment from "@clawdbot/domain/Environment/Environment"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { settingsOf } from "../../src/telemetry/TelemetrySettings.ts"
import * as TraceParent from "../../src/telemetry/traceParent.ts"

type Variables = Readonly<Record<string, string>>

const environmentOf = (
  variables: Variables,
  source: Environment.VariableSource = { _tag: "Process" }
): Environment.EffectiveEnvironment => ({
  ...Environment.empty,
  variables: new Map(
    Object.entries(variables).map(([name, value]) => [
      name,
      { value: Redacted.make(value), source }
    ])
  )
})

/** The addresses, or what is wrong. */
const read = (variables: Variables, otel?: NonNullable<Config["gateway"]>["otel"]) =>
  Either.match(settingsOf({ gateway: { otel } }, environmentOf(variables)), {
    onLeft: ({ setting }) => `unusable: ${setting}`,
    onRight: (settings) =>
      settings === undefined ? "off" : [settings.tracesUrl, settings.metricsUrl]
  })

const base = "OTEL_EXPORTER_OTLP_ENDPOINT"
const url = "http://127.0.0.1:4318"
const both = [`${url}/v1/traces`, `${url}/v1/metrics`]

describe("where traces and metrics go", () => {
  it("is nowhere without an address, and where the config or a variable says so", () => {
    assert.strictEqual(read({}), "off")
    assert.strictEqual(read({ OTEL_SERVICE_NAME: "x" }, {}), "off")
    assert.strictEqual(read({ [base]: url, OTEL_SDK_DISABLED: "TRUE" }), "off")
    assert.strictEqual(read({ [base]: url }, { enabled: false }), "off")
    const none = { OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" }
    assert.strictEqual(read({ [base]: url, ...none }), "off")
  })

  it("is by the config first, then the variable of the signal, then that of both", () => {
    assert.deepStrictEqual(read({ [base]: url }), both)
    assert.deepStrictEqual(read({ [base]: `${url}/` }), both)
    assert.deepStrictEqual(read({ [base]: "http://other:1" }, { endpoint: url }), both)
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://traces:1/in" }
    assert.deepStrictEqual(read({ [base]: url, ...own }), ["http://traces:1/in", both[1]])
    assert.deepStrictEqual(read(own), ["http://traces:1/in", undefined])
    const without = { [base]: url, OTEL_METRICS_EXPORTER: "none" }
    assert.deepStrictEqual(read(without), [both[0], undefined])
  })

  it("is named with its cure where it cannot be used", () => {
    const grpc = { [base]: "http://127.0.0.1:4317", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }
    assert.strictEqual(read(grpc), "unusable: OTEL_EXPORTER_OTLP_PROTOCOL")
    assert.deepStrictEqual(read(grpc, { endpoint: url }), both)
    for (const bad of ["127.0.0.1:4318", "ftp://x", "http://user:secret@host:4318"]) {
      assert.strictEqual(read({ [base]: bad }), `unusable: ${base}`, bad)
      assert.strictEqual(read({}, { endpoint: bad }), "unusable: gateway.otel.endpoint", bad)
    }
    const failed = settingsOf({}, environmentOf({ [base]: "http://user:secret@host" }))
    if (Either.isRight(failed)) return assert.fail("an address with a password was taken")
    assert.notInclude(failed.left.message, "secret")
    assert.include(failed.left.message, "clawdbot config set gateway.otel.enabled false")
  })

  it("is never said by the .env of the working folder", () => {
    const stranger = { _tag: "DotEnv", file: "/repo/.env", folder: "working" } as const
    const settings = settingsOf({}, environmentOf({ [base]: url }, stranger))
    assert.deepStrictEqual(settings, Either.right(undefined))
  })

  it("comes with headers and attributes; those of the variables are for their collector", () => {
    const variables = {
      [base]: url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b, y=1",
      OTEL_RESOURCE_ATTRIBUTES: "team=a,service.name=claude,broken=%",
      OTEL_METRIC_EXPORT_INTERVAL: "5000"
    }
    const { headers, metricsEveryMs, resource, serviceName } =
      Either.getOrThrow(settingsOf({}, environmentOf(variables))) ?? assert.fail("off")
    const plain = Object.entries(headers).map(([name, value]) => [name, Redacted.value(value)])
    assert.deepStrictEqual(plain, [
      ["x-key", "a b"],
      ["y", "1"]
    ])
    assert.notInclude(JSON.stringify(headers), "a b")
    assert.strictEqual(serviceName, "claude")
    assert.strictEqual(resource.broken, "%")
    assert.strictEqual(metricsEveryMs, 5_000)
    const config: Config = { gateway: { otel: { endpoint: "http://else:1" } } }
    const other = Either.getOrThrow(settingsOf(config, environmentOf(variables)))
    assert.deepStrictEqual(other?.headers, {})
  })
})

describe("the client's trace", () => {
  it("is what W3C Trace Context takes, and nothing else", () => {
    const [trace, span] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"]
    const sampled = { traceId: trace, spanId: span, isSampled: true }
    assert.deepStrictEqual(TraceParent.parse(`00-${trace}-${span}-01`), sampled)
    assert.deepStrictEqual(TraceParent.parse(`cc-${trace}-${span}-03-more`), sampled)
    assert.isFalse(TraceParent.parse(`00-${trace}-${span}-00`)?.isSampled)
    for (const bad of [
      undefined,
      "",
      `00-${trace}-${span}`,
      `00-${trace}-${span}-01-more`,
      `ff-${trace}-${span}-01`,
      `00-${trace.toUpperCase()}-${span}-01`,
      `00-${"0".repeat(32)}-${span}-01`,
      `00-${trace}-${"0".repeat(16)}-01`,
      ` 00-${trace}-${span}-01`
    ])
      assert.isUndefined(TraceParent.parse(bad), bad)
  })
})
