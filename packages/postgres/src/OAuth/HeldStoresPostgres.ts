/**
 * `HeldStores` over the shared database. Nothing is locked while the provider is asked: a write
 * names the refresh token that was redeemed, and has no effect on a credential that has moved on
 * since. What was granted is said again whenever the database comes back, because it may have gone
 * back in time.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { storeReasserted, storeSuperseded } from "@clawdbot/domain/Metric/processMetrics"
import { type HeldStore, HeldStores } from "@clawdbot/domain/OAuth/HeldStores"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import type { ProfileStoreError } from "@clawdbot/domain/Profile/ProfileError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import { Database, onceMore, type Query } from "../Database.ts"
import { Keyring } from "../Keyring.ts"
import { Notices } from "../Notices.ts"
import * as DocumentRows from "../Profile/documentRows.ts"
import { asStoreError, isDatabaseError, pathOf, StoreRows } from "../Profile/storeRows.ts"
import { wallNow } from "../realTime.ts"

/** Grants are said again for this long: as long as an access token lives, in ms. */
const saidAgainForMs = 12 * 3_600_000
/** Of so many grants the oldest is forgotten. */
const maxGrants = 10_000

/** A grant as it was written: the row before, by its mark, and the row after. */
interface Grant {
  readonly agent: AgentId
  readonly row: DocumentRows.ProfileRow
  /** The mark of the token that was redeemed. */
  readonly redeemed: string
  readonly at: number
}

/** Replaces a credential that still holds the redeemed token; whether it did. */
const replace = (
  query: Query,
  table: (name: string) => string,
  rows: StoreRows,
  { agent, redeemed, row }: Grant
) => {
  const { keyId, mark, sealed } = rows.columns(row, agent)
  return Effect.flatMap(
    query(
      `update ${table("profile")} set sealed = $4, key_id = $5, refresh_mark = $6,
         version = version + 1, changed_at = clock_timestamp()
       where agent = $1 and profile = $2 and refresh_mark = $3 returning 1`,
      [agent, row.profile, redeemed, sealed, keyId, mark]
    ),
    (replaced) => {
      if (replaced.length === 0) return Effect.succeed(false)
      if (mark === redeemed) return Effect.succeed(true)
      // The former version must never be restored, also when the journal has forgotten its token.
      return Effect.as(
        query(
          `update ${table("profile_past")} set is_redeemed = true
           where agent = $1 and profile = $2 and refresh_mark = $3`,
          [agent, row.profile, redeemed]
        ),
        true
      )
    }
  )
}

const make = Effect.gen(function* () {
  const database = yield* Database
  const keyring = yield* Keyring
  const notices = yield* Notices
  const { query, table, transaction } = database
  const { schema } = database.options
  let said: ReadonlyArray<Grant> = []

  const remember = (grants: ReadonlyArray<Grant>): void => {
    const since = wallNow() - saidAgainForMs
    said = [...said.filter(({ at }) => at >= since), ...grants].slice(-maxGrants)
  }

  /** Writes grants to the store of one agent, and tells the others where something changed. */
  const writeGrants = (rows: StoreRows, agent: AgentId, grants: ReadonlyArray<Grant>) =>
    onceMore(
      transaction((inside) =>
        Effect.gen(function* () {
          // The same order of locks as any change of the store has.
          yield* inside(`select 1 from ${table("agent_store")} where agent = $1 for update`, [
            agent
          ])
          const replaced = yield* Effect.forEach(grants, (grant) =>
            replace(inside, table, rows, grant)
          )
          const stored = replaced.filter((isStored) => isStored).length
          if (stored === 0) return stored
          yield* inside(
            `update ${table("agent_store")} set version = version + 1,
             changed_at = clock_timestamp() where agent = $1`,
            [agent]
          )
          yield* rows.announce(inside, agent)
          return stored
        })
      )
    )

  const sayAgain = Effect.gen(function* () {
    remember([])
    if (said.length === 0) return
    const rows = new StoreRows(database, yield* keyring.keys)
    // In the order in which they were granted: one may follow from another. Where a token was not
    // rotated, nothing says which of two rows is the newer, and neither is lost.
    for (const grant of said.filter(({ redeemed, row }) => rows.markOf(row) !== redeemed))
      yield* Effect.flatMap(writeGrants(rows, grant.agent, [grant]), (stored) =>
        Metric.incrementBy(storeReasserted.metric, stored)
      )
  })
  notices.onConnect({ stage: "grants", task: "storing refreshed logins again", run: sayAgain })

  const hold = (agent: AgentId): Effect.Effect<HeldStore, ProfileStoreError> =>
    Effect.gen(function* () {
      const path = pathOf(schema, agent)
      const asRead = asStoreError(path, "read")
      const rows = new StoreRows(database, yield* Effect.mapError(keyring.keys, asRead))
      const found = yield* Effect.catchIf(rows.read(query, agent), isDatabaseError, (error) =>
        Effect.fail(asRead(error))
      )
      const document =
        found.version === 0
          ? ProfileDocument.empty
          : yield* DocumentRows.toDocument(found.rows, path)
      const write = (next: ProfileDocument.ProfileDocument) => {
        const { written } = DocumentRows.changes(found.rows, DocumentRows.ofDocument(next))
        const grants = written.flatMap(({ before, row }): ReadonlyArray<Grant> => {
          const redeemed = before === undefined ? null : rows.markOf(before)
          if (redeemed === null) return []
          return [{ agent, row, redeemed, at: wallNow() }]
        })
        // Before it is written: of a commit whose answer is lost nobody knows what became of it.
        remember(grants)
        return writeGrants(rows, agent, grants).pipe(
          Effect.mapError(asStoreError(path, "write")),
          Effect.flatMap((stored) =>
            Metric.incrementBy(storeSuperseded.metric, grants.length - stored)
          )
        )
      }
      return { agent, document, write }
    })

  return HeldStores.of({ hold })
})

/** The stores of a database. */
export const layer: Layer.Layer<HeldStores, never, Database | Keyring | Notices> = Layer.effect(
  HeldStores,
  make
)
