/** What is done whenever a gateway meets its store's database: first what it owes the others. */
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { isOutage } from "./databaseCode.ts"
import { wallNow } from "./realTime.ts"
import { DatabaseUnavailable } from "./StoreError.ts"

/** Since when the database is away, in epoch ms, and for how long it was away in all, in ms. */
export interface Down {
  readonly since: number | undefined
  readonly totalMs: number
}

/**
 * When something is done after the database is there again: what the others need comes first, and
 * what wants leases last, as soon as they are given.
 */
const stages = ["answers", "grants", "health", "leases"] as const
export type Stage = (typeof stages)[number]

/** Something to do again and again; `task` is what it is called in the log. */
export interface Look {
  readonly task: string
  readonly run: Effect.Effect<void, unknown>
}

/** Something to do whenever the database is there (again). What fails is done again. */
export interface Greeting extends Look {
  readonly stage: Stage
}

/**
 * After a database has gone back in time, no lease is given for so long, in ms: every gateway that
 * runs has noticed by then, also one whose connection was cut without a word, and has stored again
 * what it was granted.
 */
const sayAgainMs = 15_000

const isAway = (error: unknown): boolean =>
  error instanceof DatabaseUnavailable && isOutage(error.code)

/**
 * The tasks of the layers over one database. One that the database refuses is logged and done again
 * with the next look, and keeps nothing else from being done; where the database is away the rest
 * would fail as well, and fails with it.
 */
export class NoticeTasks {
  private readonly greetings: Array<Greeting> = []
  private readonly looks: Array<Look> = []
  private readonly due = new Set<Greeting>()
  private readonly survive = BackgroundLoop.makeSurvive()
  private server: string | undefined
  /** The timeline of the last server that could be asked for it, or that could not. */
  private timeline: { readonly of: string | undefined } | undefined
  private upSince = 0
  /** Until when leases are refused, by the monotonic clock, in ms. */
  private refusesUntil = 0
  private downSince: { readonly at: number; readonly epochMs: number } | undefined
  private downBeforeMs = 0

  addGreeting(greeting: Greeting): void {
    this.greetings.push(greeting)
    this.due.add(greeting)
  }

  addLook(look: Look): void {
    this.looks.push(look)
  }

  /** How long the database has been there without a break, in ms; 0 while it is away. */
  get upFor(): number {
    if (this.server === undefined) return 0
    return performance.now() - this.upSince
  }

  /** How the database was away. */
  get downTime(): Down {
    if (this.downSince === undefined) return { since: undefined, totalMs: this.downBeforeMs }
    const totalMs = this.downBeforeMs + performance.now() - this.downSince.at
    return { since: this.downSince.epochMs, totalMs }
  }

  /** Whether it is the server that was met last, without a break. */
  isMet(server: string): boolean {
    return this.server === server
  }

  /**
   * Whether a lease of this server may be used; without a name, of the one that was met last. Not
   * before it was met: what is owed to it comes first; and not at once where it may have gone back
   * in time.
   */
  mayLease(server: string | undefined = this.server): boolean {
    return server !== undefined && this.isMet(server) && performance.now() >= this.refusesUntil
  }

  /**
   * The database is there. Another server than before may be behind what that one had: certainly
   * not where both are of one timeline.
   */
  up(server: string, timeline: string | undefined): void {
    this.downBeforeMs = this.downTime.totalMs
    this.downSince = undefined
    if (this.isMet(server)) return
    const isSame = timeline !== undefined && this.timeline?.of === timeline
    const now = performance.now()
    if (this.timeline !== undefined && !isSame) this.refusesUntil = now + sayAgainMs
    this.timeline = { of: timeline }
    this.server = server
    this.upSince = now
    for (const greeting of this.greetings) this.due.add(greeting)
  }

  down(): void {
    this.downSince ??= { at: performance.now(), epochMs: wallNow() }
    this.server = undefined
  }

  /** Whether it was done; fails where the database is away. */
  private attempt({ run, task }: Look): Effect.Effect<boolean, unknown> {
    return Effect.gen(this, function* () {
      const outcome = yield* Effect.exit(run)
      const isDone = Exit.isSuccess(outcome)
      if (!isDone && isAway(Cause.squash(outcome.cause))) yield* outcome
      yield* this.survive(task, outcome)
      return isDone
    })
  }

  private readonly greet: Effect.Effect<void, unknown> = Effect.suspend(() =>
    Effect.forEach(
      stages
        .filter((stage) => stage !== "leases" || this.mayLease())
        .flatMap((stage) => [...this.due].filter((greeting) => greeting.stage === stage)),
      (greeting) =>
        Effect.map(this.attempt(greeting), (isDone) => isDone && this.due.delete(greeting)),
      { discard: true }
    )
  )

  /**
   * Does what is due since the database is there (again), in the order of the stages, then looks
   * for what the others have written.
   */
  readonly look: Effect.Effect<void, unknown> = Effect.zipRight(
    this.greet,
    Effect.suspend(() =>
      Effect.forEach([...this.looks], (look) => this.attempt(look), { discard: true })
    )
  )
}
