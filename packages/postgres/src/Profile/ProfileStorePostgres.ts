/**
 * `ProfileStore` over the shared database: a row for each credential, sealed. A change is one
 * transaction under the agent's row, so that none is lost whichever gateway makes it.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import { type ProfileStoreError, StoreUnavailable } from "@clawdbot/domain/Profile/ProfileError"
import {
  type ProfileChange,
  type ProfileSnapshot,
  ProfileStore
} from "@clawdbot/domain/Profile/ProfileStore"
import { ofUnreadable } from "@clawdbot/domain/Profile/StoreNotice"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import { Database } from "../Database.ts"
import { Keyring } from "../Keyring.ts"
import { Notices } from "../Notices.ts"
import { inRealTime } from "../realTime.ts"
import * as DocumentRows from "./documentRows.ts"
import {
  asStoreError,
  isDatabaseError,
  noticeKind,
  pathOf,
  type StoredRows,
  StoreRows,
  writtenAt
} from "./storeRows.ts"

/** What tells one content from any other, also where the database went back in time. */
type Stamp = Pick<StoredRows, "version" | "writtenAt">

interface Known extends Stamp {
  readonly snapshot: ProfileSnapshot
}

/** What a transaction did; `Overtaken`: somebody else made the store first, so look again. */
type Changed<A> =
  | { readonly _tag: "Kept"; readonly result: A }
  | {
      readonly _tag: "Written"
      readonly result: A
      readonly document: ProfileDocument.ProfileDocument
      readonly stored: Stamp
    }
  | { readonly _tag: "Overtaken" }

/** What this process has read, by agent. */
class Memory {
  readonly known = new Map<AgentId, Known>()
  private readonly schema: string
  private readonly published: PubSub.PubSub<AgentId>

  constructor(schema: string, published: PubSub.PubSub<AgentId>) {
    this.schema = schema
    this.published = published
  }

  /** Remembers a content, and gives the newest: a read that took long may be behind a change. */
  remember(
    agent: AgentId,
    { version, writtenAt }: Stamp,
    document: ProfileDocument.ProfileDocument
  ) {
    return Effect.suspend(() => {
      const before = this.known.get(agent)
      if (before !== undefined && before.version > version) return Effect.succeed(before.snapshot)
      if (before?.version === version && before.writtenAt === writtenAt)
        return Effect.succeed(before.snapshot)
      const path = pathOf(this.schema, agent)
      const snapshot: ProfileSnapshot = {
        agent,
        path,
        document,
        exists: version > 0,
        writtenAt,
        notices: ofUnreadable(document, path)
      }
      this.known.set(agent, { version, writtenAt, snapshot })
      if (before === undefined) return Effect.succeed(snapshot)
      return Effect.as(PubSub.publish(this.published, agent), snapshot)
    })
  }
}

/** Reads and writes through the database, and remembers what it found. */
const access = Effect.gen(function* () {
  const database = yield* Database
  const keyring = yield* Keyring
  const { query, transaction } = database
  const { schema } = database.options
  const published = yield* PubSub.sliding<AgentId>(256)
  const memory = new Memory(schema, published)

  const rowsOf = (agent: AgentId, operation: "read" | "write") =>
    Effect.mapBoth(keyring.keys, {
      onFailure: asStoreError(pathOf(schema, agent), operation),
      onSuccess: (keys) => new StoreRows(database, keys)
    })

  const documentOf = (agent: AgentId, { rows, version }: StoredRows) => {
    if (version === 0) return Effect.succeed(ProfileDocument.empty)
    return DocumentRows.toDocument(rows, pathOf(schema, agent))
  }

  const fetch = (agent: AgentId): Effect.Effect<ProfileSnapshot, ProfileStoreError> =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(agent, "read")
      const found = yield* Effect.catchIf(rows.read(query, agent), isDatabaseError, (error) =>
        Effect.fail(asStoreError(pathOf(schema, agent), "read")(error))
      )
      return yield* memory.remember(agent, found, yield* documentOf(agent, found))
    })

  const changeOnce = <A, E>(
    rows: StoreRows,
    agent: AgentId,
    change: (document: ProfileDocument.ProfileDocument) => Either.Either<ProfileChange<A>, E>
  ) =>
    transaction((inside) =>
      Effect.gen(function* () {
        const found = yield* rows.read(inside, agent, "for update")
        const { document, result } = yield* change(yield* documentOf(agent, found))
        if (document === undefined) return { _tag: "Kept", result } satisfies Changed<A>
        const after = DocumentRows.ofDocument(document)
        if (DocumentRows.holdsClaudeCode(after))
          return yield* new StoreUnavailable({
            path: pathOf(schema, agent),
            operation: "write",
            code: "OWNED_ELSEWHERE"
          })
        const writtenAt = yield* rows.write(inside, agent, found, after)
        if (writtenAt === undefined) return { _tag: "Overtaken" } satisfies Changed<A>
        yield* rows.announce(inside, agent)
        const stored = { version: found.version + 1, writtenAt }
        return { _tag: "Written", result, document, stored } satisfies Changed<A>
      })
    )

  const modify = <A, E>(
    agent: AgentId,
    change: (document: ProfileDocument.ProfileDocument) => Either.Either<ProfileChange<A>, E>
  ): Effect.Effect<A, E | ProfileStoreError> =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(agent, "write")
      for (;;) {
        const done: Changed<A> = yield* changeOnce(rows, agent, change).pipe(
          Effect.catchIf(isDatabaseError, (error) =>
            Effect.fail(asStoreError(pathOf(schema, agent), "write")(error))
          )
        )
        if (done._tag === "Overtaken") continue
        if (done._tag === "Written") yield* memory.remember(agent, done.stored, done.document)
        return done.result
      }
    })

  return { changes: Stream.fromPubSub(published), fetch, memory, modify } as const
})

/** What stands for a store that the database does not have. */
const nothing = { version: 0, written_at: 0 } as const

/** Keeps what is known in step with the database, for as long as the scope lives. */
const watch = ({ fetch, memory }: Effect.Effect.Success<typeof access>) =>
  Effect.gen(function* () {
    const { query, table } = yield* Database
    const notices = yield* Notices
    const survive = BackgroundLoop.makeSurvive()
    const look = Effect.gen(function* () {
      const found = yield* query<{
        readonly agent: AgentId
        readonly version: number
        readonly written_at: number
      }>(
        `select agent, version::float8 as version,
           ${writtenAt("changed_at")}
         from ${table("agent_store")} where agent = any($1)`,
        [[...memory.known.keys()]]
      )
      const stamps = new Map(found.map((row) => [row.agent, row]))
      for (const [agent, before] of [...memory.known]) {
        const { version, written_at } = stamps.get(agent) ?? nothing
        if (before.version === version && before.writtenAt === written_at) continue
        // A lower version: the database went back in time, and what it says now counts.
        if (before.version > version) memory.known.set(agent, { ...before, version: -1 })
        yield* survive(`reading the store of ${agent}`, fetch(agent))
      }
    })
    notices.onLook({ task: "looking for changed profile stores", run: look })
    yield* BackgroundLoop.start(
      { task: "watching the profile stores", every: 1, startsAtOnce: true },
      Stream.runForEach(notices.heard(noticeKind), (text) => {
        const agent = [...memory.known.keys()].find((name) => name === text)
        if (agent === undefined) return Effect.void
        return survive(`reading the store of ${agent}`, fetch(agent))
      })
    ).pipe(inRealTime)
  })

/** For commands: looks at the database on every read. */
export const layer: Layer.Layer<ProfileStore, never, Database | Keyring> = Layer.effect(
  ProfileStore,
  Effect.map(access, ({ changes, fetch, modify }) =>
    ProfileStore.of({ read: fetch, modify, changes, current: () => undefined })
  )
)

/** For gateways: reads answer from memory, and a change is live on all of them within a second. */
export const layerWatching: Layer.Layer<ProfileStore, never, Database | Keyring | Notices> =
  Layer.scoped(
    ProfileStore,
    Effect.gen(function* () {
      const made = yield* access
      yield* watch(made)
      const { changes, fetch, memory, modify } = made
      const current = (agent: AgentId) => memory.known.get(agent)?.snapshot
      const read = (agent: AgentId) =>
        Effect.suspend(() => {
          const known = current(agent)
          if (known !== undefined) return Effect.succeed(known)
          return fetch(agent)
        })
      return ProfileStore.of({ read, modify, changes, current })
    })
  )
