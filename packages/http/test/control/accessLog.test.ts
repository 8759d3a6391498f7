/**
 * The access log over the fault table (docs/guarantees.md): from its line alone one can tell who
 * answered, and why the others did not.
 */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import {
  adminToken,
  ask,
  body,
  dial,
  hear,
  keys,
  onTheWire,
  type Started,
  streaming,
  until,
  withGateway
} from "../world.ts"
import { checkExposition } from "./exposition.ts"

const Line = Schema.parseJson(
  Schema.Struct({
    status: Schema.Number,
    ms: Schema.Number,
    attempts: Schema.Array(
      Schema.Struct({
        profile: Schema.String,
        result: Schema.String,
        class: Schema.optional(Schema.String),
        status: Schema.optional(Schema.Number)
      })
    ),
    passedOver: Schema.optional(
      Schema.Array(Schema.Struct({ profile: Schema.String, why: Schema.String }))
    ),
    movedFrom: Schema.optional(Schema.String),
    refused: Schema.optional(Schema.String)
  })
)

/** A line in a few words; times of day are left out. */
const inWords = (line: string): string => {
  const {
    attempts,
    movedFrom,
    passedOver = [],
    refused,
    status
  } = Schema.decodeUnknownSync(Line)(line)
  return [
    String(status),
    ...passedOver.map(
      ({ profile, why }) => `not ${profile} (${why.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "T")})`
    ),
    ...attempts.map((one) =>
      [one.profile, one.result, one.class, one.status]
        .filter((word) => word !== undefined)
        .join(" ")
    ),
    ...(movedFrom === undefined ? [] : [`moved from ${movedFrom}`]),
    ...(refused === undefined ? [] : [refused])
  ]
    .join(", ")
    .replaceAll("anthropic:", "")
}

type Act = (started: Started) => Effect.Effect<unknown>
const plain: Act = (started) => ask(started)
const stream: Act = (started) => ask(started, { body: streaming })
const twice: Act = (started) => Effect.zipRight(ask(started), ask(started))
const conversation: Act = (started) =>
  Effect.repeatN(ask(started, { headers: { "x-clawdbot-session": "s" } }), 2)
const two = (step: Script.Step) => ({ ka: Script.always(step), kb: () => Script.ok() })

/** A client that leaves once the provider has its request, or once content comes. */
const leaves =
  (when: "before headers" | "in the middle"): Act =>
  (started) =>
    Effect.promise(async () => {
      const socket = await dial(started)
      let text = ""
      socket.on("data", (chunk: Buffer) => {
        text += chunk.toString()
      })
      socket.on("error", () => undefined)
      socket.write(onTheWire(started))
      await until(() =>
        when === "before headers"
          ? started.upstream.requests.length > 0
          : text.includes("content_block_delta")
      )
      socket.destroy()
    })

const raw =
  (text: string): Act =>
  (started) =>
    Effect.promise(async () => {
      const socket = await dial(started)
      const heard = hear(socket)
      socket.write(text)
      return await heard
    })

const tooLarge: Act = (started) =>
  Effect.promise(async () => {
    const socket = await dial(started)
    const heard = hear(socket)
    socket.write(
      onTheWire(started, { headers: { "content-length": String(64 * 1024 * 1024) }, body: "x" })
    )
    await until(() => socket.bytesRead > 0)
    socket.destroy()
    return await heard
  })

const table: ReadonlyArray<
  readonly [string, Record<string, Script.Script>, Act, ReadonlyArray<string>]
> = [
  ["a good answer", { ka: () => Script.ok(), kb: () => Script.ok() }, plain, ["200, ka answered"]],
  [
    "a conversation that moves",
    {
      ka: Script.inTurn(Script.ok(), Script.rateLimited({ "retry-after": "60" })),
      kb: () => Script.ok()
    },
    conversation,
    [
      "200, ka answered",
      "200, ka refused rate_limit 429, kb answered, moved from ka",
      "200, not ka (rate_limit of group:opus-4 until T), kb answered"
    ]
  ],
  [
    "a trial, and a request that comes before the next one",
    { ka: Script.always(Script.unauthorized) },
    (started) => Effect.zipRight(twice(started), ask(started)),
    [
      "401, ka refused auth 401",
      "401, ka refused auth 401",
      "401, not ka (auth of credential until T), AllInCooldown"
    ]
  ],
  [
    "429, then its rest",
    two(Script.rateLimited({ "retry-after": "60" })),
    twice,
    [
      "200, ka refused rate_limit 429, kb answered",
      "200, not ka (rate_limit of group:opus-4 until T), kb answered"
    ]
  ],
  ["401", two(Script.unauthorized), plain, ["200, ka refused auth 401, kb answered"]],
  ["403 revoked", two(Script.revoked), plain, ["200, ka refused auth 403, kb answered"]],
  ["out of credit", two(Script.outOfCredit), plain, ["200, ka refused billing 400, kb answered"]],
  ["402", two(Script.paymentRequired), plain, ["200, ka refused billing 402, kb answered"]],
  ["500", two(Script.internal), plain, ["200, ka refused server 500, kb answered"]],
  [
    "503 in HTML",
    two(Script.htmlUnavailable),
    plain,
    ["200, ka refused overloaded 503, kb answered"]
  ],
  ["529", two(Script.overloaded), plain, ["200, ka refused overloaded 529, kb answered"]],
  ["the request's own fault", two(Script.badRequest), plain, ["400, ka refused format 400"]],
  [
    "a reset before headers",
    two({ _tag: "Silent", how: "reset" }),
    stream,
    ["200, ka refused server, kb answered"]
  ],
  [
    "garbage",
    two({ _tag: "Silent", how: "garbage" }),
    stream,
    ["200, ka refused server, kb answered"]
  ],
  [
    "no headers in time",
    two({ _tag: "Silent", how: "hang" }),
    stream,
    ["200, ka refused timeout, kb answered"]
  ],
  [
    "an error event first",
    two({ _tag: "BrokenStream", afterEvents: 1, how: "error" }),
    stream,
    ["200, ka refused overloaded 200, kb answered"]
  ],
  [
    "a stream that breaks",
    two({ _tag: "BrokenStream", afterEvents: 6, how: "reset" }),
    stream,
    ["200, ka broken server"]
  ],
  [
    "an error event later",
    two({ _tag: "BrokenStream", afterEvents: 6, how: "error" }),
    stream,
    ["200, ka broken overloaded 200"]
  ],
  [
    "a client that leaves before headers",
    two({ _tag: "Silent", how: "hang" }),
    leaves("before headers"),
    ["0, ka abandoned"]
  ],
  [
    "a client that leaves in the middle",
    two(Script.ok({ gapMs: 50 })),
    leaves("in the middle"),
    ["200, ka abandoned"]
  ],
  [
    "all rest",
    {
      ka: Script.always(Script.rateLimited({ "retry-after": "60" })),
      kb: Script.always(Script.rateLimited({ "retry-after": "90" }))
    },
    twice,
    [
      "429, ka refused rate_limit 429, kb refused rate_limit 429, AllInCooldown",
      "429, not ka (rate_limit of group:opus-4 until T), not kb (rate_limit of group:opus-4 " +
        "until T), AllInCooldown"
    ]
  ],
  ["no credential", {}, plain, ["401, NoApiKey"]],
  [
    "no token",
    two(Script.internal),
    (started) => ask(started, { headers: { "x-api-key": "wrong" } }),
    ["401, ClientTokenRefused"]
  ],
  [
    "another site",
    two(Script.internal),
    (started) => ask(started, { headers: { origin: "http://evil.example" } }),
    ["403, OriginRefused"]
  ],
  [
    "nothing there",
    two(Script.internal),
    (started) => ask(started, { path: "/v2/messages" }),
    ["404, NotFound"]
  ],
  ["a body that is too large", two(Script.internal), tooLarge, ["413, BodyTooLarge"]],
  [
    "headers that are too large",
    two(Script.internal),
    raw(`GET / HTTP/1.1\r\nx: ${"y".repeat(70_000)}\r\n\r\n`),
    ["431, NotUnderstood"]
  ],
  ["no request at all", two(Script.internal), raw("hello\r\n\r\n"), ["400, NotUnderstood"]]
]

describe("the access log explains", () => {
  for (const [name, script, act, expected] of table) {
    it.scopedLive(name, () => {
      const lines: Array<string> = []
      return withGateway(
        {
          script,
          stores: keys(...Object.keys(script)),
          timeouts: { headersMs: 500, silenceMs: 500 },
          config: {
            auth: {
              order: {
                anthropic: ["anthropic:ka", "anthropic:kb"].slice(0, Object.keys(script).length)
              }
            }
          },
          gateway: { accessLog: (line) => void lines.push(line) }
        },
        (started) =>
          Effect.gen(function* () {
            yield* act(started)
            yield* Effect.promise(() => until(() => lines.length >= expected.length))
            assert.deepStrictEqual(lines.map(inWords), expected)
            const { text } = yield* ask(started, {
              path: "/metrics",
              method: "GET",
              headers: { "x-api-key": adminToken }
            })
            const counted = [...checkExposition(text)].filter(([key]) =>
              key.startsWith("clawdbot_requests_total")
            )
            assert.strictEqual(
              counted.reduce((sum, [, value]) => sum + value, 0),
              expected.length
            )
            assert.notInclude(lines.join("\n"), JSON.stringify(body.messages))
          })
      )
    })
  }
})
