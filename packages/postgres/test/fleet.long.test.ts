/**
 * Two gateways of the built command and eight more that only refresh, over one store and the strict
 * token endpoint: one grant per expiry, and no request that fails.
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { beforeAll } from "vitest"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import { bundleCommand, makeHost, makeProvider, run, startGateway } from "./fleet.ts"
import { clusterUrl, describeWithServer, migratedStore, newSchema } from "./store.ts"
import { bundled, endedLogin, startWorker, type Worker } from "./workers.ts"

const profile = ProfileId.of("anthropic:work")
const expiries = 50
const processes = 8
const callers = 32
const clients = 16

const storedLogin = Effect.gen(function* () {
  const { document } = yield* (yield* ProfileStore).read(AgentId.main)
  const found = document.profiles.get(profile)
  if (found?.type !== "oauth") return assert.fail("the login is gone")
  return found
})

describeWithServer("a fleet of gateways", () => {
  beforeAll(bundleCommand, 120_000)

  it.scopedLive(
    `has ${processes} × ${callers} callers for ${expiries} expiries, and asks ${expiries} times`,
    () => {
      const schema = newSchema()
      return Effect.gen(function* () {
        const endpoint = yield* Endpoint.make
        const provider = yield* makeProvider(endpoint)
        const file = yield* bundled
        yield* put(AgentId.main, profile, endedLogin(endpoint.families.signIn(), 4_000_000_000_000))
        const { url: tokenUrl } = endpoint
        const host = { storeUrl: clusterUrl, schema, tokenUrl, upstream: provider.url }
        const hosts = yield* Effect.all([makeHost(host), makeHost(host)])
        const gateways = yield* Effect.forEach(hosts, startGateway)
        const workers: Array<Worker> = []
        for (let made = 0; made < processes; made++)
          workers.push(yield* startWorker(file, { url: clusterUrl, schema, tokenUrl, profile }))
        for (let round = 1; round <= expiries; round++) {
          const expires = 1_000 + round
          endpoint.script.push({ afterMs: 50 })
          yield* put(AgentId.main, profile, { ...(yield* storedLogin), expires })
          const asking = Promise.all(workers.map(({ ask }) => ask(callers, "go", expires)))
          const requests = Promise.all(
            gateways.flatMap(({ ask }) => Array.from({ length: clients }, ask))
          )
          const served = (yield* Effect.promise(() => asking)).flat()
          const statuses = yield* Effect.promise(() => requests)
          const stored = Redacted.value((yield* storedLogin).access)
          assert.strictEqual(served.length, processes * callers)
          assert.deepStrictEqual([...new Set(served)], [stored])
          assert.deepStrictEqual([...new Set(statuses)], [200])
          assert.deepStrictEqual(endpoint.families.counters(), {
            grants: round,
            reuses: 0,
            refusals: 0,
            revokedFamilies: 0
          })
        }
        assert.strictEqual(provider.served(), expiries * clients * gateways.length)
        assert.strictEqual(provider.refused(), 0)
        const [somewhere] = hosts
        const history = yield* run(somewhere, ["store", "history", "--json"])
        assert.strictEqual(history.status, 0, history.text)
        assert.notInclude(history.text, "sk-ant-")
        const { versions } = JSON.parse(history.text)
        assert.strictEqual(versions.length, 6)
        const past = versions.find(
          (found: { readonly version: number | null; readonly restorable: boolean }) =>
            found.version !== null && !found.restorable
        )
        const refused = yield* run(somewhere, ["store", "restore", profile, String(past.version)])
        assert.strictEqual(refused.status, 1)
        assert.include(refused.text, "its refresh token was used already")
      }).pipe(
        Effect.provide(ProfileStorePostgres.layer.pipe(Layer.provideMerge(migratedStore(schema))))
      )
    },
    420_000
  )
})
