/** The choice by quota, over sockets: what answers say of limits and caches decides the next. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { Affinity } from "@clawdbot/domain/Auth/Affinity"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { planHeaders } from "@clawdbot/testing/ScriptedAnthropic/limits"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { withPlanSizes } from "../src/control/planSizes.ts"
import { ask, body, emptyStatus, type Started, withGateway } from "./world.ts"

const model = "claude-opus-5-5"
const reset = Math.floor(Date.now() / 1_000) + 3 * 3_600
const week = Math.floor(Date.now() / 1_000) + 100 * 3_600

/** A plan's answer: what is used of its five hours, and what it wrote to the cache. */
const plan =
  (used: number): Script.Script =>
  () =>
    Script.ok({
      headers: planHeaders({
        "5h": { utilization: used, reset, status: "allowed" },
        "7d": { utilization: 0.2, reset: week, status: "allowed" }
      }),
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 100_000,
        cache_creation: { ephemeral_5m_input_tokens: 100_000, ephemeral_1h_input_tokens: 0 }
      }
    })

const emptyWindow = {
  profileId: "",
  scope: "5h",
  class: "usage",
  source: "unified-reset",
  until: reset * 1_000,
  remainingMs: 1
}

const secrets = { ka: "sk-ant-oat01-a", kb: "sk-ant-oat01-b", kc: "sk-ant-oat01-c" }

const stores = {
  main: {
    profiles: Object.fromEntries(
      Object.entries(secrets).map(([name, token]) => [
        `anthropic:${name}`,
        { type: "token", provider: "anthropic", token }
      ])
    )
  }
}

const askAs = (started: Started, session: string, agent: string) =>
  ask(started, {
    body: { ...body, model },
    headers: { "x-claude-code-session-id": session, "x-claude-code-agent-id": agent }
  })

const script = (a: number, b: number, c: number) => ({
  [secrets.ka]: plan(a),
  [secrets.kb]: plan(b),
  [secrets.kc]: plan(c)
})

describe("auth.scheduling: economy", () => {
  it.live("gives no credential more than 45 % of sixty sub-agents, and knows their caches", () =>
    withGateway(
      { script: script(0.1, 0.2, 0.3), stores, config: { auth: { scheduling: "economy" } } },
      (started) =>
        Effect.gen(function* () {
          const { uses } = yield* Affinity
          yield* Effect.forEach(
            Array.from({ length: 60 }, (_, index) => `agent-${index}`),
            (agent) => askAs(started, "session", agent),
            { concurrency: 20 }
          )
          const asked = Object.values(secrets).map(
            (secret) =>
              started.upstream.requests.filter(({ credential }) => credential === secret).length
          )
          assert.strictEqual(
            asked.reduce((sum, count) => sum + count, 0),
            60
          )
          for (const count of asked) assert.isAtMost(count, 27)
          const thread = { agent: AgentId.main, conversation: "session agent-7", model }
          assert.strictEqual(uses.find(thread)?.tokens, 100_000)
        })
    )
  )

  it.live("keeps a conversation on its credential though another one has more left", () =>
    withGateway(
      { script: script(0.92, 0.1, 0.1), stores, config: { auth: { scheduling: "economy" } } },
      (started) =>
        Effect.gen(function* () {
          yield* askAs(started, "first", "agent")
          yield* askAs(started, "first", "agent")
          yield* askAs(started, "second", "agent")
          const asked = started.upstream.requests.map(({ credential }) => credential)
          assert.deepStrictEqual(asked, [secrets.ka, secrets.ka, secrets.kb])
        })
    )
  )

  it.live("learns how much a plan holds from what answers cost and what they used", () => {
    let answers = 0
    // 100,000 tokens written at $5 a million, of a plan that holds $25, and some more.
    const used: Script.Script = (request, attempt) => plan(0.02 * answers++)(request, attempt)
    return withGateway(
      { script: { [secrets.ka]: used }, stores, config: { auth: { scheduling: "economy" } } },
      (started) =>
        Effect.gen(function* () {
          const { sizes } = yield* Affinity
          const a = { owner: AgentId.main, profile: ProfileId.of("anthropic:ka") }
          yield* askAs(started, "first", "agent")
          assert.isUndefined(sizes.find(a))
          yield* Effect.repeatN(askAs(started, "first", "agent"), 4)
          assert.approximately(sizes.find(a) ?? 0, 25, 1)
          const { profile, owner } = a
          const window = { ...emptyWindow, profileId: profile }
          const status = {
            ...emptyStatus,
            windows: [window, { ...window, scope: "7d" }, { ...window, profileId: "anthropic:kb" }]
          }
          const told = withPlanSizes(owner, status, sizes).windows
          assert.deepStrictEqual(
            told.map(({ holdsUsd }) => holdsUsd),
            [sizes.find(a), undefined, undefined]
          )
          const asked = started.upstream.requests.map(({ credential }) => credential)
          assert.deepStrictEqual(
            asked,
            Array.from({ length: 6 }, () => secrets.ka)
          )
        })
    )
  })
})
