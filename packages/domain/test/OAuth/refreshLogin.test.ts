/** In which order the locks of one refresh are taken (decision D8a): always the same. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { SharedLoginUnavailable } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import { LeaseUnavailable, RefreshLease } from "@clawdbot/domain/OAuth/RefreshLease"
import { refreshLogin } from "@clawdbot/domain/OAuth/refreshLogin"
import type { RefreshPorts } from "@clawdbot/domain/OAuth/refreshPorts"
import { StoreLocked, StoreUnavailable } from "@clawdbot/domain/Profile/ProfileError"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { ports } from "./ports.ts"
import { layerWorld, login, profile, store, stored } from "./world.ts"

const now = 1_000 * 3_600_000
const agents = ["main", "alpha", "zulu"].map((name) => AgentId.normalize(name))

/** The same ports; each lock that is taken or given back is noted. */
const noting = (made: RefreshPorts, taken: Array<string>): RefreshPorts => ({
  ...made,
  lease: RefreshLease.of({
    withLease: (fingerprint, use) =>
      made.lease.withLease(fingerprint, (held) =>
        Effect.zipRight(
          Effect.sync(() => void taken.push("lease")),
          use(held)
        )
      )
  }),
  shared: {
    ...made.shared,
    hold: Effect.tap(made.shared.hold, () => Effect.sync(() => void taken.push("Claude Code")))
  },
  stores: {
    hold: (agent) =>
      Effect.tap(made.stores.hold(agent), () => Effect.sync(() => void taken.push(agent)))
  }
})

const world = () => layerWorld({ agents: ["main", "alpha", "zulu"] })

describe("refreshLogin", () => {
  it.effect("locks the stores of all copies in one order, whoever of them asks", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { families } = yield* TokenAuthority
      const made = yield* ports
      const orders: Array<string> = []
      for (const owner of agents) {
        const credential = login(families.signIn(), now - 1)
        for (const agent of agents) yield* store(credential, agent)
        const taken: Array<string> = []
        yield* refreshLogin(noting(made, taken), { owner, profile, credential }, { _tag: "Due" })
        orders.push(taken.join(" "))
        for (const agent of agents) assert.notStrictEqual(yield* stored(agent), credential, agent)
      }
      // Two refreshes that wait for each other's next lock would never end.
      assert.deepStrictEqual(orders, Array(3).fill("lease alpha main zulu"))
    }).pipe(Effect.provide(world()))
  )

  it.effect("holds only the stores that have the token, and the owner's", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { families } = yield* TokenAuthority
      const made = yield* ports
      const [main, alpha, zulu] = agents
      if (main === undefined || alpha === undefined || zulu === undefined) return
      const credential = login(families.signIn(), now - 1)
      yield* store(credential, main)
      yield* store(credential, zulu, ProfileId.of("anthropic:copy"))
      yield* store(login(families.signIn("another"), now - 1), alpha)
      const taken: Array<string> = []
      yield* refreshLogin(
        noting(made, taken),
        { owner: main, profile, credential },
        { _tag: "Due" }
      )
      assert.deepStrictEqual(taken, ["lease", "main", "zulu"])
    }).pipe(Effect.provide(world()))
  )

  it.effect("takes Claude Code's lock after the lease and before any store's", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { families } = yield* TokenAuthority
      const made = yield* ports
      const owner = AgentId.main
      const credential = login(families.signIn(), now - 1)
      yield* store(credential, owner, ProfileId.claudeCode)
      const taken: Array<string> = []
      yield* refreshLogin(
        noting(made, taken),
        { owner, profile: ProfileId.claudeCode, credential },
        { _tag: "Due" }
      )
      assert.deepStrictEqual(taken, ["lease", "Claude Code", "main"])
    }).pipe(Effect.provide(world()))
  )

  it.effect("redeems nothing when a store that holds a copy cannot be locked", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const authority = yield* TokenAuthority
      const made = yield* ports
      const credential = login(authority.families.signIn(), now - 1)
      for (const agent of agents) yield* store(credential, agent)
      const path = "/agents/zulu/auth-profiles.json"
      const busy: RefreshPorts = {
        ...made,
        stores: {
          hold: (agent) =>
            agent === "zulu"
              ? Effect.fail(new StoreUnavailable({ path, operation: "lock", code: "EACCES" }))
              : made.stores.hold(agent)
        }
      }
      const failed = yield* Effect.flip(
        refreshLogin(busy, { owner: AgentId.main, profile, credential }, { _tag: "Due" })
      )
      assert.strictEqual(failed.cause, "store")
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(world()))
  )

  it.effect("redeems no copy that another program made old while the locks were waited for", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const authority = yield* TokenAuthority
      const made = yield* ports
      const work = AgentId.normalize("alpha")
      const credential = login(authority.families.signIn("me"), now - 1)
      yield* store(credential, work)
      const rotates: RefreshPorts = {
        ...made,
        stores: {
          // The other program refreshes its own copy just before this one gets its lock.
          hold: (agent) =>
            Effect.zipRight(
              Effect.provideService(
                store(login(authority.families.signIn("me"), now + 3_600_000)),
                ProfileStore,
                made.profiles
              ),
              made.stores.hold(agent)
            )
        }
      }
      const failed = yield* Effect.flip(
        refreshLogin(rotates, { owner: work, profile, credential }, { _tag: "Due" })
      )
      assert.deepInclude(failed, { cause: "superseded", newerIn: "main" })
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(world()))
  )

  it.effect("is busy where somebody else holds what it needs, and redeems nothing", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const authority = yield* TokenAuthority
      const made = yield* ports
      const owner = AgentId.main
      const credential = login(authority.families.signIn(), now - 1)
      yield* store(credential, owner, ProfileId.claudeCode)
      const asked = { owner, profile: ProfileId.claudeCode, credential }
      const causeWith = (other: Partial<RefreshPorts>) =>
        Effect.map(
          Effect.flip(refreshLogin({ ...made, ...other }, asked, { _tag: "Due" })),
          ({ cause, detail }) => `${cause}: ${detail}`
        )
      const lease = (reason: "busy" | "system") => ({
        lease: RefreshLease.of({
          withLease: () => Effect.fail(new LeaseUnavailable({ reason, detail: "why" }))
        })
      })
      const shared = (operation: "lock" | "read", code: string) => ({
        shared: {
          ...made.shared,
          hold: Effect.fail(new SharedLoginUnavailable({ operation, place: "/file", code }))
        }
      })
      const locked = new StoreLocked({ path: "/store", lockPath: "/store.lock", waitedMs: 1 })
      assert.strictEqual(yield* causeWith(lease("busy")), "busy: why")
      assert.strictEqual(yield* causeWith(lease("system")), "store: why")
      assert.strictEqual(
        yield* causeWith(shared("lock", "busy")),
        "busy: Claude Code's login: busy"
      )
      assert.strictEqual(
        yield* causeWith(shared("read", "EACCES")),
        "store: Claude Code's login: EACCES"
      )
      assert.strictEqual(
        yield* causeWith({ stores: { hold: () => Effect.fail(locked) } }),
        "busy: StoreLocked"
      )
      assert.strictEqual(authority.requests(), 0)
    }).pipe(Effect.provide(world()))
  )
})
