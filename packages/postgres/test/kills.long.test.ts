/**
 * A gateway is killed at every step of a refresh, sixty times over; another one takes its place.
 * However the kill falls, the provider grants once. Where it has granted and nobody has read its
 * response, no program can keep the login: that is the one way in which it ends here.
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import type { TokenStep } from "@clawdbot/testing/OAuth/TokenScript"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Database } from "../src/Database.ts"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import { clusterUrl, describeWithServer, eventually, migratedStore, newSchema } from "./store.ts"
import type { AtRequest } from "./worker.ts"
import { bundled, endedLogin, startWorker } from "./workers.ts"

const profile = ProfileId.of("anthropic:work")

/** How often a gateway is killed. */
const kills = Number(process.env.CLAWDBOT_KILLS ?? 60)

/** Much shorter than those in use: what is tried here is their order, not their length. */
const times = {
  lease: { ttlMs: 1_200, renewEveryMs: 300, marginMs: 400, maxWaitMs: 9_000 },
  journal: { fenceMs: 2_000, graceMs: 2_500, settledMs: 200 }
}

/** When the gateway is killed: at a state of its journal, at its request, or after a while. */
interface Step {
  readonly name: string
  readonly at?: AtRequest | undefined
  readonly state?: string | undefined
  readonly afterMs?: number | undefined
  /** Once the provider has granted. */
  readonly isGranted?: boolean | undefined
  /** What the provider does meanwhile. */
  readonly provider?: TokenStep | undefined
}

const steps: ReadonlyArray<Step> = [
  { name: "at once", afterMs: 0 },
  { name: "before or under the lease", afterMs: 4 },
  { name: "under the lease, or later", afterMs: 10 },
  { name: "between the intent and the request", at: "kill" },
  { name: "while the provider considers it", state: "intent", provider: { beforeMs: 400 } },
  { name: "when the provider has granted", isGranted: true, provider: { afterMs: 400 } },
  { name: "when the response is kept", state: "answered" },
  { name: "when it is stored", state: "settled" },
  { name: "while it is stored, or later", afterMs: 25 }
]

describeWithServer("a gateway that is killed while it refreshes a login", () => {
  it.scopedLive(
    `never causes a second grant, in ${kills} kills over all steps`,
    () => {
      const schema = newSchema()
      return Effect.gen(function* () {
        const { query, table } = yield* Database
        const store = yield* ProfileStore
        const endpoint = yield* Endpoint.make
        const file = yield* bundled
        const options = { url: clusterUrl, schema, tokenUrl: endpoint.url, profile, times }
        const signIn = () => endpoint.families.signIn()
        yield* put(AgentId.main, profile, endedLogin(signIn(), 4_000_000_000_000))
        const other = yield* startWorker(file, options)
        const outcomes = { kept: 0, lost: 0 }
        for (let round = 0; round < kills; round++) {
          const step = steps[round % steps.length] ?? assert.fail("there is no such step")
          const before = endpoint.families.counters()
          yield* Effect.scoped(
            Effect.gen(function* () {
              const victim = yield* startWorker(file, options)
              const tokens = signIn()
              const family = tokens.access.replace(/\d+-x+$/, "")
              yield* query(`delete from ${table("refresh_entry")}`)
              if (step.provider !== undefined) endpoint.script.push(step.provider)
              yield* put(AgentId.main, profile, endedLogin(tokens, 1_000 + round))
              const asking = victim.ask(2, step.at, 1_000 + round)
              const now = Effect.sync(() => endpoint.families.counters().grants - before.grants)
              if (step.state !== undefined)
                // A later state is as good: the kill falls a little later then.
                yield* eventually(
                  query(`select 1 from ${table("refresh_entry")} where state = any($1)`, [
                    step.state === "intent" ? ["intent"] : [step.state, "settled"]
                  ]),
                  (rows) => rows.length > 0
                )
              if (step.isGranted === true) yield* eventually(now, (grants) => grants === 1)
              // real time: how far it has come by then is what differs from round to round.
              if (step.afterMs !== undefined) yield* Effect.sleep(step.afterMs)
              if (step.at !== "kill") victim.child.kill("SIGKILL")
              yield* Effect.promise(() => asking)
              const wasGranted = (yield* now) === 1
              const served = yield* eventually(
                Effect.promise(() => other.ask(2)),
                // Until it has heard of this login, it serves, or gives up, the one before.
                (found) =>
                  found.every((text) => text.startsWith(family) && text !== tokens.access) ||
                  (found.every((text) => text.includes(": consumed (")) &&
                    endpoint.families.counters().reuses > before.reuses)
              )
              const after = endpoint.families.counters()
              assert.strictEqual(after.grants - before.grants, 1, step.name)
              const isLost = !(served[0] ?? "").startsWith("sk-ant-")
              outcomes[isLost ? "lost" : "kept"] += 1
              assert.strictEqual(after.reuses - before.reuses, isLost ? 1 : 0, step.name)
              if (isLost) return assert.isTrue(wasGranted, step.name)
              const { document } = yield* store.read(AgentId.main)
              const stored = document.profiles.get(profile)
              if (stored?.type !== "oauth") return assert.fail("the login is gone")
              assert.deepStrictEqual([...new Set(served)], [Redacted.value(stored.access)])
            })
          )
        }
        // What was granted and not read is lost, and nothing else is.
        assert.isAtLeast(outcomes.kept, Math.floor((kills * 6) / steps.length))
      }).pipe(
        Effect.provide(ProfileStorePostgres.layer.pipe(Layer.provideMerge(migratedStore(schema))))
      )
    },
    20_000 * kills
  )
})
