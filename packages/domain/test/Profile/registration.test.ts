import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { make as makeRoster } from "../../src/Auth/Roster.ts"
import * as Config from "../../src/Config/Config.ts"
import type { ConfigEdit } from "../../src/Config/ConfigStore.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import * as Registration from "../../src/Profile/registration.ts"

const config = (value: unknown): Config.Config => Either.getOrThrow(Config.decode(value))

const applied = (value: unknown, edits: ReadonlyArray<ConfigEdit>): unknown =>
  edits.reduce<unknown>(
    (current, edit) =>
      edit._tag === "Set" ? JsonValue.set(current, edit.path, edit.value) : current,
    value
  )

const registration = (
  more: Partial<Registration.Registration> = {}
): Registration.Registration => ({
  profile: ProfileId.of("anthropic:new"),
  provider: ProviderId.anthropic,
  kind: "token",
  beside: undefined,
  holders: [],
  ...more
})

const after = (value: unknown, more: Partial<Registration.Registration> = {}): unknown =>
  applied(value, Registration.edits(config(value), registration(more)))

const entry = (mode: string) => ({ provider: "anthropic", mode })

describe("edits", () => {
  it("gives the profile of Claude Code the mode that takes its login and a setup token", () => {
    const profile = ProfileId.claudeCode
    for (const kind of ["token", "oauth"] as const)
      assert.deepStrictEqual(after({}, { profile, kind }), {
        auth: { profiles: { [profile]: entry("oauth") } }
      })
    const holders = [{ agent: "main", profile, kind: "token" }] as const
    assert.deepNestedInclude(after({}, { holders }), {
      auth: { profiles: { [profile]: entry("oauth"), "anthropic:new": entry("token") } }
    })
  })

  it("lists the profile", () =>
    assert.deepStrictEqual(after({}), {
      auth: { profiles: { "anthropic:new": entry("token") } }
    }))

  it("changes nothing where it is listed", () => {
    const value = { auth: { profiles: { "anthropic:new": entry("token") } } }
    assert.deepStrictEqual(Registration.edits(config(value), registration()), [])
  })

  it("never narrows oauth, which accepts a setup token as well", () => {
    const value = { auth: { profiles: { "anthropic:new": entry("oauth") } } }
    assert.deepStrictEqual(Registration.edits(config(value), registration()), [])
  })

  it("goes to the front of an order, or before the profile it was stored beside", () => {
    const value = {
      auth: {
        profiles: { "anthropic:new": entry("token") },
        order: { Anthropic: ["a", "b", "c"] }
      }
    }
    const order = (beside: string | undefined) =>
      JsonValue.get(
        after(value, { beside: beside === undefined ? undefined : ProfileId.of(beside) }),
        ["auth", "order", "Anthropic"]
      )
    assert.deepStrictEqual(order(undefined), ["anthropic:new", "a", "b", "c"])
    assert.deepStrictEqual(order("b"), ["a", "anthropic:new", "b", "c"])
    assert.deepStrictEqual(order("z"), ["anthropic:new", "a", "b", "c"])
  })

  it("lists the others too where nothing was listed: one entry would leave them out", () => {
    const holders: ReadonlyArray<Registration.Holder> = [
      { agent: "main", profile: ProfileId.of("anthropic:a"), kind: "api_key" },
      { agent: "work", profile: ProfileId.of("anthropic:b"), kind: "token" },
      { agent: "main", profile: ProfileId.of("anthropic:b"), kind: "oauth" }
    ]
    assert.deepStrictEqual(after({}, { holders }), {
      auth: {
        profiles: {
          "anthropic:a": entry("api_key"),
          "anthropic:b": entry("oauth"),
          "anthropic:new": entry("token")
        }
      }
    })
  })

  it("lists nothing where no entry could stand for two agents: then all take part unlisted", () => {
    const holders: ReadonlyArray<Registration.Holder> = [
      { agent: "main", profile: ProfileId.of("anthropic:a"), kind: "api_key" },
      { agent: "work", profile: ProfileId.of("anthropic:a"), kind: "token" }
    ]
    assert.deepStrictEqual(after({}, { holders }), {})
    assert.isTrue(Registration.isKnown(config({}), registration()))
  })
})

const kinds: ReadonlyArray<Credential.Kind> = ["api_key", "token", "oauth"]

const credential = (kind: Credential.Kind, name: string): Credential.Credential => {
  const common = { provider: ProviderId.anthropic, extra: Credential.noExtra }
  const secret = Redacted.make(name)
  switch (kind) {
    case "api_key":
      return { type: kind, key: secret, ...common }
    case "token":
      return { type: kind, token: secret, ...common }
    case "oauth":
      return { type: kind, access: secret, refresh: secret, expires: 1, ...common }
  }
}

describe("whoever took part before takes part afterwards", () => {
  const names = ["anthropic:a", "anthropic:b", "anthropic:c"]
  const store = fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...kinds))
  const listed = fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...kinds))

  const membersOf = (value: unknown, held: Readonly<Record<string, Credential.Kind>>) => {
    const { auth } = config(value)
    return makeRoster({
      provider: ProviderId.anthropic,
      stored: Object.entries(held).map(([id, kind]) => ({
        profile: ProfileId.of(id),
        owner: AgentId.main,
        credential: credential(kind, id),
        secretFingerprint: id,
        ambient: false,
        usageStats: undefined
      })),
      ambient: [],
      ambientRejected: [],
      storeOrder: undefined,
      configOrder: undefined,
      configProfiles: new Map(
        Object.entries(auth?.profiles ?? {}).map(([id, one]) => [ProfileId.of(id), one])
      ),
      payAsYouGoFallback: undefined
    }).members.map(({ profile }): string => profile)
  }

  it("in every agent, whatever is stored and listed", () =>
    fc.assert(
      fc.property(
        store,
        store,
        listed,
        fc.constantFrom(...names, "anthropic:new"),
        fc.constantFrom(...kinds),
        (main, work, modes, id, kind) => {
          const profiles = Object.fromEntries(
            Object.entries(modes).map(([name, mode]) => [name, entry(mode)])
          )
          const value = Object.keys(profiles).length === 0 ? {} : { auth: { profiles } }
          const profile = ProfileId.of(id)
          const holders = [main, work].flatMap((held, index) =>
            Object.entries(held).map(
              ([name, heldKind]): Registration.Holder => ({
                agent: index === 0 ? "main" : "work",
                profile: ProfileId.of(name),
                kind: heldKind
              })
            )
          )
          const wanted = { profile, kind, holders }
          const conflicting = Registration.conflict(
            config(value),
            "main",
            profile,
            registration(wanted)
          )
          // Such an id is not used.
          fc.pre(conflicting === undefined)
          const next = after(value, wanted)
          const stored = { ...main, [id]: kind }
          assert.include(membersOf(next, stored), id)
          for (const name of membersOf(value, work)) assert.include(membersOf(next, work), name)
          for (const name of membersOf(value, main))
            if (name !== id) assert.include(membersOf(next, stored), name)
        }
      ),
      { numRuns: 2_000 }
    ))
})
