/**
 * `AccessTokens` over the shared database: named clients as hashes, and the gateway's own tokens
 * sealed, the same ones for every gateway. A client that is added or revoked is so everywhere
 * within a second; while the database is away the last ones known stay in force.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import {
  AccessTokens,
  GatewayTokensUnavailable,
  type OwnTokens
} from "@clawdbot/domain/Client/AccessTokens"
import * as ClientTokens from "@clawdbot/domain/Client/ClientTokens"
import { atFirstUse } from "@clawdbot/domain/Document/atFirstUse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Database, type DatabaseError, type Query } from "../Database.ts"
import { Keyring } from "../Keyring.ts"
import { Notices } from "../Notices.ts"
import { inRealTime } from "../realTime.ts"
import type { StoreKeyWrong } from "../StoreError.ts"
import * as SharedSecrets from "./sharedSecrets.ts"

/** What others hear when the named clients change. */
const noticeKind = "clients"

interface Row {
  readonly name: string
  readonly hash: string
  readonly agent: AgentId | null
  /** A `bigint`, which comes as a text. */
  readonly created_at: string
}

const decode = atFirstUse(() => Schema.decodeUnknownEither(ClientTokens.ClientTokens))

const documentOf = (rows: ReadonlyArray<Row>): unknown => ({
  version: 1,
  clients: Object.fromEntries(
    rows.map(({ agent, created_at, hash, name }) => {
      const token = { hash, createdAt: Number(created_at) }
      if (agent === null) return [name, token]
      return [name, { ...token, agent }]
    })
  )
})

type Failure = DatabaseError | StoreKeyWrong | "NotOpened" | "Invalid"

const codeOf = (failure: Failure): string => {
  if (failure === "Invalid") return "DATABASE_ROW"
  if (failure === "NotOpened" || failure._tag === "StoreKeyWrong") return "DATABASE_KEY"
  return "DATABASE"
}

const make = Effect.gen(function* () {
  const database = yield* Database
  const { options, query, table, transaction } = database
  const { keys } = yield* Keyring
  const notices = yield* Notices

  const unavailable =
    (operation: GatewayTokensUnavailable["operation"], name: string) => (failure: Failure) =>
      new GatewayTokensUnavailable({
        path: `postgres:${options.schema}/${name}`,
        operation,
        code: codeOf(failure)
      })
  const read = (ask: Query) =>
    ask<Row>(`select name, hash, agent, created_at from ${table("client_token")}`).pipe(
      Effect.flatMap((rows) => Either.mapLeft(decode(documentOf(rows)), (): Failure => "Invalid"))
    )
  const clients = Effect.mapError(read(query), unavailable("read", "client_token"))

  /** Writes what differs. */
  const write = (
    ask: Query,
    { clients: before }: ClientTokens.ClientTokens,
    { clients: after }: ClientTokens.ClientTokens
  ) =>
    Effect.gen(function* () {
      const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name))
      if (gone.length > 0)
        yield* ask(`delete from ${table("client_token")} where name = any($1)`, [gone])
      for (const [name, { agent, createdAt, hash }] of Object.entries(after)) {
        if (before[name] === after[name]) continue
        yield* ask(
          `insert into ${table("client_token")} (name, hash, agent, created_at)
           values ($1, $2, $3, $4)
           on conflict (name) do update set hash = excluded.hash, agent = excluded.agent,
             created_at = excluded.created_at, changed_at = clock_timestamp()`,
          [name, hash, agent ?? null, Math.floor(createdAt)]
        )
      }
    })

  const watch = Effect.gen(function* () {
    let known = ClientTokens.byHash(yield* clients)
    const look = Effect.map(read(query), (found) => {
      known = ClientTokens.byHash(found)
    })
    notices.onLook({ task: "looking for changed client tokens", run: look })
    yield* BackgroundLoop.start(
      { task: "hearing of client tokens", every: 1, startsAtOnce: true },
      // What cannot be read now is read with the next look.
      Stream.runForEach(notices.heard(noticeKind), () => Effect.ignore(look))
    )
    return () => known
  })

  const ownTokens = Effect.gen(function* () {
    const found = yield* SharedSecrets.read(database, yield* keys, [
      SharedSecrets.secretNames.client,
      SharedSecrets.secretNames.admin
    ])
    const own: OwnTokens = {
      client: found.get(SharedSecrets.secretNames.client),
      admin: found.get(SharedSecrets.secretNames.admin)
    }
    return own
  })
  const own = Effect.mapError(ownTokens, unavailable("read", "shared_secret"))

  return AccessTokens.of({
    clients,
    modifyClients: <E>(
      change: (tokens: ClientTokens.ClientTokens) => Either.Either<ClientTokens.ClientTokens, E>
    ) =>
      transaction((inside) =>
        Effect.gen(function* () {
          // There may be no row yet that could be locked.
          yield* inside("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
            `${options.schema}\x1fclient_token`
          ])
          const before = yield* read(inside)
          const after = change(before)
          if (Either.isLeft(after)) return Either.left(after.left)
          yield* write(inside, before, after.right)
          return Either.right(undefined)
        })
      ).pipe(
        Effect.mapError(unavailable("write", "client_token")),
        Effect.flatten,
        Effect.zipLeft(notices.send(noticeKind, "changed"))
      ),
    watchClients: inRealTime(watch),
    own,
    completeOwn: (wanted) =>
      Effect.gen(function* () {
        const made = wanted(yield* ownTokens)
        for (const which of ["client", "admin"] as const) {
          const secret = made[which]
          if (secret === undefined) continue
          const name = SharedSecrets.secretNames[which]
          yield* SharedSecrets.insert(database, yield* keys, name, secret)
        }
        return yield* ownTokens
      }).pipe(Effect.mapError(unavailable("write", "shared_secret")))
  })
})

/** The tokens of a store; commands that never watch give it `Notices.layerSilent`. */
export const layer: Layer.Layer<AccessTokens, never, Database | Keyring | Notices> = Layer.effect(
  AccessTokens,
  make
)
