/**
 * Decides for all gateways of a store together which of them may send a trial (decision D32): under
 * the one row that says when the last one was sent, and in a transaction that tells the others of
 * it. Where the database is away, a gateway decides by what it knows itself.
 */
import type { TrialRequest, TrialStart } from "@clawdbot/domain/Health/HealthStore"
import { ProcessTrials } from "@clawdbot/domain/Health/ProcessTrials"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Database } from "../Database.ts"
import type { AgentHealth } from "./AgentHealth.ts"
import { isStorable } from "./HealthTable.ts"
import type { SharedHealth } from "./SharedHealth.ts"

/** How long a trial waits for the database; it must not hold the last request up. */
const maxWait = "2 seconds"
/** Two clocks are read for one time: what lies between, in ms. */
const clockSlackMs = 5

/** Whether a trial may begin, by the health of all gateways. */
export const make = (shared: SharedHealth, isGateway: boolean) =>
  Effect.gen(function* () {
    const database = yield* Database
    const { now } = shared
    const deciding = yield* Effect.makeSemaphore(1)
    const trials = new ProcessTrials<AgentHealth>(now, (health, request, event) =>
      shared.record(health, request.profile, request.secretFingerprint, event)
    )

    const decideForAll = (health: AgentHealth, request: TrialRequest) =>
      Effect.gen(function* () {
        const table = yield* shared.table
        const key = { agent: request.agent, profile: request.profile }
        let decided: TrialStart | undefined
        const inTurn = database.transaction((query) =>
          Effect.gen(function* () {
            const lastTrial = database.table("last_trial")
            const [row] = yield* query<{ readonly age: number }>(
              `select extract(epoch from clock_timestamp() - at)::float8 * 1000 as age
               from ${lastTrial} for update`
            )
            const age = row?.age ?? Number.POSITIVE_INFINITY
            trials.lastAt = Math.floor(now() - age) - clockSlackMs
            shared.take(yield* table.named(query, [key], "for update"))
            decided = trials.decide(health, request)
            if (decided._tag === "NotDue") return []
            yield* query(`update ${lastTrial} set at = clock_timestamp()`)
            const rows = health.behind().filter(({ profile }) => profile === request.profile)
            // Whoever wrote the first row of this credential meanwhile is merged with it soon.
            const written = yield* table.write(query, rows)
            yield* query("select pg_notify($1, $2)", [database.channel, shared.noticeOf(written)])
            return rows.filter(() => written.length > 0)
          })
        )
        const known = Effect.map(inTurn, (rows) => {
          for (const row of rows) health.written(row)
        })
        yield* Effect.ignore(known).pipe(Effect.disconnect, Effect.timeoutOption(maxWait))
        // The request goes out now, and the next one of any gateway a second later.
        const start = decided ?? trials.decide(health, request)
        if (start._tag === "Begun") trials.lastAt = now()
        return start
      })

    /** Whether a trial may begin. */
    const begin = (request: TrialRequest): Effect.Effect<TrialStart> =>
      Effect.gen(function* () {
        const health = yield* shared.load(request.agent, isGateway)
        const first = trials.look(health, request)
        if (first._tag === "NotDue") return first
        if (!isStorable(request)) return trials.decide(health, request)
        return yield* decideForAll(health, request).pipe(
          Effect.catchAll(() => Effect.sync(() => trials.decide(health, request))),
          deciding.withPermitsIfAvailable(1),
          Effect.map(Option.getOrElse(() => trials.busy()))
        )
      })
    return { begin } as const
  })
