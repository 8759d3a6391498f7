/** A store of a test's own: a schema of the run's cluster, with the tables or without. */
import { randomBytes } from "node:crypto"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import type { ProfileDocument } from "@clawdbot/domain/Profile/ProfileDocument"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { describe, inject } from "vitest"
import * as ConnectionUrl from "../src/connectionUrl.ts"
import * as Database from "../src/Database.ts"
import * as Keyring from "../src/Keyring.ts"
import * as Migrate from "../src/migrate.ts"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import * as StoreKey from "../src/storeKey.ts"

/** The address of the run's cluster. */
export const clusterUrl = inject("postgres")

/** Tests that need a server; left out where none is installed. */
export const describeWithServer = (name: string, tests: () => void): void => {
  describe.skipIf(clusterUrl === undefined)(name, tests)
}

/** A key, the same one for a seed. */
export const keyOf = (seed = "key"): StoreKey.StoreKey => {
  const bytes = Buffer.alloc(32, seed)
  return Either.getOrThrow(StoreKey.parse(Redacted.make(bytes.toString("base64")), "the test"))
}

/** The name of a schema that nobody else has. */
export const newSchema = (): string => `t_${randomBytes(8).toString("hex")}`

/** How a store on a server of a test's own is reached. */
export const optionsAt = (url: string, schema: string): Database.DatabaseOptions => ({
  connection: Either.getOrThrow(ConnectionUrl.check(Redacted.make(url), "the test")),
  schema,
  poolSize: 4,
  pooler: "none"
})

/** The profiles of a store on a server of a test's own. */
export const profilesAt = (url: string, schema: string) =>
  ProfileStorePostgres.layer.pipe(
    Layer.provideMerge(Keyring.layer(keyOf())),
    Layer.provideMerge(Database.layer(optionsAt(url, schema)))
  )

/** How a schema of the cluster is reached; its connections are called by its name. */
export const optionsFor = (schema: string): Database.DatabaseOptions => {
  const url = new URL(clusterUrl ?? "postgres://127.0.0.1:1/none")
  url.searchParams.set("application_name", schema)
  return optionsAt(url.href, schema)
}

/** The database of a new schema, without tables; dropped with the scope. */
export const bareDatabase = (schema = newSchema()) =>
  Layer.scopedDiscard(
    Effect.addFinalizer(() =>
      Effect.flatMap(Database.Database, ({ query }) =>
        Effect.ignore(query(`drop schema if exists "${schema}" cascade`))
      ).pipe(Effect.provide(Database.layer(optionsFor(schema))))
    )
  ).pipe(Layer.provideMerge(Database.layer(optionsFor(schema))))

/** The same with its tables, and with the keys of a store. */
export const migratedStore = (schema = newSchema()) =>
  Keyring.layer(keyOf()).pipe(
    Layer.provideMerge(Layer.effectDiscard(Migrate.migrate())),
    Layer.provideMerge(bareDatabase(schema))
  )

/** The role that a gateway of a store is; it may change rows and nothing else. */
export const roleOf = (schema: string): string => `${schema}_gateway`

/** How a store is reached by its gateways' role. */
export const optionsForGateway = (schema: string): Database.DatabaseOptions => {
  const url = new URL(clusterUrl ?? "postgres://127.0.0.1:1/none")
  url.username = roleOf(schema)
  return optionsAt(url.href, schema)
}

/** The tables of a new schema, and a role with the rights that docs/scale.md names. */
const grantedTables = (schema: string) =>
  Layer.scopedDiscard(
    Effect.gen(function* () {
      yield* Migrate.migrate()
      const { query } = yield* Database.Database
      const role = roleOf(schema)
      const made = query(`create role "${role}" login`)
      const removed = Effect.zip(query(`drop owned by "${role}"`), query(`drop role "${role}"`))
      yield* Effect.acquireRelease(made, () => Effect.orDie(removed))
      yield* query(`grant usage on schema "${schema}" to "${role}"`)
      yield* query(
        `grant select, insert, update, delete on all tables in schema "${schema}" to "${role}"`
      )
    })
  ).pipe(Layer.provide(bareDatabase(schema)))

/** A store as its gateways have it: made by its owner, and reached by a role that owns nothing. */
export const gatewayStore = (schema = newSchema()) =>
  Keyring.layer(keyOf()).pipe(
    Layer.provideMerge(Database.layer(optionsForGateway(schema))),
    Layer.provide(grantedTables(schema))
  )

/** A login that lives for long, with the tokens of its generation. */
export const login = (generation: number): Credential.OAuth => ({
  type: "oauth",
  provider: ProviderId.anthropic,
  access: Redacted.make(`sk-ant-oat01-${generation}`),
  refresh: Redacted.make(`sk-ant-ort01-${generation}`),
  expires: 4_000_000_000_000,
  extra: Credential.noExtra
})

/** The refresh token of a login in a store; "none" where there is no login. */
export const refreshOf = (document: ProfileDocument, profile: ProfileId): string => {
  const found = document.profiles.get(profile)
  if (found?.type !== "oauth") return "none"
  return Redacted.value(found.refresh)
}

/** Looks until another process, the database, has done something: in real time. */
export const eventually = <A, E, R>(
  look: Effect.Effect<A, E, R>,
  holds: (found: A) => boolean
): Effect.Effect<A, E, R> =>
  Effect.flatMap(look, (found) => {
    if (holds(found)) return Effect.succeed(found)
    // real time: looks until another process has done something; the test ends it otherwise.
    return Effect.delay(eventually(look, holds), 20)
  })
