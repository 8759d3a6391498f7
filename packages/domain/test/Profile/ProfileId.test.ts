import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as AgentId from "../../src/Agent/AgentId.ts"
import * as AuthFacts from "../../src/Auth/AuthFacts.ts"
import * as Config from "../../src/Config/Config.ts"
import * as Environment from "../../src/Environment/Environment.ts"
import { LoginCopies } from "../../src/OAuth/LoginCopies.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

describe("names of profiles in a list that people wrote", () => {
  it("stand in its order, without blanks and empty entries", () => {
    assert.deepStrictEqual(ProfileId.listOf([" b ", "", "a", "  ", "b"]).map(String), [
      "b",
      "a",
      "b"
    ])
    assert.deepStrictEqual(ProfileId.listOf([""]), [])
  })

  it("may be empty in an order of the config", () => {
    const facts = AuthFacts.rosterFacts({
      agent: AgentId.main,
      provider: ProviderId.anthropic,
      config: Either.getOrThrow(Config.decode({ auth: { order: { anthropic: ["", "a"] } } })),
      environment: Environment.empty,
      snapshots: [],
      copies: new LoginCopies([], new Map())
    })
    assert.deepStrictEqual(facts.configOrder?.map(String), ["a"])
  })
})
