/**
 * The health of all agents as one gateway of a store knows it, and how it and the database become
 * one: what others have to know is written within 50 ms and announced, everything else within
 * seconds; merging is the same in whatever order it is done.
 */

import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import { storeUnsaved } from "@clawdbot/domain/Metric/processMetrics"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Json from "@clawdbot/json5-edit/Json"
import { isList } from "@clawdbot/json5-edit/JsonValue"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Metric from "effect/Metric"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import { Database } from "../Database.ts"
import { Keyring } from "../Keyring.ts"
import { Notices } from "../Notices.ts"
import { wallNow } from "../realTime.ts"
import { AgentHealth } from "./AgentHealth.ts"
import { type HealthKey, type HealthRow, HealthTable } from "./HealthTable.ts"

/** The kind of notice that names rows with new content. */
export const noticeKind = "health"

/** Of so many tries to write a row somebody else's may be in the way of each. */
const maxTries = 20
/** The first request of an agent waits so long for its health; then nothing is known at first. */
const loadTimeout = "1 second"
/** A look reads what was written since the last one, and a little before, in ms. */
const overlapMs = 10_000
/** A notice holds no more than 8,000 bytes; a longer one says that there is something. */
const maxNoticeBytes = 7_000

/** What a notice names; undefined where it names nothing in particular. */
const named = (text: string): ReadonlyArray<readonly [string, string]> | undefined => {
  const value = Either.getOrUndefined(Json.parse(text))
  if (!isList(value)) return undefined
  return value.flatMap((pair) => {
    if (!isList(pair)) return []
    const [agent, profile] = pair
    if (typeof agent !== "string" || typeof profile !== "string") return []
    return [[agent, profile] as const]
  })
}

/** Names this process in notices, so that it does not read what it wrote itself. */
export const make = (writer: string) =>
  Effect.gen(function* () {
    const database = yield* Database
    const keyring = yield* Keyring
    const notices = yield* Notices
    const { query } = database
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const agents = new Map<AgentId, AgentHealth>()
    const published = yield* PubSub.sliding<AgentId>(256)
    const news = yield* Queue.sliding<void>(1)
    const loading = yield* Effect.makeSemaphore(1)
    const flushing = yield* Effect.makeSemaphore(1)
    const table = Effect.map(keyring.keys, (keys) => new HealthTable(database, keys))
    let lookedAt = wallNow()

    const publish = ({ agent }: AgentHealth): void => void published.unsafeOffer(agent)

    /** Reads everything of some agents. */
    const sync = (some: ReadonlyArray<AgentHealth>) =>
      Effect.gen(function* () {
        if (some.length === 0) return
        const rows = yield* (yield* table).all(
          query,
          some.map(({ agent }) => agent)
        )
        for (const health of some) {
          health.takeAll(
            rows.filter(({ agent }) => agent === health.agent),
            now()
          )
          publish(health)
        }
      })

    /** `starts`: this process is a gateway, after whose start trials are due. */
    const load = (agent: AgentId, starts: boolean): Effect.Effect<AgentHealth> =>
      Effect.gen(function* () {
        const known = agents.get(agent)
        if (known !== undefined) return known
        const health = new AgentHealth(agent)
        yield* sync([health]).pipe(
          Effect.ignore,
          Effect.disconnect,
          Effect.timeoutOption(loadTimeout)
        )
        if (starts) health.restart(now())
        agents.set(agent, health)
        return health
      }).pipe(loading.withPermits(1))

    /** Takes over rows of agents that are known here. */
    const take = (rows: Effect.Effect.Success<ReturnType<HealthTable["all"]>>): void => {
      for (const health of agents.values()) {
        const its = rows.filter(({ agent }) => agent === health.agent)
        if (its.length > 0 && health.take(its, now())) publish(health)
      }
    }

    /** What names rows to the others. */
    const naming = (keys: ReadonlyArray<HealthKey>): string => {
      const text = JSON.stringify(keys.map(({ agent, profile }) => [agent, profile]))
      if (Buffer.byteLength(text) > maxNoticeBytes) return `${writer} *`
      return `${writer} ${text}`
    }

    /** Writes rows; those that somebody else has written meanwhile are merged and written again. */
    const write = (rowsOf: () => ReadonlyArray<HealthRow>) =>
      Effect.gen(function* () {
        const all = yield* table
        const told: Array<HealthKey> = []
        for (let tries = 0; tries < maxTries; tries++) {
          const rows = rowsOf()
          if (rows.length === 0) break
          const written = yield* all.write(query, rows)
          const done = new Set(
            written.map(({ agent, profile }) => JSON.stringify([agent, profile]))
          )
          const isDone = ({ agent, profile }: HealthKey) =>
            done.has(JSON.stringify([agent, profile]))
          for (const row of rows.filter(isDone)) agents.get(row.agent)?.written(row)
          told.push(...written)
          const behind = rows.filter((row) => !isDone(row))
          if (behind.length === 0) break
          take(yield* all.named(query, behind))
        }
        if (told.length > 0) yield* notices.send(noticeKind, naming(told))
      })

    const measure = Effect.suspend(() => {
      const behind = [...agents.values()].reduce((sum, { behindBy }) => sum + behindBy, 0)
      return Metric.set(storeUnsaved.metrics.health, behind)
    })

    /** Writes what the database does not have of the agents that are wanted. */
    const flushWhere = (wanted: (health: AgentHealth) => boolean) =>
      Effect.suspend(() => {
        const due = [...agents.values()].filter((health) => health.isBehind && wanted(health))
        const urgent = due.filter(({ isUrgent }) => isUrgent)
        for (const health of due) health.isUrgent = false
        return Effect.onError(
          write(() => due.flatMap((health) => health.behind())),
          () =>
            Effect.sync(() => {
              for (const health of urgent) health.isUrgent = true
            })
        )
      }).pipe(Effect.ensuring(measure), flushing.withPermits(1))

    /** Reads what others have written since the last look. */
    const look = Effect.gen(function* () {
      const known = [...agents.values()]
      yield* sync(known.filter(({ isLoaded }) => !isLoaded))
      const [before, at] = [lookedAt, wallNow()]
      const withinMs = Math.max(0, at - before) + overlapMs
      const all = yield* table
      take(yield* all.changed(query, [...agents.keys()], withinMs))
      lookedAt = at
    })

    return {
      load,
      known: (agent: AgentId) => agents.get(agent),
      reload: (health: AgentHealth) => Effect.ignore(sync([health])),
      take,
      table,
      noticeOf: (keys: ReadonlyArray<HealthKey>) => `${noticeKind} ${naming(keys)}`,
      publish,
      published,
      news,
      now,
      record: (
        health: AgentHealth,
        profile: ProfileId.ProfileId,
        secretFingerprint: string,
        event: HealthEvent
      ): void => {
        health.record(profile, secretFingerprint, event)
        if (health.isUrgent) Queue.unsafeOffer(news, undefined)
        publish(health)
      },
      flush: flushWhere(() => true),
      flushNews: flushWhere(({ isUrgent }) => isUrgent),
      /** Everything, both ways: the database was away, or is another one. */
      meet: Effect.zipRight(
        Effect.suspend(() => sync([...agents.values()])),
        flushWhere(() => true)
      ),
      look,
      hear: (text: string) =>
        Effect.gen(function* () {
          const space = text.indexOf(" ")
          if (text.slice(0, space) === writer) return
          const names = named(text.slice(space + 1))
          if (names === undefined) return yield* look
          const known = [...agents.keys()]
          const wanted = names.flatMap(([name, profile]): ReadonlyArray<HealthKey> => {
            const agent = known.find((id) => id === name)
            if (agent === undefined) return []
            return [{ agent, profile: ProfileId.of(profile) }]
          })
          if (wanted.length > 0) take(yield* (yield* table).named(query, wanted))
        })
    } as const
  })

/** What the layers are made of. */
export type SharedHealth = Effect.Effect.Success<ReturnType<typeof make>>
