/**
 * How long gateways of a shared store take to hear of each other, to refresh a login, and to go on
 * after an outage; the refresh beside the same over files. Everything but the database is in this
 * process. usage: node times.mjs NEWS REFRESHES RETURNS → the samples in ms, as one JSON line
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import pg from "pg"
import * as Database from "../../packages/postgres/src/Database.ts"
import * as Migrate from "../../packages/postgres/src/migrate.ts"
import { installed, makeCluster } from "../../packages/postgres/test/cluster/cluster.ts"
import * as Gateways from "./gateways.ts"

const [newsRounds = 0, refreshRounds = 0, returnRounds = 0] = process.argv.slice(2).map(Number)
/** So many gateways share the store. */
const gatewayCount = 4
/** How long the database is away, in ms, one after the other. */
const outagesMs = [1_000, 4_000, 12_000]
/** What a refresh takes at the provider, in ms. */
const providerMs = 50

const limitedAt = (now: number): HealthEvent => ({
  _tag: "Failed",
  at: now,
  startedAt: now - 10,
  jitterMs: 0,
  ladder: { billingBaseMs: 1, billingMaxMs: 1, failureWindowMs: 1 },
  failure: {
    class: "rate_limit",
    windows: [
      {
        scope: "credential",
        until: now + 3_600_000,
        class: "rate_limit",
        source: "retry-after",
        observedAt: now
      }
    ]
  }
})

type Shared = Effect.Effect.Success<ReturnType<typeof Gateways.overDatabase>>

/** A cooldown that one gateway meets, until every other one knows of it. */
const news = (gateways: ReadonlyArray<Shared>) =>
  Effect.gen(function* () {
    const found: Array<number> = []
    for (let round = 0; round < newsRounds; round++) {
      const id = ProfileId.of(`anthropic:news${round}`)
      const [one, ...others] = [...gateways.slice(round % 4), ...gateways.slice(0, round % 4)]
      const begun = performance.now()
      one?.healths.note(AgentId.main, id, "mark", limitedAt(Date.now()))
      const all = others.map(({ healths }) =>
        Gateways.until(
          Effect.sync(() => healths.current(AgentId.main)?.profiles.has(id) === true),
          begun
        )
      )
      found.push(...(yield* Effect.all(all, { concurrency: "unbounded" })))
      // Not in step with anything that is done every so often.
      yield* Effect.sleep(20 + ((round * 37) % 100))
    }
    return found
  })

/** One expiry over all gateways at once, until every one of them has the token. */
const refresh = (
  gateways: ReadonlyArray<Gateways.Gateway>,
  endpoint: Endpoint.ScriptedTokenEndpoint
) =>
  Effect.gen(function* () {
    const [first] = gateways
    if (first === undefined) return 0
    const tokens = endpoint.families.signIn()
    const ended = Gateways.loginOf(tokens, Date.now() - 1)
    yield* Gateways.put(first, ended)
    const owner = AgentId.main
    const knows = (gateway: Gateways.Gateway) =>
      Effect.map(
        Gateways.loginAt(gateway),
        (login) => login !== undefined && Redacted.value(login.refresh) === tokens.refresh
      )
    for (const gateway of gateways) yield* Gateways.until(knows(gateway), 0)
    endpoint.script.push({ afterMs: providerMs })
    const begun = performance.now()
    const served = yield* Effect.all(
      gateways.map(({ refresh }) =>
        refresh.ensureFresh({ owner, profile: Gateways.profile, credential: ended })
      ),
      { concurrency: "unbounded" }
    )
    const tookMs = performance.now() - begun
    if (new Set(served.map(({ access }) => Redacted.value(access))).size !== 1)
      return yield* Effect.dieMessage("the gateways have different tokens")
    return tookMs
  })

const accepts = (url: string) =>
  Effect.promise(async () => {
    const client = new pg.Client({ connectionString: url })
    client.on("error", () => undefined)
    const isThere = await client.connect().then(
      () => true,
      () => false
    )
    await client.end().catch(() => undefined)
    return isThere
  })

/** From the database's first connection on: until a login is refreshed, and usage is stored. */
const returns = (
  gateways: ReadonlyArray<Shared>,
  endpoint: Endpoint.ScriptedTokenEndpoint,
  cluster: Awaited<ReturnType<typeof makeCluster>>
) =>
  Effect.gen(function* () {
    const { query, table } = yield* Database.Database
    const found = { refresh: [] as number[], write: [] as number[] }
    const [first] = gateways
    if (first === undefined) return found
    const stored = Effect.map(
      query<{ readonly n: number }>(
        `select coalesce(sum(n), 0)::float8 as n from ${table("usage_cell")}`
      ),
      ([row]) => row?.n ?? 0
    )
    for (let round = 0; round < returnRounds; round++) {
      const tokens = endpoint.families.signIn()
      const login = Gateways.loginOf(tokens, Date.now() + 600_000)
      const grants = endpoint.families.counters().grants
      yield* Gateways.put(first, login)
      yield* Effect.promise(() => cluster.stop("immediate"))
      if (endpoint.families.counters().grants !== grants) {
        // It was refreshed before the database was away.
        yield* Effect.promise(cluster.start)
        round -= 1
        continue
      }
      // Each wants to refresh it in its turn, as for a request.
      for (const { refresh } of gateways)
        yield* Effect.ignore(
          refresh.ensureFresh({
            owner: AgentId.main,
            profile: Gateways.profile,
            credential: login
          })
        )
      const cell = {
        at: Date.now(),
        agent: "main",
        profile: "anthropic:work",
        model: `round ${round}`,
        client: "",
        ttl: "" as const,
        usage: {
          input: 1,
          output: 1,
          cacheRead: 0,
          cacheWrite5m: 0,
          cacheWrite1h: 0,
          cacheWriteOther: 0
        }
      }
      for (const { ledger } of gateways) ledger.record(cell)
      yield* Effect.sleep(outagesMs[round % outagesMs.length] ?? 0)
      const begun = yield* Effect.fork(
        Effect.as(Gateways.until(accepts(cluster.url), 0), undefined).pipe(
          Effect.map(() => performance.now())
        )
      )
      yield* Effect.promise(cluster.start)
      const at = yield* Fiber.join(begun)
      const isStored = Effect.map(
        Effect.orElseSucceed(stored, () => 0),
        (count) => count === (round + 1) * gatewayCount
      )
      const isRefreshed = Effect.sync(() => endpoint.families.counters().grants > grants)
      const isKnown = Effect.map(
        Effect.all(gateways.map((gateway) => Gateways.loginAt(gateway))),
        (logins) =>
          logins.every(
            (known) => known !== undefined && Redacted.value(known.refresh) !== tokens.refresh
          )
      )
      const [granted, written] = yield* Effect.all(
        [
          Effect.zipRight(Gateways.until(isRefreshed, at), Gateways.until(isKnown, at)),
          Gateways.until(isStored, at)
        ],
        { concurrency: "unbounded" }
      )
      found.refresh.push(granted)
      found.write.push(written)
      if (endpoint.families.counters().reuses > 0) return yield* Effect.dieMessage("a reuse")
    }
    return found
  })

const program = Effect.gen(function* () {
  const bin = yield* Effect.promise(installed)
  if (bin === undefined) return yield* Effect.dieMessage("PostgreSQL is not installed")
  const cluster = yield* Effect.acquireRelease(
    Effect.promise(() => makeCluster(bin)),
    ({ remove }) => Effect.promise(remove)
  )
  return yield* Effect.gen(function* () {
    yield* Migrate.migrate()
    const endpoint = yield* Endpoint.make
    const files = yield* Gateways.stateFolder
    const local = yield* Effect.all(
      Array.from({ length: gatewayCount }, () => Gateways.overFiles(endpoint.url, files))
    )
    const shared = yield* Effect.all(
      Array.from({ length: gatewayCount }, () => Gateways.overDatabase(cluster.url, endpoint.url))
    )
    for (const { healths } of shared) yield* healths.read(AgentId.main)
    const heard = yield* news(shared)
    const refreshed = { files: [] as number[], shared: [] as number[] }
    for (let round = 0; round < refreshRounds; round++) {
      refreshed.files.push(yield* refresh(local, endpoint))
      refreshed.shared.push(yield* refresh(shared, endpoint))
    }
    const back = yield* returns(shared, endpoint, cluster)
    const { reuses } = endpoint.families.counters()
    return { news: heard, refresh: refreshed, returns: back, reuses }
  }).pipe(Effect.provide(Database.layer(Gateways.databaseAt(cluster.url))))
})

const samples = await Effect.runPromise(
  Effect.scoped(program).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
)
console.log(JSON.stringify(samples))
