import { decode } from "@clawdbot/domain/Config/Config"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import { edits, find } from "@clawdbot/domain/Status/profileIdRepair"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"

const login = (email?: string) => ({
  type: "oauth",
  provider: "anthropic",
  access: "a",
  refresh: "r",
  expires: 1,
  email
})

const of = (
  entry: Readonly<Record<string, unknown>>,
  profiles: Readonly<Record<string, unknown>>,
  rest: Readonly<Record<string, unknown>> = {}
) =>
  find(
    Either.getOrThrow(
      decode({ auth: { profiles: { "anthropic:default": { provider: "anthropic", ...entry } } } })
    ),
    Either.getOrThrow(ProfileDocument.decode({ version: 1, profiles, ...rest }))
  )?.to

const oauth = { mode: "oauth" }
const two = { "anthropic:a@x.org": login("a@x.org"), "anthropic:b": login("b@x.org") }

const table = [
  {
    name: "the only other login",
    entry: oauth,
    profiles: { "anthropic:b": login() },
    to: "anthropic:b"
  },
  {
    name: "the login with the configured e-mail",
    entry: { mode: "oauth", email: "b@x.org" },
    profiles: two,
    to: "anthropic:b"
  },
  {
    name: "the login named after the configured e-mail",
    entry: { mode: "oauth", email: "a@x.org" },
    profiles: { ...two, "anthropic:a@x.org": login() },
    to: "anthropic:a@x.org"
  },
  {
    name: "the last good one",
    entry: oauth,
    profiles: two,
    rest: { lastGood: { Anthropic: "anthropic:b" } },
    to: "anthropic:b"
  },
  {
    name: "the only one with an e-mail for a name",
    entry: oauth,
    profiles: two,
    to: "anthropic:a@x.org"
  },
  {
    name: "nothing among several of a kind",
    entry: oauth,
    profiles: { "anthropic:b": login(), "anthropic:c": login() },
    to: undefined
  },
  {
    name: "nothing for a profile that is no login",
    entry: { mode: "token" },
    profiles: two,
    to: undefined
  },
  {
    name: "nothing where no login is stored",
    entry: oauth,
    profiles: { "anthropic:k": { type: "api_key", provider: "anthropic", key: "k" } },
    to: undefined
  },
  {
    name: "nothing where the last good one is the profile itself",
    entry: oauth,
    profiles: { ...two, "anthropic:default": login() },
    rest: { lastGood: { anthropic: "anthropic:default" } },
    to: undefined
  }
]

describe("the repair of profile ids finds", () => {
  for (const { entry, name, profiles, rest, to } of table) {
    it(name, () => assert.strictEqual(of(entry, profiles, rest), to))
  }

  it("no more to do once it is done", () => {
    const config = Either.getOrThrow(
      decode({
        auth: {
          profiles: { "anthropic:default": { provider: "anthropic", mode: "oauth" } },
          order: { Anthropic: [" anthropic:default ", "", "anthropic:b", "anthropic:k"] }
        }
      })
    )
    const store = Either.getOrThrow(
      ProfileDocument.decode({ version: 1, profiles: { "anthropic:b": login("b@x.org") } })
    )
    const repair = find(config, store)
    assert.isDefined(repair)
    assert.deepStrictEqual(repair === undefined ? [] : edits(config, repair), [
      {
        _tag: "Set",
        path: ["auth", "profiles", "anthropic:b"],
        value: { provider: "anthropic", mode: "oauth", email: "b@x.org" }
      },
      { _tag: "Unset", path: ["auth", "profiles", "anthropic:default"] },
      { _tag: "Set", path: ["auth", "order", "Anthropic"], value: ["anthropic:b", "anthropic:k"] }
    ])
  })
})
