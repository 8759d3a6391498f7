/**
 * `RefreshLease` for all gateways of a store: a row that the database's clock judges. Nothing of it
 * depends on a connection: a lock of a session would be lost with the connection while the provider
 * is asked, and kept for ever by a holder that is cut off.
 */
import { randomUUID } from "node:crypto"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { LeaseUnavailable, RefreshLease } from "@clawdbot/domain/OAuth/RefreshLease"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { Database, type DatabaseError } from "../Database.ts"
import { Keyring } from "../Keyring.ts"
import { Notices } from "../Notices.ts"
import { inRealTime, wallNow } from "../realTime.ts"
import type { StoreKeyWrong } from "../StoreError.ts"
import { nameSql } from "../server.ts"
import { HeldLease, HeldLeases, sentNow } from "./HeldLeases.ts"

/** The times of a lease, in ms. */
export interface LeaseTimes {
  /** How long it lasts unless it is renewed. */
  readonly ttlMs: number
  /** How often it is renewed. */
  readonly renewEveryMs: number
  /** With less left than this, its holder no longer asks the provider. */
  readonly marginMs: number
  /** How long somebody waits for it. */
  readonly maxWaitMs: number
}

/** The times in use. */
export const standardTimes: LeaseTimes = {
  ttlMs: 15_000,
  renewEveryMs: 4_000,
  marginMs: 5_000,
  maxWaitMs: 90_000
}

/** The kind of notice that says which lease was given back. */
const noticeKind = "lease"

/** The first and the longest pause between two tries, in ms; each is longer by this factor. */
const pauses = { firstMs: 20, longestMs: 400, factor: 1.6 } as const

/**
 * A database that has been away for longer than this is not waited for, in ms: whoever needs the
 * refresh goes on with another credential, and it is done soon after the database's return. A
 * server that is started anew, or a connection that was lost, is waited for.
 */
const longestBreakMs = 2_000

/** What is given back ended so long ago: another server's clock may be behind, in ms. */
const pastMs = 60_000

/** Milliseconds as an interval of SQL. */
export const interval = (ms: number): string => `interval '${Math.round(ms)} milliseconds'`

const unavailable = (error: DatabaseError | StoreKeyWrong): LeaseUnavailable =>
  new LeaseUnavailable({ reason: "system", detail: `database: ${error.message}` })

const make = (times: LeaseTimes) =>
  Effect.gen(function* () {
    const { channel, query, table } = yield* Database
    const keyring = yield* Keyring
    const notices = yield* Notices
    const leases = yield* HeldLeases
    const { renewEveryMs, marginMs, maxWaitMs, ttlMs } = times

    const release = (lease: HeldLease) =>
      Effect.gen(function* () {
        // One that was lost may be held again by somebody else of this process.
        if (leases.held.get(lease.mark) === lease) leases.held.delete(lease.mark)
        // What cannot be given back ends by itself.
        yield* Effect.ignore(
          query(
            `with freed as (update ${table("refresh_lease")}
               set until = clock_timestamp() - ${interval(pastMs)}
               where mark = $1 and holder = $2 and epoch = $3 returning 1)
             select pg_notify($4, $5) from freed`,
            [lease.mark, lease.holder, lease.epoch, channel, `${noticeKind} ${lease.mark}`]
          )
        )
      })

    // By one name for as long as somebody waits: where the answer of a statement is lost, the next
    // one finds that the lease is its own already.
    const tryAcquire = (mark: string, holder: string) =>
      Effect.gen(function* () {
        if (!notices.mayLease()) return undefined
        const sent = sentNow()
        const [row] = yield* query<{ readonly epoch: number; readonly server: string }>(
          `insert into ${table("refresh_lease")} as l
           values ($1, $2, 1, clock_timestamp() + ${interval(ttlMs)})
           on conflict (mark) do update set holder = excluded.holder, epoch = l.epoch + 1,
             until = excluded.until
             where l.until < clock_timestamp() or l.holder = excluded.holder
           returning epoch::float8 as epoch, ${nameSql} as server`,
          [mark, holder]
        )
        if (row === undefined) return undefined
        const lease = new HeldLease(mark, holder, row.epoch, sent, ttlMs)
        // What another gateway was granted may be missing from a database that has gone back in
        // time: the token of the login there was redeemed already.
        if (notices.mayLease(row.server)) return lease
        yield* release(lease)
        return undefined
      })

    /** Waits a little, or until somebody says that it was given back. */
    const pause = (mark: string, ms: number) =>
      Effect.flatMap(Random.nextRange(0.5, 1), (part) =>
        Effect.raceFirst(
          Effect.sleep(ms * part),
          Stream.runHead(Stream.filter(notices.heard(noticeKind), (freed) => freed === mark))
        )
      )

    const acquire = (
      mark: string,
      restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
    ) =>
      Effect.gen(function* () {
        const begun = performance.now()
        const holder = randomUUID()
        for (
          let ms: number = pauses.firstMs;
          ;
          ms = Math.min(ms * pauses.factor, pauses.longestMs)
        ) {
          const held = yield* Effect.mapError(tryAcquire(mark, holder), unavailable)
          if (held !== undefined) return held
          const { since } = notices.down()
          if (since !== undefined && wallNow() - since > longestBreakMs)
            return yield* new LeaseUnavailable({
              reason: "system",
              detail: `database: away since ${EpochMs.toIso(since)}`
            })
          if (performance.now() - begun > maxWaitMs)
            return yield* new LeaseUnavailable({
              reason: "busy",
              detail: `waited ${Math.round(maxWaitMs / 1000)} s`
            })
          yield* restore(inRealTime(pause(mark, ms)))
        }
      })

    const renew = (lease: HeldLease) =>
      Effect.gen(function* () {
        const sent = sentNow()
        const renewed = yield* query(
          `update ${table("refresh_lease")}
           set until = greatest(until, clock_timestamp() + ${interval(ttlMs)})
           where mark = $1 and holder = $2 and epoch = $3 and until > clock_timestamp()
           returning 1`,
          [lease.mark, lease.holder, lease.epoch]
        )
        if (renewed.length > 0) lease.extend(sent, ttlMs)
        else lease.lose()
      })

    return RefreshLease.of({
      withLease: (fingerprint, use) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.gen(function* () {
            const { mark: markOf } = yield* Effect.mapError(keyring.keys, unavailable)
            const mark = markOf(fingerprint)
            const lease = yield* acquire(mark, restore)
            leases.held.set(mark, lease)
            const beating = BackgroundLoop.start(
              { task: "renewing a refresh lease", every: renewEveryMs },
              renew(lease)
            )
            return yield* Effect.scoped(
              Effect.zipRight(
                inRealTime(beating),
                restore(use({ mayAsk: () => lease.isHeldFor(marginMs) }))
              )
            ).pipe(Effect.ensuring(release(lease)))
          })
        )
    })
  })

/** The leases of a store. */
export const layer: Layer.Layer<RefreshLease, never, Database | HeldLeases | Keyring | Notices> =
  Layer.effect(RefreshLease, make(standardTimes))

/** The same with other times, for tests. */
export const layerWith = (times: LeaseTimes) => Layer.effect(RefreshLease, make(times))
