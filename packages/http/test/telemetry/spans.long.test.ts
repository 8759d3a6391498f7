/**
 * What a collector is sent of each row of failures: the span of the request, and one for each
 * attempt. Golden: `spans.golden.txt`.
 */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ask, body, dial, onTheWire, streaming, until } from "../world.ts"
import { attributesOf, type Span } from "./collector.ts"
import { type Act, plain, traced } from "./traced.ts"

const stream: Act = (started) => ask(started, { body: streaming })
const two = (step: Script.Step) => ({ ka: Script.always(step), kb: () => Script.ok() })

const leaves: Act = (started) =>
  Effect.promise(async () => {
    const socket = await dial(started)
    socket.on("error", () => undefined)
    socket.write(onTheWire(started))
    await until(() => started.upstream.requests.length > 0)
    socket.destroy()
  })

const thinking = { output_tokens: 40, output_tokens_details: { thinking_tokens: 35 } }
const token = { type: "token", provider: "anthropic", token: "plan" }
const plan = { main: { profiles: { "anthropic:plan": token } } }

type Row = readonly [
  name: string,
  script: Record<string, Script.Script>,
  act: Act,
  stores?: Readonly<Record<string, unknown>>
]

const rows: ReadonlyArray<Row> = [
  ["a good answer", { ka: () => Script.ok() }, plain],
  ["a good stream", { ka: () => Script.ok({ gapMs: 1 }) }, stream],
  [
    "a stream with thinking, answered by a subscription",
    { plan: () => Script.ok({ gapMs: 1, usage: thinking }) },
    stream,
    plan
  ],
  [
    "an answer with thinking, of a model without a known price",
    { ka: () => Script.ok({ usage: thinking }) },
    (started) => ask(started, { body: { ...body, model: "an-own-model" } })
  ],
  ["429", two(Script.rateLimited({ "retry-after": "60" })), plain],
  ["401", two(Script.unauthorized), plain],
  ["out of credit", two(Script.outOfCredit), plain],
  ["500", two(Script.internal), plain],
  ["529", two(Script.overloaded), plain],
  ["the request's own fault", two(Script.badRequest), plain],
  ["a reset before headers", two({ _tag: "Silent", how: "reset" }), stream],
  ["an error event first", two({ _tag: "BrokenStream", afterEvents: 1, how: "error" }), stream],
  ["a stream that breaks", two({ _tag: "BrokenStream", afterEvents: 6, how: "reset" }), stream],
  ["a client that leaves", two({ _tag: "Silent", how: "hang" }), leaves],
  [
    "all cooling down",
    {
      ka: Script.always(Script.rateLimited({ "retry-after": "60" })),
      kb: Script.always(Script.rateLimited({ "retry-after": "90" }))
    },
    plain
  ],
  ["no credential", {}, plain],
  [
    "another resource",
    { ka: () => Script.ok() },
    (started) => ask(started, { path: "/v1/messages/count_tokens", body })
  ]
]

const kinds = ["", "internal", "server", "client"]

/** A span in a few lines; times and the provider's ids differ from run to run. */
const inWords = ({ attributes, kind, name, parentSpanId, spanId, status }: Span): string => {
  const varying = new Set(["gen_ai.response.id", "gen_ai.response.time_to_first_chunk"])
  const lines = Object.entries(attributesOf(attributes)).map(([key, value]) => {
    if (varying.has(key)) return `    ${key}: a ${typeof value}`
    return `    ${key}: ${JSON.stringify(value)}`
  })
  const place = parentSpanId === undefined ? "" : ` below ${Number.parseInt(parentSpanId, 16)}`
  const outcome = status.code === 2 ? ", error" : ""
  const head = `  ${Number.parseInt(spanId, 16)}${place}: ${name} (${kinds[kind]}${outcome})`
  return [head, ...lines].join("\n")
}

describe("the spans of a request", () => {
  it.scopedLive("are these, for every row of failures", () =>
    Effect.gen(function* () {
      const shown = yield* Effect.forEach(
        rows,
        ([name, script, act, stores]) =>
          Effect.map(traced(script, act, stores), ({ spans }) => {
            for (const { endTimeUnixNano, startTimeUnixNano } of spans)
              assert.isTrue(BigInt(startTimeUnixNano) <= BigInt(endTimeUnixNano), name)
            return [name, ...spans.map(inWords)].join("\n")
          }),
        { concurrency: 5 }
      )
      const file = "./spans.golden.txt"
      yield* Effect.promise(() => expect(`${shown.join("\n\n")}\n`).toMatchFileSnapshot(file))
    })
  )
})
