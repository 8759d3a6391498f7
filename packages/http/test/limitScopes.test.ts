/**
 * What a refusal keeps from being sent, and what goes on: over real sockets, as a client meets it.
 */
import { refusalSentences } from "@clawdbot/domain/Health/refusals"
import * as Limits from "@clawdbot/testing/ScriptedAnthropic/limits"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ask, body, type Started, withGateway } from "./world.ts"

const asking = (model: string, more: Readonly<Record<string, unknown>> = {}) => ({
  body: { ...body, model, ...more }
})
const counting = { path: "/v1/messages/count_tokens", body }

/** Sends one after the other; gives each status, and how many requests reached the provider. */
const statuses = (started: Started, requests: ReadonlyArray<Parameters<typeof ask>[1]>) =>
  Effect.gen(function* () {
    const before = started.upstream.requests.length
    const answers = yield* Effect.forEach(requests, (request) => ask(started, request))
    return {
      statuses: answers.map(({ status }) => status),
      sent: started.upstream.requests.length - before
    }
  })

const soon = { "retry-after": "120" }
const opus4 = asking("claude-opus-4-8")
const opus5 = asking("claude-opus-5")
const fast5 = asking("claude-opus-5", { speed: "fast" })
const fable = asking("claude-fable-5")
/** In hours from now, as epoch seconds. */
const inHours = (hours: number) => Math.floor(Date.now() / 1_000) + hours * 3_600

describe("one credential", () => {
  it.scopedLive(
    "a limit on a group of models leaves the others, fast mode and counting alone",
    () =>
      withGateway(
        { script: { ka: Limits.byBucket({ "opus-4": Script.rateLimited(soon) }) } },
        (started) =>
          Effect.gen(function* () {
            const first = yield* statuses(started, [opus4, asking("claude-opus-4-5-20251101")])
            assert.deepStrictEqual(first, { statuses: [429, 429], sent: 1 })
            const others = [opus5, fast5, asking("claude-sonnet-4-6"), fable, counting]
            const rest = yield* statuses(started, others)
            assert.deepStrictEqual(rest, { statuses: [200, 200, 200, 200, 200], sent: 5 })
          })
      )
  )

  it.scopedLive("a limit of fast mode leaves standard speed alone, and the other way round", () =>
    withGateway(
      {
        script: {
          ka: Limits.byBucket({
            "fast:opus-5": Limits.keyLimited(
              "input-tokens",
              new Date(Date.now() + 120_000).toISOString(),
              "fast"
            ),
            "opus-4": Script.rateLimited(soon)
          })
        }
      },
      (started) =>
        Effect.gen(function* () {
          const fast = yield* statuses(started, [fast5, fast5, opus5])
          assert.deepStrictEqual(fast, { statuses: [429, 429, 200], sent: 2 })
          const standard = yield* statuses(started, [
            opus4,
            asking("claude-opus-4-8", { speed: "fast" })
          ])
          assert.deepStrictEqual(standard, { statuses: [429, 200], sent: 2 })
        })
    )
  )

  it.scopedLive("Fable's week leaves the other models of the plan alone", () =>
    withGateway(
      {
        script: {
          ka: Limits.byBucket({
            "fable-5": Limits.planRefused({
              "5h": { status: "allowed", utilization: 0.4, reset: inHours(3) },
              "7d": { status: "allowed", utilization: 0.5, reset: inHours(90) },
              "7d_oi": { status: "rejected", utilization: 1, reset: inHours(90) },
              overage: { status: "rejected" }
            })
          })
        }
      },
      (started) =>
        Effect.gen(function* () {
          const result = yield* statuses(started, [fable, fable, opus5, asking("claude-sonnet-5")])
          assert.deepStrictEqual(result, { statuses: [429, 429, 200, 200], sent: 3 })
        })
    )
  )

  it.scopedLive("a limit on counting leaves messages alone, and the other way round", () =>
    withGateway(
      {
        script: {
          ka: Limits.byBucket({
            "/v1/messages/count_tokens": Script.rateLimited(soon),
            "/v1/models": Limits.noPermission
          })
        }
      },
      (started) =>
        Effect.gen(function* () {
          const models = { path: "/v1/models", method: "GET" }
          const result = yield* statuses(started, [counting, counting, models, models, opus4])
          assert.strictEqual(result.statuses.at(-1), 200)
          assert.deepStrictEqual(result.statuses.slice(0, 2), [429, 429])
          // The refusal of the models has no end: the second request for them is a trial.
          assert.strictEqual(result.sent, 4)
        })
    )
  )

  for (const [name, step] of [
    ["no plan pays for a long context", Limits.longContext],
    ["fast mode without credits", Limits.fastCreditsRequired],
    ["a bare Error", { ...Script.rateLimited(), message: "Error" }],
    ["a wall's 401", Limits.wall(401)],
    ["a wall's 402", Limits.wall(402)],
    ["a wall's 403", Limits.wall(403)]
  ] as const) {
    it.scopedLive(`${name}: the answer goes back as it is, and the next request is sent`, () =>
      withGateway({ script: { ka: Script.inTurn(step, step, Script.ok()) } }, (started) =>
        Effect.gen(function* () {
          const refused = yield* ask(started)
          assert.strictEqual(refused.status, step.status)
          const text = "body" in step ? String(step.body) : (step.message ?? "")
          assert.include(refused.text, text)
          const next = yield* statuses(started, [opus4, opus4])
          assert.deepStrictEqual(next, { statuses: [step.status, 200], sent: 2 })
        })
      )
    )
  }
})

describe("two credentials", () => {
  const order = { auth: { order: { anthropic: ["anthropic:ka", "anthropic:kb"] } } }
  const credentials = ({ upstream }: Started) =>
    upstream.requests.map(({ credential }) => credential)

  it.scopedLive("a limit on spending moves on, and its key is not asked again", () =>
    withGateway(
      {
        config: order,
        script: {
          ka: Script.always(Limits.spendLimited("2099-01-01 at 00:00 UTC", "workspace ")),
          kb: () => Script.ok()
        }
      },
      (started) =>
        Effect.gen(function* () {
          const result = yield* statuses(started, [opus4, opus5])
          assert.deepStrictEqual(result.statuses, [200, 200])
          assert.deepStrictEqual(credentials(started), ["ka", "kb", "kb"])
        })
    )
  )

  /** The provider says that something is wrong with the request, and quotes it. */
  const quoting = (sentence: string): Script.ErrorStep => ({
    ...Script.badRequest,
    message: `messages.0.content.0.text: "${sentence}" does not match the expected pattern`
  })

  for (const { begins } of [
    ...refusalSentences,
    { begins: "authentication_error: invalid x-api-key" },
    { begins: "OAuth token has been revoked" }
  ]) {
    it.scopedLive(`a client that writes "${begins}" gets its 400 back, and no key is out`, () => {
      const step = quoting(`${begins}. You will regain access on 2026-12-01 at 00:00 UTC.`)
      return withGateway(
        {
          config: order,
          script: { ka: Script.inTurn(step, Script.ok()), kb: () => Script.ok() }
        },
        (started) =>
          Effect.gen(function* () {
            const messages = [{ role: "user", content: begins }]
            const refused = yield* ask(started, { body: { ...body, messages } })
            assert.strictEqual(refused.status, 400)
            const sent = {
              type: "error",
              error: { type: step.type, message: step.message },
              request_id: "req_000001"
            }
            assert.strictEqual(refused.text, JSON.stringify(sent))
            assert.strictEqual((yield* ask(started)).status, 200)
            assert.deepStrictEqual(credentials(started), ["ka", "ka"])
          })
      )
    })
  }
})
