import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as AgentId from "../../src/Agent/AgentId.ts"
import * as AuthFacts from "../../src/Auth/AuthFacts.ts"
import { make } from "../../src/Auth/Roster.ts"
import * as Config from "../../src/Config/Config.ts"
import * as Environment from "../../src/Environment/Environment.ts"
import { LoginCopies } from "../../src/OAuth/LoginCopies.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileDocument from "../../src/Profile/ProfileDocument.ts"
import type { ProfileSnapshot } from "../../src/Profile/ProfileStore.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

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
