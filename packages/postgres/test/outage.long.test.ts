/**
 * The database of two gateways of the built command is away for a minute, or for twenty with
 * `./scripts/test --soak`, while clients come all the time and a login is to be refreshed: nobody
 * notices.
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { beforeAll } from "vitest"
import * as Database from "../src/Database.ts"
import * as Migrate from "../src/migrate.ts"
import { installed, makeCluster } from "./cluster/cluster.ts"
import { bundleCommand, makeHost, makeProvider, startGateway } from "./fleet.ts"
import { describeWithServer, eventually, profilesAt } from "./store.ts"
import { endedLogin } from "./workers.ts"

const profile = ProfileId.of("anthropic:work")
const schema = "clawdbot"

const isSoak = process.env.CLAWDBOT_SOAK === "1"
/** How long the database is away, in s. */
const seconds = Number(process.env.CLAWDBOT_OUTAGE ?? (isSoak ? 1_200 : 60))
/** So many clients of each gateway ask one request after the other. */
const clients = 4
/** The pause of a client between two requests, in ms. */
const pauseMs = isSoak ? 100 : 20

const accessOf = Effect.gen(function* () {
  const { document } = yield* (yield* ProfileStore).read(AgentId.main)
  const found = document.profiles.get(profile)
  return found?.type === "oauth" ? Redacted.value(found.access) : "none"
})

/** Requests that were counted by all gateways, as the database has them. */
const counted = Effect.gen(function* () {
  const { query, table } = yield* Database.Database
  const [row] = yield* query<{ readonly n: number }>(
    `select coalesce(sum(n), 0)::float8 as n from ${table("usage_cell")}`
  )
  return row?.n ?? 0
})

describeWithServer("two gateways whose database is away", () => {
  beforeAll(bundleCommand, 120_000)

  it.scopedLive(
    `for ${seconds} s fail no request, refresh once it is back, and count every request`,
    () =>
      Effect.gen(function* () {
        const cluster = yield* Effect.acquireRelease(
          Effect.promise(async () => makeCluster((await installed()) ?? "")),
          ({ remove }) => Effect.promise(remove)
        )
        const endpoint = yield* Endpoint.make
        const provider = yield* makeProvider(endpoint)
        const tokens = endpoint.families.signIn()
        yield* Effect.gen(function* () {
          yield* Migrate.migrate()
          yield* put(AgentId.main, profile, endedLogin(tokens, 4_000_000_000_000))
          const { url: tokenUrl } = endpoint
          const host = { storeUrl: cluster.url, schema, tokenUrl, upstream: provider.url }
          const hosts = yield* Effect.all([makeHost(host), makeHost(host)])
          const gateways = yield* Effect.forEach(hosts, startGateway)
          const statuses: Array<number> = []
          const client = ({ ask }: (typeof gateways)[number]) =>
            Effect.forever(
              Effect.promise(async () => {
                statuses.push(await ask())
                // real time: the load of a test, not of a benchmark.
              }).pipe(Effect.zipRight(Effect.sleep(pauseMs)))
            )
          const loads = yield* Effect.forEach(
            gateways.flatMap((gateway) => Array.from({ length: clients }, () => gateway)),
            (gateway) => Effect.fork(client(gateway))
          )
          yield* eventually(
            Effect.sync(() => statuses.length),
            (count) => count > 100
          )
          // It is to be refreshed now, and need not be before the database is back.
          const expires = Date.now() + (seconds + 300) * 1_000
          yield* put(AgentId.main, profile, endedLogin(tokens, expires))
          yield* Effect.promise(() => cluster.stop("immediate"))
          const before = statuses.length
          // real time: the outage.
          yield* Effect.sleep(seconds * 1_000)
          const during = statuses.length - before
          yield* Effect.promise(cluster.start)
          const startedAt = performance.now()
          const renewed = yield* eventually(
            Effect.orElseSucceed(accessOf, () => "none"),
            (access) => access !== tokens.access && access !== "none"
          )
          const renewedAfterMs = Math.round(performance.now() - startedAt)
          assert.isTrue(endpoint.families.isCurrent(renewed))
          // real time: requests go on for a while, with the new token.
          yield* Effect.sleep(2_000)
          yield* Fiber.interruptAll(loads)
          assert.deepStrictEqual([...new Set(statuses)], [200])
          assert.isAbove(during, seconds * 10)
          assert.strictEqual(provider.refused(), 0)
          assert.deepStrictEqual(endpoint.families.counters(), {
            grants: 1,
            reuses: 0,
            refusals: 0,
            revokedFamilies: 0
          })
          const total = yield* eventually(counted, (count) => count === provider.served())
          yield* Effect.sync(() =>
            console.info(
              `${seconds} s without the database: ${during} requests meanwhile, all 200; ` +
                `refreshed ${renewedAfterMs} ms after its return; ${total} counted, ` +
                `${provider.served()} served`
            )
          )
        }).pipe(Effect.provide(profilesAt(cluster.url, schema)))
      }),
    240_000 + seconds * 1_000
  )
})
