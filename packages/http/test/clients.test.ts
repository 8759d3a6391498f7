import { createHash } from "node:crypto"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import type { Client } from "@clawdbot/domain/Client/ClientTokens"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ServedRequest } from "../src/dataPlane/ServedRequest.ts"
import { adminToken, ask, withGateway } from "./world.ts"

const laptop = "cbt_planted-token-of-the-laptop"
const hash = (token: string) => createHash("sha256").update(token).digest("hex")
const key = (secret: string) => ({
  profiles: { [`anthropic:${secret}`]: { type: "api_key", provider: "anthropic", key: secret } }
})

describe("clients with tokens of their own", () => {
  it.scopedLive(
    "are known by name and bound to their agent, whatever the request says; revoked at once",
    () => {
      const clients = new Map<string, Client>([
        [hash(laptop), { name: "laptop", agent: AgentId.normalize("research") }]
      ])
      const heard: Array<ServedRequest> = []
      return withGateway(
        {
          script: { km: () => Script.ok(), kr: () => Script.ok() },
          stores: { main: key("km"), research: key("kr") },
          gateway: {
            clients: () => clients,
            observe: (served) => Effect.sync(() => void heard.push(served))
          }
        },
        (started) =>
          Effect.gen(function* () {
            const asLaptop = { "x-api-key": laptop, "x-clawdbot-agent": "main" }
            assert.strictEqual((yield* ask(started, { headers: asLaptop })).status, 200)
            const bearer = { "x-api-key": "something else", authorization: `Bearer ${laptop}` }
            assert.strictEqual((yield* ask(started, { headers: bearer })).status, 200)
            assert.strictEqual((yield* ask(started)).status, 200)
            assert.deepStrictEqual(
              heard.map(({ agent, client }) => [agent, client]),
              [
                ["research", "laptop"],
                ["research", "laptop"],
                ["main", undefined]
              ]
            )
            assert.deepStrictEqual(
              started.upstream.requests.map(({ credential }) => credential),
              ["kr", "kr", "km"]
            )
            // The hash itself opens nothing.
            assert.strictEqual(
              (yield* ask(started, { headers: { "x-api-key": hash(laptop) } })).status,
              401
            )
            clients.clear()
            const refused = yield* ask(started, { headers: asLaptop })
            assert.strictEqual(refused.status, 401)
            const told = yield* ask(started, {
              path: "/clawdbot/requests",
              method: "GET",
              headers: { "x-api-key": adminToken }
            })
            assert.include(told.text, '"client":"laptop"')
            assert.notInclude(told.text + refused.text, laptop)
          })
      )
    }
  )

  it.scopedLive("a request that got no credential is told with all its attempts", () =>
    withGateway(
      {
        script: {
          ka: Script.always(Script.rateLimited({ "retry-after": "60" })),
          kb: Script.always(Script.rateLimited({ "retry-after": "60" }))
        }
      },
      (started) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* ask(started)).status, 429)
          assert.strictEqual((yield* ask(started)).status, 429)
          const told = yield* ask(started, {
            path: "/clawdbot/requests",
            method: "GET",
            headers: { "x-api-key": adminToken }
          })
          const [second, first] = JSON.parse(told.text)
          assert.deepStrictEqual([first.refused, first.attempts.length], ["AllInCooldown", 2])
          assert.deepStrictEqual([second.refused, second.attempts.length], ["AllInCooldown", 0])
        })
    )
  )

  it.scopedLive("can name only so many agents that nobody knows", () =>
    withGateway({ script: { ka: () => Script.ok() } }, (started) =>
      Effect.gen(function* () {
        yield* Effect.forEach(
          Array.from({ length: 250 }, (_, index) => index),
          (index) => ask(started, { headers: { "x-clawdbot-agent": `stranger-${index}` } }),
          { concurrency: 16, discard: true }
        )
        const late = yield* ask(started, { headers: { "x-clawdbot-agent": "one-more" } })
        assert.deepStrictEqual(
          [late.status, JSON.parse(late.text).error.details.error_code],
          [400, "TooManyAgents"]
        )
        assert.strictEqual(
          (yield* ask(started, { headers: { "x-clawdbot-agent": "stranger-7" } })).status,
          401
        )
        assert.strictEqual(
          (yield* ask(started, { headers: { "x-clawdbot-agent": "main" } })).status,
          200
        )
      })
    )
  )
})
