/** Two gateways of the built command over one store: batches and usage are those of both. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as ScriptedAnthropic from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { beforeAll } from "vitest"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import { bundleCommand, type Gateway, makeHost, run, startGateway } from "./fleet.ts"
import { clusterUrl, describeWithServer, eventually, migratedStore, newSchema } from "./store.ts"

const apiKey = (key: string): Credential.ApiKey => ({
  type: "api_key",
  provider: ProviderId.anthropic,
  key: Redacted.make(key),
  extra: Credential.noExtra
})

/** One request to a gateway, by what it printed at its start. */
const send = (gateway: Gateway, method: string, path: string, body?: object) =>
  Effect.promise(async () => {
    const url = /listening on (\S+)/.exec(gateway.text())?.[1]
    const token = /client token\s+(\S+)/.exec(gateway.text())?.[1] ?? ""
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        "x-api-key": token,
        "anthropic-version": "2023-06-01",
        "content-type": "application/json"
      },
      body: body === undefined ? null : JSON.stringify(body)
    })
    return { status: response.status, text: await response.text() }
  })

const message = {
  model: "claude-opus-4-5",
  max_tokens: 8,
  messages: [{ role: "user", content: "hi" }]
}

describeWithServer("two gateways of one store", () => {
  beforeAll(bundleCommand, 120_000)

  it.scopedLive(
    "find each other's batches at once, a hundred times of a hundred, and count together",
    () => {
      const schema = newSchema()
      return Effect.gen(function* () {
        const names = ["ka", "kb", "kc"]
        const upstream = yield* ScriptedAnthropic.make({
          credentials: Object.fromEntries(names.map((name) => [name, () => Script.ok()]))
        })
        for (const name of names)
          yield* put(AgentId.main, ProfileId.of(`anthropic:${name}`), apiKey(name))
        const tokenUrl = `${upstream.url}/token`
        const host = { storeUrl: clusterUrl, schema, tokenUrl, upstream: upstream.url }
        const hosts = yield* Effect.all([makeHost(host), makeHost(host)])
        const [one, other] = yield* Effect.all([startGateway(hosts[0]), startGateway(hosts[1])])
        for (let count = 0; count < 100; count++) {
          const [from, to] = count % 2 === 0 ? [one, other] : [other, one]
          const created = yield* send(from, "POST", "/v1/messages/batches", { requests: [] })
          const { id } = JSON.parse(created.text)
          const found = yield* send(to, "GET", `/v1/messages/batches/${id}`)
          assert.strictEqual(found.status, 200, `${count}: ${found.text}`)
        }
        // All of them created, or another credential would have found them by chance.
        const creators = upstream.requests.filter(({ method }) => method === "POST")
        assert.strictEqual(new Set(creators.map(({ credential }) => credential)).size, 3)
        for (let count = 0; count < 30; count++)
          yield* send(count % 2 === 0 ? one : other, "POST", "/v1/messages", message)
        for (const somewhere of hosts) {
          const requests = Effect.map(
            run(somewhere, ["usage", "--json"]),
            ({ text }): number => JSON.parse(text).total.requests
          )
          assert.strictEqual(yield* eventually(requests, (count) => count >= 30), 30)
        }
      }).pipe(
        Effect.provide(ProfileStorePostgres.layer.pipe(Layer.provideMerge(migratedStore(schema))))
      )
    },
    180_000
  )
})
