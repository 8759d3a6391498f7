/**
 * News between the gateways of a store. One connection listens; every gateway hears what the
 * others wrote within milliseconds, and looks for itself every few seconds for what it may have
 * missed. Through a pooler nobody can listen, and everybody looks once a second.
 *
 * A connection that is gone, or that does not answer, is made anew; whatever has to be said or read
 * first is done before anything else, in a fixed order.
 */
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as BoundedClient from "./BoundedClient.ts"
import type { ConnectionUrl } from "./connectionUrl.ts"
import { clientConfig, Database, failed } from "./Database.ts"
import { inRealTime } from "./realTime.ts"

/** When something is done after the database is there again: what the others need comes first. */
export const stages = ["answers", "grants", "read"] as const
export type Stage = (typeof stages)[number]

/** Something to do whenever the database is there (again). What fails is done again. */
export interface Greeting {
  readonly stage: Stage
  readonly run: Effect.Effect<void, unknown>
}

/**
 * - `send` tells the others; nothing waits for it, and what is lost is found by looking.
 * - `heard` is what all of them sent under a kind, a single word, this one included.
 * - `onConnect` is done when the database is there (again), `onLook` every few seconds.
 * - `upFor`: how long the database has been there without a break, in ms; 0 while it is away, and
 *   undefined where nobody watches it.
 */
export class Notices extends Context.Tag("@clawdbot/postgres/Notices")<
  Notices,
  {
    readonly send: (kind: string, text: string) => Effect.Effect<void>
    readonly heard: (kind: string) => Stream.Stream<string>
    readonly onConnect: (greeting: Greeting) => void
    readonly onLook: (look: Effect.Effect<void, unknown>) => void
    readonly upFor: () => number | undefined
  }
>() {}

/** How often a gateway looks for itself: with a listener, and without one, in ms. */
const lookMs = { none: 5_000, transaction: 1_000 } as const
/** The pause before the first and before any later try to connect again, in ms. */
const reconnectMs = [100, 300, 1_000] as const

/** What layers registered, and since when the database is there. */
class Registered {
  readonly greetings: Array<Greeting> = []
  readonly looks: Array<Effect.Effect<void, unknown>> = []
  upSince: number | undefined
  readonly payloads: PubSub.PubSub<string>

  constructor(payloads: PubSub.PubSub<string>) {
    this.payloads = payloads
  }

  heard(kind: string): Stream.Stream<string> {
    return Stream.filterMap(Stream.fromPubSub(this.payloads), (payload) => {
      if (!payload.startsWith(`${kind} `)) return Option.none()
      return Option.some(payload.slice(kind.length + 1))
    })
  }

  /** One thing after the other; the first that fails ends it, and all of it is done again. */
  get greetAll(): Effect.Effect<void, unknown> {
    return Effect.suspend(() =>
      Effect.forEach(
        stages.flatMap((stage) => this.greetings.filter((greeting) => greeting.stage === stage)),
        ({ run }) => run,
        { discard: true }
      )
    )
  }

  get lookAll(): Effect.Effect<void, unknown> {
    return Effect.suspend(() => Effect.forEach([...this.looks], (look) => look, { discard: true }))
  }

  get upFor(): number {
    if (this.upSince === undefined) return 0
    return performance.now() - this.upSince
  }

  up(): void {
    this.upSince ??= performance.now()
  }

  down(): void {
    this.upSince = undefined
  }
}

const service = (
  database: typeof Database.Service,
  registered: Registered,
  upFor: () => number | undefined
) =>
  Notices.of({
    send: (kind, text) =>
      Effect.ignore(
        database.query("select pg_notify($1, $2)", [database.channel, `${kind} ${text}`])
      ),
    heard: (kind) => registered.heard(kind),
    onConnect: (greeting) => void registered.greetings.push(greeting),
    onLook: (look) => void registered.looks.push(look),
    upFor
  })

/** Listens on a connection of its own until that ends; fails with why it did. */
const listen = (
  database: typeof Database.Service,
  registered: Registered,
  connection: ConnectionUrl
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const client = yield* Effect.acquireRelease(
        Effect.sync(
          () => new BoundedClient.BoundedClient(clientConfig({ ...database.options, connection }))
        ),
        (made) => Effect.sync(() => made.cut())
      )
      const asError = failed(database.options)
      const ended = Effect.async<never, unknown>((resume) => {
        client.once("error", (error) => resume(Effect.fail(asError(error))))
        client.once("end", () => resume(Effect.fail(asError(new Error("closed")))))
      })
      const ask = (text: string) =>
        Effect.tryPromise({ try: () => client.query(text), catch: asError })
      client.on("notification", ({ payload }) => {
        if (payload !== undefined) registered.payloads.unsafeOffer(payload)
      })
      const listening = Effect.gen(function* () {
        yield* Effect.tryPromise({ try: () => client.connect(), catch: asError })
        yield* ask(`listen "${database.channel}"`)
        registered.up()
        yield* registered.greetAll
        return yield* Effect.zipRight(ask("select 1"), registered.lookAll).pipe(
          Effect.schedule(Schedule.spaced(lookMs.none))
        )
      })
      return yield* Effect.raceFirst(listening, ended)
    })
  )

/** Looks once a second, where nobody can listen. */
const poll = (database: typeof Database.Service, registered: Registered) =>
  Effect.gen(function* () {
    yield* database.query("select 1")
    registered.up()
    yield* registered.greetAll
    yield* Effect.schedule(registered.lookAll, Schedule.spaced(lookMs.transaction))
  })

const make = (listenOn: ConnectionUrl | undefined) =>
  Effect.gen(function* () {
    const database = yield* Database
    const registered = new Registered(yield* PubSub.sliding<string>(1_024))
    const { connection, pooler } = database.options
    const mayListen = pooler === "none" || listenOn !== undefined
    const once = mayListen
      ? listen(database, registered, listenOn ?? connection)
      : poll(database, registered)
    let failures = 0
    const connected = Effect.gen(function* () {
      const outcome = yield* Effect.either(once)
      const wasUp = registered.upSince !== undefined
      registered.down()
      failures = wasUp ? 0 : failures + 1
      if (Either.isLeft(outcome) && wasUp)
        yield* Effect.logWarning("the store's database is away; it will be tried again").pipe(
          Effect.annotateLogs({ problem: String(outcome.left) })
        )
      yield* Effect.sleep(reconnectMs[Math.min(failures, reconnectMs.length - 1)] ?? 1_000)
    })
    yield* inRealTime(
      BackgroundLoop.start(
        {
          task: "listening to the store",
          schedule: Schedule.spaced(1),
          startsAtOnce: true
        },
        connected
      )
    )
    return service(database, registered, () => registered.upFor)
  })

/** For gateways: listens, or looks, for as long as the layer lives. */
export const layer = (listenOn: ConnectionUrl | undefined): Layer.Layer<Notices, never, Database> =>
  Layer.scoped(Notices, make(listenOn))

/** For commands: tells the others, and hears nothing. */
export const layerSilent: Layer.Layer<Notices, never, Database> = Layer.effect(
  Notices,
  Effect.gen(function* () {
    const registered = new Registered(yield* PubSub.sliding<string>(1))
    return service(yield* Database, registered, () => undefined)
  })
)
