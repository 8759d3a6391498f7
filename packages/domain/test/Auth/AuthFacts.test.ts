import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as AgentId from "../../src/Agent/AgentId.ts"
import * as AgentRegistry from "../../src/Agent/AgentRegistry.ts"
import * as AuthFacts from "../../src/Auth/AuthFacts.ts"
import { make } from "../../src/Auth/Roster.ts"
import * as Config from "../../src/Config/Config.ts"
import * as Environment from "../../src/Environment/Environment.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import { LoginCopies } from "../../src/OAuth/LoginCopies.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileDocument from "../../src/Profile/ProfileDocument.ts"
import type { ProfileSnapshot } from "../../src/Profile/ProfileStore.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import type { UsageStats } from "../../src/Profile/UsageStats.ts"
import { paths } from "./world.ts"

const key = (text: string) => ({ type: "api_key", provider: "anthropic", key: text })
const login = (refresh: string, expires: number, accountId?: string) => ({
  type: "oauth",
  provider: "anthropic",
  access: `access of ${refresh}`,
  refresh,
  expires,
  accountId
})

const store = (agent: string, profiles: Readonly<Record<string, unknown>>): ProfileSnapshot => ({
  agent: AgentId.normalize(agent),
  path: `/agents/${agent}`,
  document: Either.getOrThrow(ProfileDocument.decode({ profiles })),
  exists: true,
  notices: []
})

/** Each profile with its owner and secret, for a chain of stores among others. */
const held = (
  chain: ReadonlyArray<ProfileSnapshot>,
  others: ReadonlyArray<ProfileSnapshot> = []
): ReadonlyArray<string> =>
  AuthFacts.holdings(chain, new LoginCopies([...chain, ...others], new Map())).map(
    ({ credential, owner, profile }) =>
      `${profile} of ${owner}: ${Redacted.value(Credential.secret(credential))}`
  )

const rejected = (chain: ReadonlyArray<ProfileSnapshot>, others: ReadonlyArray<ProfileSnapshot>) =>
  make(
    AuthFacts.rosterFacts({
      agent: AgentId.normalize("work"),
      provider: ProviderId.anthropic,
      config: Config.empty,
      environment: Environment.empty,
      snapshots: chain,
      copies: new LoginCopies([...chain, ...others], new Map())
    })
  ).rejected

describe("holdings", () => {
  it("an agent's own secret is never replaced by an inherited one of the same name", () => {
    const own = store("work", { a: key("own"), b: key("own b") })
    const inherited = store("main", { a: key("inherited"), c: key("inherited c") })
    assert.deepStrictEqual(held([own, inherited]), [
      "a of work: own",
      "b of work: own b",
      "c of main: inherited c"
    ])
  })

  it("an older copy of a login reads through to the newer one that is inherited", () => {
    const own = store("work", { a: login("old", 1, "me") })
    const inherited = store("main", { a: login("new", 2, "me") })
    assert.deepStrictEqual(held([own, inherited]), ["a of main: access of new"])
    // It is the agent's own where that is the newer one.
    assert.deepStrictEqual(held([inherited, own]), ["a of main: access of new"])
  })

  it("an older copy stays where the newer one has another name", () => {
    const own = store("work", { a: login("old", 1, "me") })
    const inherited = store("main", { b: login("new", 2, "me") })
    assert.deepStrictEqual(held([own, inherited]), [
      "a of work: access of old",
      "b of main: access of new"
    ])
  })

  it("none of a store is ambient", () => {
    const chain = [store("work", { a: key("own") })]
    const [found] = AuthFacts.holdings(chain, new LoginCopies(chain, new Map()))
    assert.deepInclude(found, { owner: AgentId.normalize("work"), ambient: false })
  })

  it("another person's login of the same name stays the agent's own", () => {
    const own = store("work", { a: login("yours", 1, "you") })
    const inherited = store("main", { a: login("mine", 2, "me") })
    assert.deepStrictEqual(held([own, inherited]), ["a of work: access of yours"])
  })

  it(
    "a newer copy elsewhere is not read without inheriting " + "it, and the older one is not used",
    () => {
      const own = store("work", { a: login("old", 1, "me") })
      const elsewhere = store("main", { a: login("new", 2, "me") })
      assert.deepStrictEqual(held([own], [elsewhere]), ["a of work: access of old"])
      const [rejection] = rejected([own], [elsewhere])
      assert.strictEqual(rejection?.reason, "superseded")
      assert.include(rejection?.detail, "inheritFrom")
      assert.strictEqual(rejection?.cure, "clawdbot agents add work --inherit-from main")
    }
  )
})

describe("the agents whose stores an agent sees", () => {
  const chain = (parents: Readonly<Record<string, string>>, agent: string) => {
    const list = Object.entries(parents).map(([id, inheritFrom]) => ({
      id,
      auth: inheritFrom === "" ? {} : { inheritFrom }
    }))
    const config = Either.getOrThrow(Config.decode({ agents: { list } }))
    const registry = AgentRegistry.fromConfig(config, paths)
    return AuthFacts.inheritanceChain(registry, AgentId.normalize(agent)).join(" ")
  }

  it("are itself, then those that it inherits from, in their order", () => {
    const parents = { main: "", team: "main", work: "team" }
    assert.strictEqual(chain(parents, "work"), "work team main")
    assert.strictEqual(chain(parents, "main"), "main")
  })

  it("are each there once where they inherit from each other", () => {
    assert.strictEqual(chain({ main: "work", work: "main" }, "work"), "work main")
  })
})

describe("the facts of a provider's roster", () => {
  const facts = (
    config: unknown,
    chain: ReadonlyArray<ProfileSnapshot> = [],
    secret?: string,
    variable = "ANTHROPIC_API_KEY"
  ) =>
    AuthFacts.rosterFacts({
      agent: AgentId.main,
      provider: ProviderId.anthropic,
      config: Either.getOrThrow(Config.decode(config)),
      environment: {
        ...Environment.empty,
        variables: new Map(
          secret === undefined
            ? []
            : [[variable, { value: Redacted.make(secret), source: { _tag: "Process" } }]]
        )
      },
      snapshots: chain,
      copies: new LoginCopies(chain, new Map())
    })
  const ordered = (agent: string, order: ReadonlyArray<string>): ProfileSnapshot => ({
    ...store(agent, { a: key("a") }),
    document: Either.getOrThrow(
      ProfileDocument.decode({ profiles: { a: key("a") }, order: { anthropic: order } })
    )
  })

  it("has the order of the nearest store that has one", () => {
    const chain = [store("work", {}), ordered("team", ["b"]), ordered("main", ["a"])]
    assert.deepStrictEqual<ReadonlyArray<string> | undefined>(facts({}, chain).storeOrder, ["b"])
    assert.isUndefined(facts({}, [store("work", {})]).storeOrder)
  })

  it("has the config's order of this provider, however its name is written", () => {
    const auth = { order: { openai: ["x"], Anthropic: ["b", " a "] } }
    assert.deepStrictEqual<ReadonlyArray<string> | undefined>(facts({ auth }).configOrder, [
      "b",
      "a"
    ])
    assert.isUndefined(facts({ auth: { order: { openai: ["x"] } } }).configOrder)
    assert.isUndefined(facts({}).configOrder)
  })

  it("has the config's profiles by their names, and whether keys may be used beside plans", () => {
    const entry = { provider: "anthropic", mode: "token" }
    const found = facts({ auth: { profiles: { a: entry }, payAsYouGoFallback: true } })
    assert.deepStrictEqual([...found.configProfiles], [["a", entry]])
    assert.isTrue(found.payAsYouGoFallback)
    assert.deepStrictEqual([...facts({}).configProfiles], [])
    const unnamed = facts({ auth: { profiles: { "": entry, a: entry } } })
    assert.deepStrictEqual([...unnamed.configProfiles], [["a", entry]])
  })

  it("holds a key of another program back where a store has a credential of the provider", () => {
    const openai = store("main", { b: { type: "api_key", provider: "openai", key: "k" } })
    const anthropic = store("main", { a: key("a"), b: key("b") })
    const inForce = (chain: ReadonlyArray<ProfileSnapshot>) =>
      facts({}, chain, "sk-ant-oat01-t", "CLAUDE_CODE_OAUTH_TOKEN").ambient.length
    assert.strictEqual(inForce([]), 1)
    assert.strictEqual(inForce([openai]), 1)
    assert.strictEqual(inForce([anthropic]), 0)
    assert.strictEqual(inForce([store("main", { a: key("a") }), openai]), 0)
  })

  it("has keys of the environment as those of the asking agent, in no store", () => {
    const { ambient, ambientRejected } = facts({}, [], "sk-env")
    assert.deepStrictEqual(
      ambient.map(({ ambient, credential, owner, profile }) => [
        profile,
        owner,
        ambient,
        credential.type
      ]),
      [["env:ANTHROPIC_API_KEY", "main", true, "api_key"]]
    )
    assert.deepStrictEqual(ambientRejected, [])
    const none = facts({}, [], "your-api-key")
    assert.deepStrictEqual(none.ambient, [])
    assert.deepStrictEqual(
      none.ambientRejected.map(({ reason }) => reason),
      ["a placeholder"]
    )
  })
})

describe("the health that a choice sees", () => {
  const settings = AuthFacts.healthSettings(Config.empty, ProviderId.anthropic)
  const chain = [store("main", { a: key("a") })]
  const [stored] = AuthFacts.holdings(chain, new LoginCopies(chain, new Map()))
  const healthOf = (usageStats: UsageStats | undefined, isKnown: boolean) => {
    if (stored === undefined) return assert.fail("nothing is held")
    const { profile, secretFingerprint } = stored
    const known = { ...Health.unknown(secretFingerprint), lastUsedAt: 7 }
    const document = { ...Health.empty, profiles: new Map([[profile, known]]) }
    const documents = new Map(isKnown ? [[AgentId.main, document]] : [])
    return AuthFacts.healthOf({ ...stored, usageStats }, documents, settings, 20)
  }

  it("is what is known of it, or nothing", () => {
    assert.strictEqual(healthOf(undefined, true).lastUsedAt, 7)
    assert.deepStrictEqual(healthOf(undefined, false), Health.untouched)
  })

  it("is that with what the original program recorded, also where nothing else is known", () => {
    assert.strictEqual(healthOf({ lastUsed: 9 }, true).lastUsedAt, 9)
    assert.strictEqual(healthOf({ lastUsed: 5 }, true).lastUsedAt, 7)
    const alone = healthOf({ lastUsed: 9 }, false)
    assert.strictEqual(alone.lastUsedAt, 9)
    assert.strictEqual(alone.secretFingerprint, stored?.secretFingerprint)
  })

  it("goes by the config's cooldowns of the provider, and by what it says of extra usage", () => {
    const config = Either.getOrThrow(
      Config.decode({ auth: { extraUsage: "never", cooldowns: { failureWindowHours: 1 } } })
    )
    const found = AuthFacts.healthSettings(config, ProviderId.anthropic)
    assert.strictEqual(found.extraUsage, "never")
    assert.strictEqual(found.cooldowns.failureWindowMs, 3_600_000)
  })
})

describe("what of a request decides the order", () => {
  const request = {
    agent: AgentId.main,
    provider: ProviderId.anthropic,
    model: "claude-opus-4-5",
    conversation: "c"
  }

  it("is its conversation only where that has a home", () => {
    assert.isUndefined(AuthFacts.moment(request, undefined, 5).conversation)
    assert.strictEqual(AuthFacts.moment(request, undefined, 5, true).conversation, "c")
  })

  it("is a home where gateways share a store, and the quota where the config says so", () => {
    const config = (value: unknown) => Either.getOrThrow(Config.decode(value))
    assert.isFalse(AuthFacts.hasHomes(config({})))
    assert.isTrue(AuthFacts.hasHomes(config({ store: { type: "postgres" } })))
    assert.isFalse(AuthFacts.goesByQuota(config({})))
    assert.isTrue(AuthFacts.goesByQuota(config({ auth: { scheduling: "economy" } })))
  })
})
