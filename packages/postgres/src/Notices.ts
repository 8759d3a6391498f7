/**
 * News between the gateways of a store. One connection listens; every gateway hears what the
 * others wrote within milliseconds, and looks for itself every few seconds for what it may have
 * missed. Through a pooler nobody can listen, and everybody looks once a second.
 *
 * A connection that is gone, or that does not answer, is made anew; whatever has to be said or read
 * first is done before anything else, in a fixed order.
 */
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { storeClockOffset } from "@clawdbot/domain/Metric/processMetrics"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as BoundedClient from "./BoundedClient.ts"
import type { ConnectionUrl } from "./connectionUrl.ts"
import { clientConfig, Database, failed } from "./Database.ts"
import * as NoticeLag from "./noticeLag.ts"
import { type Down, type Greeting, type Look, NoticeTasks } from "./noticeTasks.ts"
import { inRealTime, wallNow } from "./realTime.ts"
import { askServer, type ServerRow, timelineOf } from "./server.ts"

/**
 * - `send` tells the others; nothing waits for it, and what is lost is found by looking.
 * - `heard` is what all of them sent under a kind, a single word, this one included.
 * - `onConnect` is done when the database is there (again), `onLook` then and every few seconds.
 * - `upFor`: how long the database has been there without a break, in ms; 0 while it is away, and
 *   undefined where nobody watches it. `down`: how it was away; never where nobody watches it.
 * - `mayLease`: whether a lease that was given by this server may be used (`server.nameSql`);
 *   without a name, whether it is worth asking for one.
 */
export class Notices extends Context.Tag("@clawdbot/postgres/Notices")<
  Notices,
  {
    readonly send: (kind: string, text: string) => Effect.Effect<void>
    readonly heard: (kind: string) => Stream.Stream<string>
    readonly onConnect: (greeting: Greeting) => void
    readonly onLook: (look: Look) => void
    readonly upFor: () => number | undefined
    readonly down: () => Down
    readonly mayLease: (server?: string) => boolean
  }
>() {}

/** How often a gateway looks for itself: with a listener, and without one, in ms. */
const lookMs = { none: 5_000, transaction: 1_000 } as const
/**
 * The pause before the first and before any later try to connect again, in ms; each is shorter by
 * up to a half, so that the gateways of a store do not all come at one moment.
 */
const reconnectMs = [100, 300, 600] as const

/** What the log says when the database is not met as it should be. */
const words = {
  "looked at":
    "the store's notices cannot be listened to: changes of other gateways are seen within seconds",
  away: "the store's database is away; it will be tried again"
} as const

/** What is heard under a kind. */
const heard = (payloads: PubSub.PubSub<string>, kind: string): Stream.Stream<string> =>
  Stream.filterMap(Stream.fromPubSub(payloads), (payload) => {
    if (!payload.startsWith(`${kind} `)) return Option.none()
    return Option.some(payload.slice(kind.length + 1))
  })

const service = (
  database: typeof Database.Service,
  payloads: PubSub.PubSub<string>,
  tasks: NoticeTasks,
  isWatched: boolean
) =>
  Notices.of({
    send: (kind, text) =>
      Effect.ignore(
        database.query("select pg_notify($1, $2)", [database.channel, `${kind} ${text}`])
      ),
    heard: (kind) => heard(payloads, kind),
    onConnect: (greeting) => tasks.addGreeting(greeting),
    onLook: (look) => tasks.addLook(look),
    upFor: () => (isWatched ? tasks.upFor : undefined),
    down: () => tasks.downTime,
    mayLease: (server) => !isWatched || tasks.mayLease(server)
  })

/** Asks the server what it is. */
type Asked = Effect.Effect<ReadonlyArray<ServerRow>, unknown>

/** Listens on a connection of its own until that ends; fails with why it did. */
const listen = (
  database: typeof Database.Service,
  connection: ConnectionUrl,
  onPayload: (payload: string) => void,
  use: (server: Asked) => Effect.Effect<never, unknown>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const options = { ...database.options, connection }
      const client = yield* Effect.acquireRelease(
        Effect.sync(() => new BoundedClient.BoundedClient(clientConfig(options))),
        (made) => Effect.sync(() => made.cut())
      )
      const asError = failed(options)
      const ended = Effect.async<never, unknown>((resume) => {
        client.once("error", (error) => resume(Effect.fail(asError(error))))
        client.once("end", () => resume(Effect.fail(asError(new Error("closed")))))
      })
      const ask = (text: string) =>
        Effect.tryPromise({ try: () => client.query<ServerRow>(text), catch: asError })
      client.on("notification", ({ payload }) => {
        if (payload !== undefined) onPayload(payload)
      })
      const listening = Effect.gen(function* () {
        yield* Effect.tryPromise({ try: () => client.connect(), catch: asError })
        yield* ask(`listen "${database.channel}"`)
        return yield* use(Effect.map(ask(askServer), ({ rows }) => rows))
      })
      return yield* Effect.raceFirst(listening, ended)
    })
  )

const make = (listenOn: ConnectionUrl | undefined) =>
  Effect.gen(function* () {
    const database = yield* Database
    const payloads = yield* PubSub.sliding<string>(1_024)
    const tasks = new NoticeTasks()
    const { connection, pooler } = database.options
    const mayListen = pooler === "none" || listenOn !== undefined
    const server = database.query<ServerRow>(askServer)
    /** Failures in a row to meet the database as it should be met. */
    let failures = 0
    let state: "met" | keyof typeof words | undefined

    const look = (ask: Asked) =>
      Effect.gen(function* () {
        const sentAt = wallNow()
        const [found] = yield* ask
        if (found === undefined) return
        const offsetMs = found.nowMs - (sentAt + wallNow()) / 2
        yield* Metric.set(storeClockOffset.metric, offsetMs / 1_000)
        if (tasks.isMet(found.server)) tasks.up(found.server, undefined)
        else tasks.up(found.server, yield* timelineOf(database.query))
        yield* tasks.look
      })
    /** Looks at once, then every so many ms; fails with why it cannot go on. */
    const meet = (ask: Asked, everyMs: number) =>
      Effect.gen(function* () {
        yield* look(ask)
        state = "met"
        yield* Effect.schedule(look(ask), Schedule.spaced(everyMs))
        return yield* Effect.never
      })
    const met = mayListen
      ? listen(
          database,
          listenOn ?? connection,
          (payload) => payloads.unsafeOffer(payload),
          (ask) => meet(ask, lookMs.none)
        )
      : meet(server, lookMs.transaction)

    const connected = Effect.gen(function* () {
      const problem = yield* Effect.flip(met)
      const before = state
      failures = before === "met" ? 1 : failures + 1
      // What cannot be listened to can be looked at.
      const isThere = mayListen && before !== "met" && (yield* Effect.isSuccess(look(server)))
      if (!isThere) tasks.down()
      state = isThere ? "looked at" : "away"
      if (state !== before)
        yield* Effect.annotateLogs(Effect.logWarning(words[state]), { problem: String(problem) })
      const longest = reconnectMs[Math.min(failures, reconnectMs.length) - 1] ?? 0
      yield* Effect.flatMap(Random.nextRange(longest / 2, longest), Effect.sleep)
    })
    yield* inRealTime(
      BackgroundLoop.start(
        {
          task: "listening to the store",
          every: 1,
          startsAtOnce: true
        },
        connected
      )
    )
    const notices = service(database, payloads, tasks, true)
    if (mayListen) yield* NoticeLag.measure(notices)
    return notices
  })

/** For gateways: listens, or looks, for as long as the layer lives. */
export const layer = (listenOn: ConnectionUrl | undefined): Layer.Layer<Notices, never, Database> =>
  Layer.scoped(Notices, make(listenOn))

/** For commands: tells the others, and hears nothing. */
export const layerSilent: Layer.Layer<Notices, never, Database> = Layer.effect(
  Notices,
  Effect.gen(function* () {
    const payloads = yield* PubSub.sliding<string>(1)
    return service(yield* Database, payloads, new NoticeTasks(), false)
  })
)
