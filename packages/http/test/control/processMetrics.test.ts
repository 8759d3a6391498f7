/**
 * One list of what the process counts; all of it is exported, and described where it is looked up.
 */
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import * as ProcessMetrics from "@clawdbot/domain/Metric/processMetrics"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { adminToken, ask, body, type Started, withGateway } from "../world.ts"
import { checkExposition } from "./exposition.ts"

const root = fileURLToPath(new URL("../../../../", import.meta.url))

const exported = (started: Started) =>
  Effect.map(
    ask(started, { path: "/metrics", method: "GET", headers: { "x-api-key": adminToken } }),
    ({ text }) => ({ text, samples: checkExposition(text) })
  )

const add = (metric: ProcessMetrics.ProcessMetric): Effect.Effect<void> => {
  switch (metric._tag) {
    case "Count":
      return Metric.increment(metric.metric)
    case "CountByLabel":
      return Metric.update(metric.metric, "a value")
    case "Amount":
      return Metric.set(metric.metric, 2)
    case "AmountByLabel":
      return Effect.forEach(Object.values(metric.metrics), Metric.set(3), { discard: true })
    case "Durations":
      return Metric.update(metric.metric, 2)
  }
}

/** What is exported of a metric once something was added. */
const samplesOf = (metric: ProcessMetrics.ProcessMetric): ReadonlyArray<string> => {
  switch (metric._tag) {
    case "Count":
    case "Amount":
      return ["{}"]
    case "CountByLabel":
      return [`{${metric.label}="a value"}`]
    case "AmountByLabel":
      return Object.keys(metric.metrics).map((kind) => `{${metric.label}="${kind}"}`)
    case "Durations":
      return ["_count{}", "_sum{}", '_bucket{le="+Inf"}', '_bucket{le="5"}']
  }
}

describe("what the process counts", () => {
  it.scopedLive("is exported, each of the list, under its name and label", () =>
    withGateway({ script: { ka: () => Script.ok() } }, (started) =>
      Effect.gen(function* () {
        for (const metric of ProcessMetrics.all) {
          yield* add(metric)
        }
        const { samples, text } = yield* exported(started)
        for (const metric of ProcessMetrics.all) {
          for (const sample of samplesOf(metric))
            assert.isAtLeast(samples.get(`${metric.name}${sample}`) ?? 0, 1, sample)
          assert.include(text, `# HELP ${metric.name} ${metric.help}\n`)
        }
        const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name)
        const docs = fs.readFileSync(`${root}docs/gateway.md`, "utf8")
        const described = [...docs.matchAll(/^\| `(clawdbot_\w+)[{`]/gm)].map(([, name]) => name)
        assert.sameMembers(names, described)
      })
    )
  )

  it.scopedLive("has the cache lifetimes that were set into requests", () =>
    withGateway(
      {
        script: { ka: () => Script.ok() },
        config: {
          agents: {
            defaults: {
              models: { "anthropic/claude-opus-4-5": { params: { cacheControlTtl: "1h" } } }
            }
          }
        }
      },
      (started) =>
        Effect.gen(function* () {
          const set = Effect.map(
            exported(started),
            ({ samples }) => samples.get("clawdbot_cache_ttl_set_total{}") ?? 0
          )
          const before = yield* set
          const system = [{ type: "text", text: "x", cache_control: { type: "ephemeral" } }]
          yield* ask(started, { body: { ...body, system } })
          assert.strictEqual(yield* set, before + 1)
        })
    )
  )

  it("is made in one place", () => {
    const makes = /\bMetric\.(counter|frequency|gauge|histogram|summary|timer)/
    const makers = ["domain", "node", "http", "cli", "json5-edit"].flatMap((name) =>
      fs
        .readdirSync(`${root}packages/${name}/src`, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => `packages/${name}/src/${file}`)
        .filter((file) => makes.test(fs.readFileSync(`${root}${file}`, "utf8")))
    )
    assert.deepStrictEqual(makers, ["packages/domain/src/Metric/processMetrics.ts"])
  })
})
