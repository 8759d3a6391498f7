/**
 * One table, three carriers: the gateway, `fetch` and `ClaudeHttpClient` give a client the same
 * answers, byte for byte, and ask the provider the same.
 */
import { make as makeFetch } from "@clawdbot/fetch"
import * as MachineCredentials from "@clawdbot/node/MachineCredentials"
import * as ClaudeHttpClient from "@clawdbot/platform/ClaudeHttpClient"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make, type ScriptedAnthropic } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { body, clientToken, streaming, withGateway } from "./world.ts"

/** What a client saw of one answer. */
interface Seen {
  readonly status: number
  readonly text: string
  readonly isBroken: boolean
}

type Ask = (body: unknown, conversation: string) => Effect.Effect<Seen>

interface Row {
  readonly what: string
  readonly script: Readonly<Record<string, ReadonlyArray<Script.Step>>>
  /** What is asked, one after the other. Default: twice for a stream, once for a whole answer. */
  readonly asked?: ReadonlyArray<unknown>
}

const broken = (afterEvents: number, how: "reset" | "end" | "error"): Script.Step => ({
  _tag: "BrokenStream",
  afterEvents,
  how
})
const ok = [Script.ok()]
const limited = Script.rateLimited({ "retry-after": "120" })

const rows: ReadonlyArray<Row> = [
  { what: "a good provider", script: { ka: ok } },
  {
    what: "a message with tools and thought",
    script: {
      ka: [Script.ok({ blocks: ["thinking", "text", "tool_use"] })]
    }
  },
  { what: "a limit", script: { ka: [limited], kb: ok } },
  { what: "limits of all", script: { ka: [limited], kb: [limited] } },
  { what: "a limit of the only one", script: { ka: [limited, limited] } },
  { what: "no credit", script: { ka: [Script.outOfCredit], kb: ok } },
  { what: "a refused key", script: { ka: [Script.unauthorized], kb: ok } },
  { what: "a refused key and no other", script: { ka: [Script.unauthorized] } },
  { what: "a bad request", script: { ka: [Script.badRequest], kb: ok } },
  { what: "an overload", script: { ka: [Script.overloaded], kb: ok } },
  { what: "an overload everywhere", script: { ka: [Script.overloaded], kb: [Script.overloaded] } },
  { what: "a page in HTML", script: { ka: [Script.htmlUnavailable] } },
  { what: "a page in HTML, then an answer", script: { ka: [Script.htmlUnavailable], kb: ok } },
  { what: "a reset before headers", script: { ka: [{ _tag: "Silent", how: "reset" }], kb: ok } },
  { what: "resets alone", script: { ka: [{ _tag: "Silent", how: "reset" }] } },
  { what: "a reset after headers", script: { ka: [broken(0, "reset")], kb: ok } },
  { what: "an end before content", script: { ka: [broken(1, "end")], kb: ok } },
  { what: "an error before content", script: { ka: [broken(1, "error")], kb: ok } },
  { what: "an error before content, alone", script: { ka: [broken(1, "error")] } },
  { what: "an error after content", script: { ka: [broken(5, "error")], kb: ok } },
  { what: "an end after content", script: { ka: [broken(5, "end")], kb: ok } },
  { what: "a reset after content", script: { ka: [broken(5, "reset")], kb: ok } },
  {
    what: "a body that is cut off",
    script: { ka: [{ _tag: "BrokenBody" }], kb: ok },
    asked: [body]
  },
  { what: "a model without a name", script: { ka: ok }, asked: [{ ...body, model: "" }] }
]

const usual = [streaming, streaming, body]

const headers = { "anthropic-version": "2023-06-01", "content-type": "application/json" }

/** Reads to the end, or to where it breaks off. */
const readAll = async (response: Response): Promise<Seen> => {
  const decoder = new TextDecoder()
  let text = ""
  const { status } = response
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true })
    return { status, text, isBroken: false }
  } catch {
    return { status, text, isBroken: true }
  }
}

const post =
  (send: typeof fetch, url: string, key: string): Ask =>
  (asked, conversation) =>
    Effect.promise(async () =>
      readAll(
        await send(`${url}/v1/messages`, {
          method: "POST",
          headers: { ...headers, "x-api-key": key, "x-clawdbot-session": conversation },
          body: JSON.stringify(asked)
        })
      )
    )

const scriptsOf = ({ script }: Row) =>
  Object.fromEntries(
    Object.entries(script).map(([name, [first = Script.ok(), ...rest]]) => [
      name,
      Script.inTurn(first, ...rest)
    ])
  )

const names = ({ script }: Row) => Object.keys(script).map((key) => [`anthropic:${key}`, key])

/** What a conversation over a carrier is, and what the provider saw of it. */
const talk = ({ asked = usual }: Row, ask: Ask, upstream: ScriptedAnthropic) =>
  Effect.gen(function* () {
    const seen = yield* Effect.forEach(asked, (one) => ask(one, "talk"))
    const requests = upstream.requests.map(({ body, credential, headers, path }) => ({
      credential,
      path,
      body: body.toString(),
      betas: headers["anthropic-beta"],
      version: headers["anthropic-version"]
    }))
    return { seen: seen.map(comparable), requests }
  })

/** Our own errors have an id and a place of their own; those of the provider are compared whole. */
const comparable = (seen: Seen): Seen => {
  if (!seen.text.includes('"request_id":"clawdbot_')) return seen
  const { error } = JSON.parse(seen.text)
  return { ...seen, text: `${error.type} ${error.details.error_code}` }
}

const overGateway = (row: Row) =>
  withGateway({ script: scriptsOf(row) }, ({ gateway, upstream }) =>
    talk(row, post(fetch, gateway.url, clientToken), upstream)
  )

const overFetch = (row: Row) =>
  Effect.gen(function* () {
    const upstream = yield* make({ credentials: scriptsOf(row) })
    const keys = Object.fromEntries(names(row))
    const claude = yield* Effect.acquireRelease(
      Effect.promise(() => makeFetch({ keys, baseUrl: upstream.url })),
      (claude) => Effect.promise(() => claude[Symbol.asyncDispose]())
    )
    return yield* talk(row, post(claude.fetch, "https://api.anthropic.com", "any"), upstream)
  }).pipe(Effect.scoped)

const overHttpClient = (row: Row) =>
  Effect.gen(function* () {
    const upstream = yield* make({ credentials: scriptsOf(row) })
    const keys = Object.fromEntries(
      names(row).map(([name = "", key = ""]) => [name, Redacted.make(key)])
    )
    const client = ClaudeHttpClient.layer().pipe(
      Layer.provide([
        MachineCredentials.layerKeys(keys, { baseUrl: upstream.url }),
        FetchHttpClient.layer
      ])
    )
    const ask: Ask = (asked, conversation) =>
      HttpClient.post("https://api.anthropic.com/v1/messages", {
        headers: { ...headers, "x-api-key": "any", "x-clawdbot-session": conversation },
        body: HttpBody.text(JSON.stringify(asked), "application/json")
      }).pipe(
        Effect.flatMap(({ status, stream }) => {
          const pieces: Array<string> = []
          const seen = (isBroken: boolean) => (): Seen => {
            return { status, text: pieces.join(""), isBroken }
          }
          return Stream.decodeText(stream).pipe(
            Stream.runForEach((piece) => Effect.sync(() => pieces.push(piece))),
            Effect.match({ onFailure: seen(true), onSuccess: seen(false) })
          )
        }),
        Effect.provide(context),
        Effect.orDie
      )
    const context = yield* Layer.build(client)
    return yield* talk(row, ask, upstream)
  }).pipe(Effect.scoped)

describe("the same over the gateway, fetch and HttpClient", () => {
  for (const row of rows)
    it.live(row.what, () =>
      Effect.gen(function* () {
        const gateway = yield* overGateway(row)
        assert.deepStrictEqual(yield* overFetch(row), gateway)
        assert.deepStrictEqual(yield* overHttpClient(row), gateway)
      })
    )
})
