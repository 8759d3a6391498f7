/** What the built command does with a shared store: probes, former versions, logout. */
import * as http from "node:http"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { beforeAll } from "vitest"
import * as Database from "../src/Database.ts"
import * as Migrate from "../src/migrate.ts"
import { installed, makeCluster } from "./cluster/cluster.ts"
import { bundleCommand, makeHost, run, startGateway } from "./fleet.ts"
import { describeWithServer, eventually, profilesAt } from "./store.ts"

const profile = ProfileId.of("anthropic:work")
const schema = "clawdbot"
const [first, second] = ["first", "second"].map((name) => `sk-ant-api03-planted-${name}`)

const key = (text = ""): Credential.Credential => ({
  type: "api_key",
  provider: ProviderId.anthropic,
  key: Redacted.make(text),
  extra: Credential.noExtra
})

/** A provider that notes with which key each request came. */
const provider = Effect.acquireRelease(
  Effect.async<{
    readonly url: string
    readonly keys: Array<string>
    readonly close: () => void
  }>((resume) => {
    const keys: Array<string> = []
    const server = http.createServer((request, response) => {
      keys.push(String(request.headers["x-api-key"]))
      request.resume()
      request.on("end", () => {
        response.writeHead(200, { "content-type": "application/json" })
        response.end('{"type":"message","usage":{"input_tokens":1,"output_tokens":1}}')
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const close = () => {
        server.closeAllConnections()
        server.close()
      }
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, keys, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

/** How many versions and removed credentials the database keeps. */
const kept = Effect.gen(function* () {
  const { query, table } = yield* Database.Database
  const [row] = yield* query<{ readonly n: number }>(
    `select ((select count(*) from ${table("profile")}) +
       (select count(*) from ${table("profile_past")}) +
       (select count(*) from ${table("kept_aside")}))::float8 as n`
  )
  return row?.n
})

describeWithServer("a shared store under the built command", () => {
  beforeAll(bundleCommand, 120_000)

  it.scopedLive(
    "is up, away and up again to a probe, restores a version, and purges a credential",
    () =>
      Effect.gen(function* () {
        const cluster = yield* Effect.acquireRelease(
          Effect.promise(async () => makeCluster((await installed()) ?? "")),
          ({ remove }) => Effect.promise(remove)
        )
        yield* Effect.gen(function* () {
          yield* Migrate.migrate()
          yield* put(AgentId.main, profile, key(first))
          yield* put(AgentId.main, profile, key(second))
          const { keys, url } = yield* provider
          const host = yield* makeHost({
            storeUrl: cluster.url,
            schema,
            tokenUrl: url,
            upstream: url
          })
          const { ask, ready } = yield* startGateway(host)
          const asked = Effect.promise(() => ask())
          const command = (...argv: ReadonlyArray<string>) => run(host, argv)
          const probe = Effect.promise(ready)
          assert.deepStrictEqual(yield* eventually(probe, ({ store }) => store === "up"), {
            status: 200,
            store: "up"
          })
          assert.strictEqual(yield* asked, 200)
          assert.strictEqual(keys.at(-1), second)

          yield* Effect.promise(() => cluster.stop("immediate"))
          const away = yield* eventually(probe, ({ store }) => store !== "up")
          assert.strictEqual(away.status, 200)
          assert.match(String(away.store), /^down since \d{4}-\d\d-\d\dT/)
          assert.strictEqual(yield* asked, 200)
          const unable = yield* command("store", "restore", profile, "1")
          assert.strictEqual(unable.status, 1, unable.text)
          yield* Effect.promise(cluster.start)
          yield* eventually(probe, ({ status, store }) => status === 200 && store === "up")

          const history = JSON.parse((yield* command("store", "history", "--json")).text)
          const past = history.versions.find(
            (found: { readonly restorable: boolean }) => found.restorable
          )
          const restored = yield* command("store", "restore", profile, String(past.version))
          assert.strictEqual(restored.status, 0, restored.text)
          assert.include(restored.text, "is kept as a version of its own")
          // The gateway that runs goes on with it.
          yield* eventually(
            Effect.map(asked, () => keys.at(-1)),
            (used) => used === first
          )
          const unknown = yield* command("store", "restore", profile, "999")
          assert.strictEqual(unknown.status, 1)
          assert.match(unknown.text, /no version 999 .*[\s\S]*clawdbot store history/)
          assert.strictEqual((yield* command("store", "restore", profile, "one")).status, 2)
          const moving = yield* command("store", "import", "--dry-run")
          assert.strictEqual(moving.status, 1, moving.text)

          assert.strictEqual((yield* command("models", "auth", "logout", profile)).status, 0)
          assert.isAbove((yield* kept) ?? 0, 0)
          yield* eventually(asked, (status) => status === 401)
          const purged = yield* command("models", "auth", "logout", profile, "--purge")
          assert.strictEqual(purged.status, 0, purged.text)
          assert.strictEqual(yield* kept, 0)
          const again = [
            yield* command("models", "auth", "logout", profile, "--undo"),
            yield* command("models", "auth", "logout", profile, "--purge"),
            yield* command("store", "restore", profile, String(past.version))
          ]
          assert.deepStrictEqual(
            again.map(({ status }) => status),
            [1, 1, 1]
          )
          for (const { text } of [unable, restored, unknown, moving, purged, ...again])
            assert.notInclude(text, "planted")
        }).pipe(Effect.provide(profilesAt(cluster.url, schema)))
      }),
    240_000
  )
})
