/**
 * Fourteen days of a pool of 50 profiles against a scripted provider, on the test clock. The
 * provider keeps its own books: a quota per 5 hours for each profile and a weekly one for each
 * model family, credit that runs out and is topped up, a limit that the customer set, with its
 * date. Quotas are given back and limits raised before the time that the provider named. The walk
 * knows none of it but what the answers say.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type { AttemptResult } from "../../src/Auth/AttemptResult.ts"
import type { CredentialUse } from "../../src/Auth/CredentialUse.ts"
import { Failover } from "../../src/Auth/Failover.ts"
import { rank } from "../../src/Auth/Snapshot.ts"
import { Snapshots } from "../../src/Auth/Snapshots.ts"
import type { UpstreamFailure } from "../../src/Health/UpstreamFailure.ts"
import { isStated, type Window } from "../../src/Health/Window.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { type ManualClock, pause } from "./manualClock.ts"
import type { World } from "./world.ts"

const hour = 3_600_000
const profiles = 50
const burst = 20
const models = ["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"]

/** A fixed stream of numbers in [0, 1) (mulberry32): the same run every time. */
const numbers = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
}

export const world: World = {
  stores: {
    main: {
      profiles: Object.fromEntries(
        Array.from({ length: profiles }, (_, index) => [
          `p${index}`,
          index % 3 === 0
            ? { type: "token", provider: "anthropic", token: `secret-${index}` }
            : { type: "api_key", provider: "anthropic", key: `secret-${index}` }
        ])
      )
    }
  }
}

/** What the provider knows of one profile. Times in epoch ms of the test clock. */
interface Books {
  fiveHourStart: number
  fiveHourUsed: number
  weekStart: number
  readonly weekUsed: Map<string, number>
  brokeUntil: number
  /** The date the provider names, and when the customer raises the limit. */
  cappedUntil: number
  raisedAt: number
}

/** Counts of one run; two runs must give the same. */
export interface Tally {
  readonly answered: number
  readonly refusedToClient: number
  /** Requests that failed although a profile was neither cooling down nor limited. */
  readonly failedForNothing: number
  /** Attempts on a profile that was cooling down when no trial of it was due. */
  readonly sentBeforeDue: number
  /** Requests that were sent to test a cooldown. */
  readonly trials: number
  /**
   * For how long, at most, a profile that the provider would have answered was not asked, while
   * requests were refused because of nothing but a guess about it, in ms.
   */
  readonly longestGuess: number
  /**
   * The same where the provider named an end and would have answered before it: for how long, at
   * most, requests were refused after half of the pause, or 15 minutes for credit, in ms. Counted
   * from the first request after that, as a trial needs one.
   */
  readonly longestOverdue: number
  /** How many such times there were. */
  readonly statedPauses: number
  readonly byProfile: Readonly<Record<string, number>>
}

export const simulate = (clock: ManualClock, requests: number) =>
  Effect.gen(function* () {
    const failover = yield* Failover
    const snapshots = yield* Snapshots
    const next = numbers(42)
    const spacing = (14 * 24 * hour) / requests
    const fiveHourQuota = Math.ceil((requests / profiles / (14 * 24)) * 5 * 0.95)
    const weekQuota = Math.ceil((requests / profiles / 2 / models.length) * 0.95)
    const books = Array.from(
      { length: profiles },
      (): Books => ({
        fiveHourStart: 0,
        fiveHourUsed: 0,
        weekStart: 0,
        weekUsed: new Map(),
        brokeUntil: 0,
        cappedUntil: 0,
        raisedAt: 0
      })
    )
    const bookOf = (profile: string): Books => {
      const book = books[Number(profile.slice(1))]
      if (book === undefined) throw new Error(`no such profile: ${profile}`)
      return book
    }

    const failureOf = (limit: Window | "broke"): UpstreamFailure => {
      if (limit === "broke") return { class: "billing", windows: [] }
      const isCap = limit.class === "spend_cap"
      return isCap
        ? { class: "spend_cap", status: 400, windows: [limit] }
        : { class: "rate_limit", status: 429, windows: [limit] }
    }
    const limitOf = (profile: string, model: string, now: number): Window | "broke" | undefined => {
      const book = bookOf(profile)
      if (now < book.brokeUntil) return "broke"
      if (now < book.raisedAt) {
        const until = book.cappedUntil
        return { scope: "credential", class: "spend_cap", source: "body", until, observedAt: now }
      }
      if (now - book.fiveHourStart >= 5 * hour)
        Object.assign(book, { fiveHourStart: now, fiveHourUsed: 0 })
      if (now - book.weekStart >= 7 * 24 * hour) {
        book.weekStart = now
        book.weekUsed.clear()
      }
      const base = {
        class: "rate_limit" as const,
        source: "unified-reset" as const,
        observedAt: now
      }
      if (book.fiveHourUsed >= fiveHourQuota)
        return { ...base, scope: "5h", until: book.fiveHourStart + 5 * hour }
      const family = model.split("-")[1] ?? ""
      if ((book.weekUsed.get(family) ?? 0) >= weekQuota) {
        return { ...base, scope: `7d:${family}`, until: book.weekStart + 7 * 24 * hour }
      }
      return undefined
    }

    const byProfile: Record<string, number> = {}
    /** By profile and model: since when it would have answered requests that were refused. */
    const wronglyRefused = new Map<string, number>()
    let answered = 0
    let refusedToClient = 0
    let failedForNothing = 0
    let sentBeforeDue = 0
    let trials = 0
    let longestGuess = 0
    let longestOverdue = 0
    const statedPauses = new Set<string>()
    /**
     * By profile, scope and end: when a stated pause began; a trial inside it begins no new one.
     */
    const begunAt = new Map<string, number>()
    const statedSince = new Map<string, number>()
    const overdueSince = new Map<string, number>()

    /** How long a stated pause may keep requests away that the provider would have answered. */
    const allowed = (
      profile: string,
      { class: kind, observedAt, scope, until }: Window
    ): number => {
      // An end carries up to two seconds of jitter, another one each time it is named.
      const name = `${profile} ${scope} ${Math.round(until / 60_000)}`
      const begun = begunAt.get(name) ?? observedAt
      begunAt.set(name, begun)
      return kind === "spend_cap" || kind === "billing" ? hour / 4 : (until - begun) / 2
    }

    for (let count = 0; count < requests; count++) {
      // Requests come in bursts, as they do.
      if (count % burst === 0) yield* clock.advance(Math.ceil(spacing * burst))
      if (count % 100 === 0) yield* pause
      const model = models[Math.floor(next() * models.length)] ?? "claude-opus-4-5"
      if (next() < 0.0005) {
        const now = yield* Clock.currentTimeMillis
        bookOf(`p${Math.floor(next() * profiles)}`).brokeUntil =
          now + Math.floor(next() * 24 * hour)
      }
      if (next() < 0.0005) {
        const now = yield* Clock.currentTimeMillis
        const book = bookOf(`p${Math.floor(next() * profiles)}`)
        book.cappedUntil = now + Math.floor(next() * 5 * 24 * hour)
        book.raisedAt = now + Math.floor(next() * (book.cappedUntil - now))
      }
      const request = { agent: AgentId.main, provider: ProviderId.anthropic, model }
      const now = yield* Clock.currentTimeMillis
      const before = rank(yield* snapshots.get(request), request, now)
      const sent: Array<string> = []
      const attempt = (use: CredentialUse): Effect.Effect<AttemptResult<string>> =>
        Effect.sync(() => {
          sent.push(use.profile)
          const limit = limitOf(use.profile, model, now)
          if (limit === undefined) {
            const book = bookOf(use.profile)
            const family = model.split("-")[1] ?? ""
            book.fiveHourUsed += 1
            book.weekUsed.set(family, (book.weekUsed.get(family) ?? 0) + 1)
            return { _tag: "Answered", value: "ok", windows: [] }
          }
          return {
            _tag: "Refused",
            value: "no",
            failure: failureOf(limit)
          }
        })
      const outcome = yield* Effect.either(failover.run(request, attempt))
      const good = outcome._tag === "Right" && outcome.right.result._tag === "Answered"
      const wouldAnswer = before.candidates.filter(
        ({ profile }) => limitOf(profile, model, now) === undefined
      )
      if (good) answered += 1
      else {
        refusedToClient += 1
        if (wouldAnswer.some(({ state }) => state === "ready")) failedForNothing += 1
        // Where all are limited, a quota is given back or a limit raised before its time.
        if (next() < 0.3) {
          const book = bookOf(`p${Math.floor(next() * profiles)}`)
          Object.assign(book, { fiveHourUsed: 0, raisedAt: 0 })
          book.weekUsed.clear()
        }
        // The next request comes a little later, as a client that was refused would send it.
        yield* clock.advance(1_000)
      }
      for (const { obstacles, profile } of before.candidates) {
        const name = `${profile} ${model}`
        const isGuess =
          !good &&
          !sent.includes(profile) &&
          !obstacles.some(isStated) &&
          wouldAnswer.some((one) => one.profile === profile)
        // A pause begins with the request that was refused, whoever answered it in the end.
        const stated = good && !sent.includes(profile) ? [] : obstacles.filter(isStated)
        const bounds = stated.map((window) => allowed(profile, window))
        const isStatedWrongly =
          !good &&
          !sent.includes(profile) &&
          stated.length > 0 &&
          wouldAnswer.some((one) => one.profile === profile)
        if (isStatedWrongly) {
          const begun = statedSince.get(name) ?? now
          statedSince.set(name, begun)
          statedPauses.add(`${name} ${begun}`)
          if (now - begun > Math.max(...bounds)) {
            const overdue = overdueSince.get(name) ?? now
            overdueSince.set(name, overdue)
            longestOverdue = Math.max(longestOverdue, now - overdue)
          }
        } else {
          statedSince.delete(name)
          overdueSince.delete(name)
        }
        const since = isGuess ? (wronglyRefused.get(name) ?? now) : undefined
        if (since === undefined) wronglyRefused.delete(name)
        else {
          wronglyRefused.set(name, since)
          longestGuess = Math.max(longestGuess, now - since)
        }
      }
      for (const profile of sent) {
        byProfile[profile] = (byProfile[profile] ?? 0) + 1
        const known = before.candidates.find((candidate) => candidate.profile === profile)
        if (known?.state === "half-open") trials += 1
        else if (known?.state !== "ready") sentBeforeDue += 1
      }
    }
    return {
      answered,
      refusedToClient,
      failedForNothing,
      sentBeforeDue,
      trials,
      longestGuess,
      longestOverdue,
      statedPauses: statedPauses.size,
      byProfile
    } satisfies Tally
  })
