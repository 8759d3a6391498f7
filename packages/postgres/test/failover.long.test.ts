/**
 * Another server takes the place of the database, and may be behind: two gateways, each a process
 * of its own, that have just refreshed a login, and one that is started afterwards and knows
 * nothing but the database.
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Database from "../src/Database.ts"
import * as Migrate from "../src/migrate.ts"
import { installed, makeCluster, makeReplica, replicaName } from "./cluster/cluster.ts"
import { describeWithServer, eventually, profilesAt } from "./store.ts"
import { bundled, endedLogin, makeCable, startWorker } from "./workers.ts"

const profile = ProfileId.of("anthropic:work")
const schema = "clawdbot"

/** A port where no server is. */
const nowhere = 1

/** So many times, one after the other. */
const repeats = Number(process.env.CLAWDBOT_FAULTS ?? 2)

const withStore = <A, E>(
  url: string,
  use: Effect.Effect<A, E, ProfileStore | Database.Database>
): Effect.Effect<A, E> => Effect.provide(use, Layer.fresh(profilesAt(url, schema)))

/** A statement of its own: settings of a server are changed in no transaction. */
const say = (url: string, statement: string) =>
  withStore(
    url,
    Effect.flatMap(Database.Database, ({ query }) => query(statement))
  )

/** A primary and a replica that follows it at once, or not at all. */
const servers = (follows: boolean) =>
  Effect.gen(function* () {
    const bin = yield* Effect.promise(async () => (await installed()) ?? "")
    const primary = yield* Effect.acquireRelease(
      Effect.promise(() => makeCluster(bin)),
      ({ remove }) => Effect.promise(remove)
    )
    yield* withStore(primary.url, Migrate.migrate())
    const replica = yield* Effect.acquireRelease(
      Effect.promise(() => makeReplica(bin, primary)),
      ({ remove }) => Effect.promise(remove)
    )
    if (follows) {
      yield* say(primary.url, `alter system set synchronous_standby_names = '${replicaName}'`)
      yield* say(primary.url, "alter system set synchronous_commit = 'remote_apply'")
      yield* say(primary.url, "select pg_reload_conf()")
    }
    return { primary, replica }
  })

/** What a replica that is behind does not get any more. */
const stopFollowing = (url: string) =>
  Effect.zipRight(
    say(url, "alter system set primary_conninfo = ''"),
    say(url, "select pg_reload_conf()")
  )

const failover = (follows: boolean) =>
  Effect.gen(function* () {
    const file = yield* bundled
    const { primary, replica } = yield* servers(follows)
    const endpoint = yield* Endpoint.make
    const tokens = endpoint.families.signIn()
    yield* withStore(primary.url, put(AgentId.main, profile, endedLogin(tokens, 1)))
    const cable = yield* makeCable(primary.port)
    const url = primary.url.replace(String(primary.port), String(cable.port))
    const options = { schema, tokenUrl: endpoint.url, profile, url }
    const holder = yield* startWorker(file, options)
    const other = yield* startWorker(file, options)
    const caughtUp = withStore(
      replica.url,
      Effect.flatMap(ProfileStore, (store) => store.read(AgentId.main))
    ).pipe(Effect.option)
    yield* eventually(caughtUp, (found) => found._tag === "Some" && found.value.exists)
    if (!follows) yield* stopFollowing(replica.url)
    const served = yield* Effect.promise(() => holder.ask(4))
    assert.deepStrictEqual(new Set(served).size, 1)
    const [granted] = served
    // The other one hears of it.
    yield* eventually(
      Effect.promise(() => other.ask(1)),
      ([token]) => token === granted
    )
    yield* Effect.promise(() => primary.stop("immediate"))
    yield* Effect.promise(replica.promote)
    cable.lead(replica.port)
    const stored = withStore(
      replica.url,
      Effect.map(
        Effect.flatMap(ProfileStore, (store) => store.read(AgentId.main)),
        ({ document }) => {
          const found = document.profiles.get(profile)
          return found?.type === "oauth" ? Redacted.value(found.access) : "none"
        }
      )
    )
    // Callers come all the time, also before the database has the newest tokens again.
    yield* eventually(
      Effect.zipRight(
        Effect.promise(() => other.ask(2)),
        stored
      ),
      (token) => token === granted
    )
    const fresh = yield* startWorker(file, options)
    for (const worker of [fresh, holder, other])
      assert.deepStrictEqual(
        [...new Set(yield* Effect.promise(() => worker.ask(4)))],
        [granted ?? ""]
      )
    assert.deepStrictEqual(endpoint.families.counters(), {
      grants: 1,
      reuses: 0,
      refusals: 0,
      revokedFamilies: 0
    })
  })

/**
 * The gateway that has just refreshed a login meets the new server two seconds after another one
 * whose callers need that login at once, and who finds only the redeemed token there.
 */
const lateReturn = Effect.gen(function* () {
  const file = yield* bundled
  const { primary, replica } = yield* servers(false)
  const endpoint = yield* Endpoint.make
  const tokens = endpoint.families.signIn()
  const login = (expires: number) => put(AgentId.main, profile, endedLogin(tokens, expires))
  // Nobody refreshes it before it is said to have ended.
  yield* withStore(primary.url, login(4_000_000_000_000))
  const gateway = Effect.gen(function* () {
    const cable = yield* makeCable(primary.port)
    const url = primary.url.replace(String(primary.port), String(cable.port))
    const options = { schema, tokenUrl: endpoint.url, profile, url }
    return { cable, worker: yield* startWorker(file, options) }
  })
  const holder = yield* gateway
  const other = yield* gateway
  const atReplica = withStore(
    replica.url,
    Effect.flatMap(ProfileStore, (store) => store.read(AgentId.main))
  ).pipe(Effect.option)
  yield* eventually(atReplica, (found) => found._tag === "Some" && found.value.exists)
  yield* stopFollowing(replica.url)
  // The other one is cut off: it hears nothing of the grant.
  other.cable.lead(nowhere)
  yield* withStore(primary.url, login(1))
  const renewed = Effect.promise(() => holder.worker.ask(1))
  const [granted = ""] = yield* eventually(renewed, ([token]) => token !== tokens.access)
  yield* Effect.promise(() => primary.stop("immediate"))
  yield* Effect.promise(replica.promote)
  yield* withStore(replica.url, login(1))
  other.cable.lead(replica.port)
  // real time: it has met the new server by then, and asks at once.
  yield* Effect.sleep(1_500)
  const asking = yield* Effect.fork(Effect.promise(() => other.worker.ask(2)))
  // real time: long enough for a refresh, were it not refused.
  yield* Effect.sleep(3_000)
  holder.cable.lead(replica.port)
  yield* Fiber.join(asking)
  yield* eventually(
    Effect.promise(() => other.worker.ask(1)),
    ([token]) => token === granted
  )
  assert.deepStrictEqual(endpoint.families.counters(), {
    grants: 1,
    reuses: 0,
    refusals: 0,
    revokedFamilies: 0
  })
})

describeWithServer("one grant, when another server takes the place of the database:", () => {
  for (const [name, follows] of [
    ["a replica that does not have it", false],
    ["a synchronous replica", true]
  ] as const)
    it.scopedLive(
      name,
      () => Effect.repeatN(Effect.scoped(failover(follows)), repeats - 1),
      60_000 * repeats
    )

  it.scopedLive(
    "a replica that does not have it, and that another gateway meets first",
    () => Effect.repeatN(Effect.scoped(lateReturn), repeats - 1),
    60_000 * repeats
  )
})
