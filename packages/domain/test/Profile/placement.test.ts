import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import * as Health from "../../src/Health/HealthDocument.ts"
import type { Window } from "../../src/Health/Window.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as LoggedOut from "../../src/Profile/LoggedOut.ts"
import * as ProfileDocument from "../../src/Profile/ProfileDocument.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { place, type StoreFacts, spent } from "../../src/Profile/placement.ts"

const now = 1_800_000_000_000
const day = 86_400_000
const wanted = ProfileId.of("anthropic:manual")

const common = { provider: ProviderId.anthropic, extra: Credential.noExtra }
const key = (text: string): Credential.Credential => ({
  type: "api_key",
  key: Redacted.make(text),
  ...common
})
const token = (text: string, expires?: number): Credential.Credential => ({
  type: "token",
  token: Redacted.make(text),
  expires,
  ...common
})
const login = (access: string, expires: number, refresh = "r"): Credential.Credential => ({
  type: "oauth",
  access: Redacted.make(access),
  refresh: Redacted.make(refresh),
  expires,
  ...common
})

const auth = (until: number): Window => ({
  scope: "credential",
  until,
  class: "auth",
  source: "ladder",
  observedAt: now - 1
})

interface Held {
  readonly credential: Credential.Credential
  readonly health?: Partial<Health.ProfileHealth>
}

const facts = (
  stored: Readonly<Record<string, Held>>,
  more: Partial<StoreFacts> & { readonly unreadable?: string } = {}
): StoreFacts => ({
  document: {
    ...Object.entries(stored).reduce(
      (document, [id, { credential }]) =>
        ProfileDocument.set(document, ProfileId.of(id), credential),
      ProfileDocument.empty
    ),
    unreadable: more.unreadable === undefined ? [] : [{ id: more.unreadable, why: "unknown type" }]
  },
  healthOf: (id, credential) => ({
    ...Health.unknown(Credential.secretFingerprint(credential)),
    ...stored[id]?.health
  }),
  holderOf: () => undefined,
  now,
  ...more
})

const shown = (placement: ReturnType<typeof place>): string => {
  switch (placement._tag) {
    case "Put":
      return (
        "put " +
        `${placement.profile}${placement.why === undefined ? "" : ` for: ${placement.why}`}`
      )
    case "Taken":
      return `taken, or ${placement.free}`
    case "Unusable":
      return `unusable (${placement.holder ?? "unreadable"}), or ${placement.free}`
  }
}

const refused = { ladder: { count: 1, lastFailureAt: now - 5, byClass: { auth: 1 } } }

describe("spent", () => {
  const rows: ReadonlyArray<readonly [string, Held, string | undefined]> = [
    ["a key", { credential: key("a") }, undefined],
    ["a token without an end", { credential: token("a") }, undefined],
    ["a token that lives", { credential: token("a", now + 1) }, undefined],
    ["a token at its end", { credential: token("a", now) }, "expired"],
    [
      "a login past its access token's end, which refreshes",
      { credential: login("a", 1) },
      undefined
    ],
    ["a login that cannot refresh", { credential: login("a", 1, "") }, "expired"],
    ["a login of which only the refresh token is there", { credential: login("", 0) }, undefined],
    ["nothing", { credential: key(" ") }, "no usable secret"],
    ["what cannot be sent", { credential: key("a\u200b") }, "no usable secret"],
    [
      "a login that ended",
      { credential: login("a", now + day), health: { needsLogin: { since: 1, cause: "revoked" } } },
      "sign-in ended"
    ],
    [
      "one that the provider refuses now",
      { credential: key("a"), health: { windows: [auth(now + day)] } },
      "refused by the provider"
    ],
    [
      "one that the provider refused last",
      { credential: key("a"), health: { ...refused, lastGoodAt: now - 10 } },
      "refused by the provider"
    ],
    [
      "one that answered since",
      { credential: key("a"), health: { ...refused, lastGoodAt: now - 1 } },
      undefined
    ],
    [
      "one that is out of credit",
      {
        credential: key("a"),
        health: { windows: [{ ...auth(now + day), class: "billing" }] }
      },
      undefined
    ]
  ]
  for (const [name, { credential, health }, why] of rows)
    it(`${name}: ${why ?? "may still answer"}`, () =>
      assert.strictEqual(
        spent(
          credential,
          { ...Health.unknown(Credential.secretFingerprint(credential)), ...health },
          now
        ),
        why
      ))
})

describe("place", () => {
  const mine = { "anthropic:manual": { credential: token("old") } }
  const ended = { "anthropic:manual": { credential: token("old", now - 1) } }
  const both = { ...mine, "anthropic:manual-2": { credential: token("second") } }
  const rows: ReadonlyArray<readonly [string, StoreFacts, boolean, string]> = [
    ["nothing there", facts({}), false, "put anthropic:manual"],
    [
      "the same secret",
      facts({ "anthropic:manual": { credential: token("new") } }),
      false,
      "put anthropic:manual"
    ],
    ["an expired one", facts(ended), false, "put anthropic:manual for: expired"],
    ["one that may still answer", facts(mine), false, "taken, or anthropic:manual-2"],
    ["the same, by its name", facts(mine), true, "put anthropic:manual for: named"],
    [
      "the same text as another kind",
      facts({ "anthropic:manual": { credential: key("new") } }),
      false,
      "taken, or anthropic:manual-2"
    ],
    ["two that may still answer", facts(both), false, "taken, or anthropic:manual-3"],
    [
      "two, of which the second is over",
      facts({ ...mine, "anthropic:manual-2": { credential: token("second", now - 1) } }),
      false,
      "taken, or anthropic:manual-2"
    ],
    [
      "beside it already",
      facts({ ...both, "anthropic:manual-3": { credential: token("new") } }),
      false,
      "put anthropic:manual-3"
    ],
    [
      "another agent's of another kind",
      facts({}, { holderOf: (id) => (id === wanted ? "work" : undefined) }),
      false,
      "unusable (work), or anthropic:manual-2"
    ],
    [
      "a record that cannot be read",
      facts({}, { unreadable: wanted }),
      true,
      "unusable (unreadable), or anthropic:manual-2"
    ]
  ]
  for (const [name, given, isNamed, result] of rows)
    it(`over ${name}${isNamed ? ", named" : ""}: ${result}`, () =>
      assert.strictEqual(shown(place(wanted, isNamed, token("new"), given)), result))

  it("never puts a credential over one that may still answer, unless it was named", () => {
    const held = fc.record({
      secret: fc.constantFrom("a", "b", "c", ""),
      expires: fc.constantFrom(undefined, now - 1, now + day)
    })
    fc.assert(
      fc.property(fc.array(held, { maxLength: 4 }), fc.constantFrom("a", "b", "z"), (all, next) => {
        const given = facts(
          Object.fromEntries(
            all.map(({ expires, secret }, index) => [
              index === 0 ? wanted : `${wanted}-${index + 1}`,
              { credential: token(secret, expires) }
            ])
          )
        )
        const credential = token(next)
        const placement = place(wanted, false, credential, given)
        const target = placement._tag === "Put" ? placement.profile : placement.free
        const there = given.document.profiles.get(target)
        return (
          there === undefined ||
          LoggedOut.isSame(there, credential) ||
          spent(there, given.healthOf(target, there), now) !== undefined
        )
      })
    )
  })
})

describe("LoggedOut", () => {
  const kept = (secret: string): LoggedOut.LoggedOut => ({
    profile: wanted,
    credential: token(secret),
    at: 1,
    place: undefined,
    consent: undefined
  })
  const secrets = (all: ReadonlyArray<LoggedOut.LoggedOut>) =>
    all.map(({ credential }) => Redacted.value(Credential.secret(credential))).join("")

  it("restoring again and again leads through all that is kept", () => {
    let all = [kept("c"), kept("b"), kept("a")] as ReadonlyArray<LoggedOut.LoggedOut>
    let stored = kept("d")
    const seen: Array<string> = []
    for (let round = 0; round < 4; round++) {
      const [newest] = all
      if (newest === undefined) throw new Error("nothing is kept")
      all = LoggedOut.rotate(all, newest, stored)
      stored = newest
      seen.push(secrets([stored]))
    }
    assert.deepStrictEqual(seen, ["c", "b", "a", "d"])
    assert.strictEqual(secrets(all), "cba")
  })
})
