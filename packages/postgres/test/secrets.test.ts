/** What the database's own tools show of a store: none of its secrets. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { AccessTokens } from "@clawdbot/domain/Client/AccessTokens"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as AccessTokensPostgres from "../src/Client/AccessTokensPostgres.ts"
import * as Database from "../src/Database.ts"
import * as Keyring from "../src/Keyring.ts"
import * as Notices from "../src/Notices.ts"
import * as HeldLeases from "../src/OAuth/HeldLeases.ts"
import * as RefreshJournalPostgres from "../src/OAuth/RefreshJournalPostgres.ts"
import * as Spool from "../src/OAuth/Spool.ts"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import { installed } from "./cluster/cluster.ts"
import {
  clusterUrl,
  describeWithServer,
  gatewayStore,
  keyOf,
  login,
  newSchema,
  optionsFor,
  optionsForGateway,
  roleOf
} from "./store.ts"

const secrets = {
  key: "sk-ant-api03-planted-in-the-database",
  setupToken: "sk-ant-oat01-planted-setup-token",
  granted: "sk-ant-oat01-planted-grant",
  grantedRefresh: "sk-ant-ort01-planted-grant",
  client: "cbt_planted-client-token",
  admin: "cbt_planted-admin-token"
}

/** What of a gateway writes secrets, over a store that is there. */
const gateway = (schema: string) =>
  Layer.fresh(
    Layer.mergeAll(
      ProfileStorePostgres.layer,
      RefreshJournalPostgres.layer.pipe(
        Layer.provide(Layer.merge(HeldLeases.layer, Spool.layerNone))
      ),
      AccessTokensPostgres.layer
    ).pipe(
      Layer.provide(Notices.layer(undefined)),
      Layer.provide(Keyring.layer(keyOf())),
      Layer.provide(Database.layer(optionsForGateway(schema)))
    )
  )

describeWithServer("the secrets of a shared store", () => {
  it.scopedLive("are in no dump of it, no list of what it is asked, and no log of its server", () =>
    Effect.gen(function* () {
      const schema = newSchema()
      yield* Layer.build(gatewayStore(schema))
      const owner = Context.get(
        yield* Layer.build(Database.layer(optionsFor(schema))),
        Database.Database
      )
      // From here on the server writes down every statement with its values.
      for (const setting of ["log_statement = 'all'", "log_min_messages = 'info'"])
        yield* owner.query(`alter role "${roleOf(schema)}" set ${setting}`)
      const built = yield* Layer.build(gateway(schema))
      const own = yield* Effect.provide(
        Effect.gen(function* () {
          const extra = { provider: ProviderId.anthropic, extra: Credential.noExtra }
          const key = { type: "api_key", key: Redacted.make(secrets.key), ...extra } as const
          const token = {
            type: "token",
            token: Redacted.make(secrets.setupToken),
            ...extra
          } as const
          yield* put(AgentId.main, ProfileId.of("anthropic:key"), key)
          yield* put(AgentId.main, ProfileId.of("anthropic:token"), token)
          yield* put(AgentId.main, ProfileId.of("anthropic:login"), login(1))
          const grant = {
            access: Redacted.make(secrets.granted),
            refresh: Redacted.make(secrets.grantedRefresh)
          }
          const journal = yield* RefreshJournal
          yield* journal.record("00112233aabbccdd", { _tag: "Answered", at: 1, grant })
          const tokens = yield* AccessTokens
          yield* tokens.completeOwn(() => ({
            client: Redacted.make(secrets.client),
            admin: Redacted.make(secrets.admin)
          }))
          return yield* tokens.own
        }),
        built
      )
      assert.strictEqual(Redacted.value(own.client ?? Redacted.make("")), secrets.client)
      const planted = [...Object.values(secrets), "sk-ant-oat01-1", "sk-ant-ort01-1"]
      const [settings] = yield* owner.query<{ folder: string }>(
        "select setting as folder from pg_settings where name = 'data_directory'"
      )
      const bin = yield* Effect.promise(installed)
      const dump = execFileSync(
        path.join(bin ?? "", "pg_dump"),
        ["--schema", schema, "--inserts", "--dbname", clusterUrl ?? ""],
        { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }
      )
      const activity = JSON.stringify(yield* owner.query("select * from pg_stat_activity"))
      const log = fs.readFileSync(path.join(settings?.folder ?? "", "../log"), "utf8")
      // Each of the three shows what was done, so that nothing is found because nothing is there.
      assert.include(dump, `INSERT INTO ${schema}.profile`)
      assert.include(activity, schema)
      assert.include(log, "refresh_entry")
      for (const [name, text] of Object.entries({ dump, activity, log }))
        for (const secret of planted) assert.notInclude(text, secret, name)
    })
  )
})
