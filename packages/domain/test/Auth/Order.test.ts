import { defined } from "@clawdbot/domain/Document/defined"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type * as Order from "../../src/Auth/Order.ts"
import { OrderIndex, rank as rankBy } from "../../src/Auth/OrderIndex.ts"
import type { Holding, RosterFacts } from "../../src/Auth/Roster.ts"
import * as Roster from "../../src/Auth/Roster.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import type { HealthEvent } from "../../src/Health/HealthEvent.ts"
import * as HealthPolicy from "../../src/Health/HealthPolicy.ts"
import { anyRequest, requestTarget } from "../../src/Health/RequestTarget.ts"
import type { Window } from "../../src/Health/Window.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const now = 1_800_000_000_000
const anthropic = ProviderId.anthropic
const common = { provider: anthropic, extra: Credential.noExtra }
const key = (text = "sk-ant-api03-x"): Credential.Credential => ({
  type: "api_key",
  key: Redacted.make(text),
  ...common
})
const token = (expires?: number): Credential.Credential => ({
  type: "token",
  token: Redacted.make("sk-ant-oat01-x"),
  ...common,
  ...defined({ expires })
})
const oauth = (access = "a", refresh = "r", expires = 0): Credential.Credential => ({
  type: "oauth",
  access: Redacted.make(access),
  refresh: Redacted.make(refresh),
  expires,
  ...common
})

interface Entry {
  readonly credential: Credential.Credential
  readonly lastUsed?: number
  readonly coolFor?: number
  readonly scope?: Window["scope"]
  readonly ambient?: boolean
}

interface Known extends Holding {
  readonly health: Health.ProfileHealth
}

interface Facts extends RosterFacts, Order.Moment {
  readonly stored: ReadonlyArray<Known>
  readonly ambient: ReadonlyArray<Known>
}

const known = (id: string, entry: Entry): Known => {
  const secretFingerprint = Credential.secretFingerprint(entry.credential)
  return {
    profile: ProfileId.of(id),
    owner: AgentId.main,
    credential: entry.credential,
    secretFingerprint,
    health: {
      ...Health.unknown(secretFingerprint),
      ...defined({ lastUsedAt: entry.lastUsed }),
      windows:
        entry.coolFor === undefined
          ? []
          : [
              {
                scope: entry.scope ?? "credential",
                until: now + entry.coolFor,
                class: "rate_limit",
                source: "retry-after",
                observedAt: now - 1
              }
            ]
    },
    ambient: entry.ambient ?? false,
    usageStats: undefined
  }
}

const opus = requestTarget({ model: "claude-opus-4-5" })
const sonnet = requestTarget({ model: "claude-sonnet-4-5" })

const facts = (
  stored: Readonly<Record<string, Entry>>,
  more: Partial<Omit<Facts, "stored" | "ambient">> & {
    readonly ambient?: Readonly<Record<string, Entry>>
  } = {}
): Facts => ({
  provider: anthropic,
  target: anyRequest,
  now,
  storeOrder: undefined,
  configOrder: undefined,
  configProfiles: new Map(),
  payAsYouGoFallback: undefined,
  preferred: undefined,
  affinity: undefined,
  ambientRejected: [],
  ...more,
  stored: Object.entries(stored).map(([id, entry]) => known(id, entry)),
  ambient: Object.entries(more.ambient ?? {}).map(([id, entry]) =>
    known(id, { ...entry, ambient: true })
  )
})

const ids = (...names: ReadonlyArray<string>) => names.map(ProfileId.of)
const healthIn = (given: Facts) => {
  const all = new Map([...given.stored, ...given.ambient].map((one) => [one.profile, one.health]))
  return (member: Holding) => all.get(member.profile) ?? Health.unknown(member.secretFingerprint)
}

const rank = (given: Facts): Order.Ranking => rankBy(Roster.make(given), healthIn(given), given)

const order = (given: Facts) => rank(given).candidates.map((candidate) => candidate.profile)
const reasons = (given: Facts) =>
  Object.fromEntries(rank(given).rejected.map((entry) => [entry.profile, entry.reason]))

const keys = { default: { credential: key() }, work: { credential: key("sk-ant-api03-y") } }

describe("Order: the example table (conformance 3)", () => {
  const rows: ReadonlyArray<readonly [string, Facts, ReadonlyArray<string>]> = [
    ["two keys, no config", facts(keys), ["default", "work"]],
    [
      "the longest unused first",
      facts({
        default: { credential: key(), lastUsed: 100 },
        work: { credential: key(), lastUsed: 200 }
      }),
      ["default", "work"]
    ],
    [
      "a login before a key",
      facts({ default: { credential: key() }, o: { credential: oauth() } }),
      ["o", "default"]
    ],
    [
      "kind before use",
      facts({
        a: { credential: oauth(), lastUsed: 200 },
        b: { credential: key(), lastUsed: 100 },
        c: { credential: key(), lastUsed: 300 }
      }),
      ["a", "b", "c"]
    ],
    [
      "the config's order",
      facts(keys, { configOrder: ids("work", "default") }),
      ["work", "default"]
    ],
    [
      "the store's order beats the config's",
      facts(keys, { storeOrder: ids("work", "default"), configOrder: ids("default", "work") }),
      ["work", "default"]
    ],
    [
      "an explicit order with its first one cooling",
      facts(
        { default: { credential: key(), coolFor: 60_000 }, work: { credential: key() } },
        {
          configOrder: ids("default", "work")
        }
      ),
      ["work", "default"]
    ],
    [
      "cooling ones by when they come back",
      facts({
        ready: { credential: key() },
        cool1: { credential: oauth(), coolFor: 5_000 },
        cool2: { credential: key(), coolFor: 1_000 }
      }),
      ["ready", "cool2", "cool1"]
    ],
    [
      "another provider's and a missing one",
      facts(
        {
          x: { credential: { ...key(), provider: ProviderId.normalize("openai") } },
          good: { credential: key() }
        },
        { configOrder: ids("x", "missing", "good") }
      ),
      ["good"]
    ],
    [
      "an expired login that can refresh",
      facts({ o: { credential: oauth("", "r", now - 1_000) } }),
      ["o"]
    ],
    ["an expired token alone", facts({ t: { credential: token(now - 1_000) } }), []],
    ["the preferred one", facts(keys, { preferred: ProfileId.of("work") }), ["work", "default"]],
    ["an empty configured order", facts(keys, { configOrder: [] }), []]
  ]
  for (const [name, given, expected] of rows) {
    it(name, () => assert.deepStrictEqual<ReadonlyArray<string>>(order(given), expected))
  }
})

describe("Order: eligibility", () => {
  const config = (mode: "api_key" | "oauth" | "token") =>
    new Map([[ProfileId.of("p"), { provider: "Anthropic", mode }]])

  it("config mode oauth accepts a token, mode token rejects a login (conformance 4)", () => {
    assert.deepStrictEqual<ReadonlyArray<string>>(
      order(facts({ p: { credential: token() } }, { configProfiles: config("oauth") })),
      ["p"]
    )
    assert.deepStrictEqual(
      reasons(facts({ p: { credential: oauth() } }, { configProfiles: config("token") })),
      {
        p: "config names another kind"
      }
    )
  })

  it("says why each profile is passed over", () => {
    const given = facts(
      {
        blank: { credential: key(" ") },
        dash: { credential: key("sk-ant-api03-a\u2013b") },
        old: { credential: token(now) },
        off: { credential: { ...key(), disabled: true } },
        unlisted: { credential: key() }
      },
      { configOrder: ids("blank", "dash", "old", "off", "gone") }
    )
    assert.deepStrictEqual(reasons(given), {
      blank: "no secret",
      dash: "cannot be sent",
      old: "expired",
      off: "disabled by hand",
      gone: "not in the store",
      unlisted: "not in the order"
    })
  })

  it("a login that ended is no candidate", () => {
    const base = known("o", { credential: oauth() })
    const given = {
      ...facts({}),
      stored: [{ ...base, health: { ...base.health, needsLogin: { since: 1, cause: "revoked" } } }]
    }
    assert.deepStrictEqual(reasons(given), { o: "login ended" })
  })

  it("a limit on one family leaves the others alone", () => {
    const stored = { a: { credential: key(), coolFor: 60_000, scope: "model:opus" as const } }
    assert.strictEqual(rank(facts(stored, { target: opus })).candidates[0]?.usableAt, now + 60_000)
    assert.strictEqual(rank(facts(stored, { target: sonnet })).candidates[0]?.usableAt, 0)
  })
})

describe("Order: the guard and affinity", () => {
  const ambient = { "env:ANTHROPIC_API_KEY": { credential: key() } }

  it("ambient keys come last, and are reached when the stored ones rest", () => {
    assert.deepStrictEqual<ReadonlyArray<string>>(
      order(facts({ a: { credential: key() } }, { ambient })),
      ["a", "env:ANTHROPIC_API_KEY"]
    )
    assert.deepStrictEqual<ReadonlyArray<string>>(
      order(facts({ a: { credential: key(), coolFor: 1_000 } }, { ambient })),
      ["env:ANTHROPIC_API_KEY", "a"]
    )
  })

  it("a pay-per-use key is held back beside a subscription, unless it is allowed", () => {
    const stored = { o: { credential: oauth(), coolFor: 1_000 } }
    assert.deepStrictEqual(reasons(facts(stored, { ambient })), {
      "env:ANTHROPIC_API_KEY": "held back: pay-as-you-go"
    })
    assert.deepStrictEqual<ReadonlyArray<string>>(
      order(facts(stored, { ambient, payAsYouGoFallback: true })),
      ["env:ANTHROPIC_API_KEY", "o"]
    )
  })

  it(
    "a conversation stays where it was, but never before an explicit order, and never on a " +
      "cooling profile",
    () => {
      const affinity = ProfileId.of("work")
      assert.deepStrictEqual<ReadonlyArray<string>>(order(facts(keys, { affinity })), [
        "work",
        "default"
      ])
      assert.deepStrictEqual<ReadonlyArray<string>>(
        order(facts(keys, { affinity, configOrder: ids("default", "work") })),
        ["default", "work"]
      )
      assert.deepStrictEqual<ReadonlyArray<string>>(
        order(
          facts(
            { default: { credential: key() }, work: { credential: key(), coolFor: 1 } },
            { affinity }
          )
        ),
        ["default", "work"]
      )
    }
  )
})

describe("Order: properties", () => {
  const entry: fc.Arbitrary<Entry> = fc.record(
    {
      credential: fc.oneof(
        fc.constantFrom(key(), key(""), oauth(), token(), token(now - 5), {
          ...key(),
          disabled: true
        })
      ),
      lastUsed: fc.integer({ min: 0, max: 5 }),
      coolFor: fc.integer({ min: -2, max: 5 })
    },
    { requiredKeys: ["credential"] }
  )
  const stores = fc.dictionary(fc.stringMatching(/^[a-h]$/), entry)
  const maybeOrder = fc.option(fc.array(fc.stringMatching(/^[a-j]$/).map(ProfileId.of)), {
    nil: undefined
  })

  it(
    "every profile is a candidate or rejected, exactly once; cooling ones come last; the same " +
      "facts give the same order",
    () => {
      fc.assert(
        fc.property(
          stores,
          maybeOrder,
          fc.option(fc.constantFrom(...ids("a", "b")), { nil: undefined }),
          (stored, configOrder, affinity) => {
            const given = facts(stored, { configOrder, affinity })
            const { candidates, rejected } = rank(given)
            const seen = [
              ...candidates.map((one) => one.profile),
              ...rejected.map((one) => one.profile)
            ]
            assert.strictEqual(new Set(seen).size, seen.length)
            for (const id of Object.keys(stored)) assert.include<string>(seen, id)
            const firstCooling = candidates.findIndex((one) => one.usableAt > 0)
            if (firstCooling >= 0)
              assert.isTrue(candidates.slice(firstCooling).every((one) => one.usableAt > 0))
            assert.deepStrictEqual(rank(given), { candidates, rejected })
          }
        )
      )
    }
  )

  it("a limit on one model family never takes another family's candidates away", () => {
    const scopes = fc.constantFrom<Window["scope"]>(
      "model:opus",
      "7d:opus",
      "input-tokens:opus",
      "requests:opus",
      "group:opus-4",
      "output-tokens:opus-4",
      "fast:opus-4",
      "path:count_tokens"
    )
    fc.assert(
      fc.property(stores, scopes, (stored, scope) => {
        const given = facts(stored, { target: sonnet })
        const limited = facts(
          Object.fromEntries(
            Object.entries(stored).map(([id, one]) => [id, { ...one, coolFor: 1_000, scope }])
          ),
          { target: sonnet }
        )
        const free = facts(
          Object.fromEntries(
            Object.entries(stored).map(([id, { coolFor: _coolFor, ...one }]) => [id, one])
          ),
          { target: sonnet }
        )
        assert.deepStrictEqual(order(limited), order(free))
        assert.strictEqual(order(limited).length, order(given).length)
      })
    )
  })

  it("a cooldown never outlives the provider's own reset by more than its jitter", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 0, max: 5_000 }),
        (forMs, jitterMs) => {
          const window: Window = {
            scope: "credential",
            until: now + forMs,
            class: "rate_limit",
            source: "retry-after",
            observedAt: now
          }
          const after = HealthPolicy.apply(Health.unknown("f"), {
            _tag: "Failed",
            at: now,
            startedAt: now - 1,
            jitterMs,
            ladder: { billingBaseMs: 1, billingMaxMs: 1, failureWindowMs: 1 },
            failure: { class: "rate_limit", windows: [window] }
          })
          const usableAt = HealthPolicy.usableAt(after, anyRequest, now)
          assert.isTrue(usableAt >= now + forMs && usableAt <= now + forMs + 5_000)
        }
      )
    )
  })

  const limitedUntil = (until: number, observedAt: number): Window => ({
    scope: "credential",
    until,
    class: "rate_limit",
    source: "retry-after",
    observedAt
  })

  it(
    "the first of those that are left is the first of the " + "order, also after health changed",
    () => {
      const change = fc.record({
        profile: fc.stringMatching(/^[a-h]$/),
        kind: fc.constantFrom("used", "limited", "guessed", "ended", "cleared"),
        after: fc.integer({ min: 0, max: 4 })
      })
      fc.assert(
        fc.property(
          stores,
          maybeOrder,
          fc.option(fc.constantFrom(...ids("a", "b")), { nil: undefined }),
          fc.array(change, { maxLength: 70 }),
          (stored, configOrder, affinity, changes) => {
            const given = facts(stored, {
              configOrder,
              affinity,
              ambient: { "env:K": { credential: key("env") } }
            })
            const roster = Roster.make(given)
            let document: Health.HealthDocument = {
              version: 1,
              recent: [],
              profiles: new Map(
                [...given.stored, ...given.ambient].map((one) => [one.profile, one.health])
              )
            }
            const healthOf = (member: Holding) =>
              Health.of(document, member.profile, member.secretFingerprint)
            const index = new OrderIndex(roster, healthOf)
            const agree = (now: number) => {
              index.follow(AgentId.main, document)
              const moment = { ...given, now }
              const { candidates, rejected } = rankBy(roster, healthOf, moment)
              const isReady = (one: Order.Candidate) => one.state === "ready"
              const areAllReady =
                candidates.every(isReady) && rejected.length === roster.rejected.length
              assert.strictEqual(index.areAllReady(moment), areAllReady)
              assert.deepStrictEqual(index.rank(moment).candidates, candidates)
              const tried = new Set<ProfileId.ProfileId>()
              for (;;) {
                const left = candidates.filter((one) => !tried.has(one.profile))
                const isDue = (one: Order.Candidate) => one.state === "half-open"
                const first = left.find(isReady)
                assert.deepStrictEqual(index.first(moment, { tried, trials: false }), first)
                const withTrials = first ?? left.find(isDue)
                assert.deepStrictEqual(index.first(moment, { tried, trials: true }), withTrials)
                const waits = left.map((one) => one.availableAt)
                const { retryAt } = index.evidence(moment, tried)
                assert.strictEqual(retryAt, waits.length === 0 ? undefined : Math.min(...waits))
                assert.strictEqual(index.hasOthers(tried, now), left.length > 0)
                if (withTrials === undefined) break
                tried.add(withTrials.profile)
              }
            }
            agree(now)
            for (const { after, kind, profile } of changes) {
              const one = given.stored.find((entry) => entry.profile === profile)
              if (one === undefined) continue
              const at = now + after
              const event = (): HealthEvent => {
                if (kind === "used") return { _tag: "Used", at }
                if (kind === "cleared") return { _tag: "Cleared", at }
                if (kind === "ended") return { _tag: "LoginEnded", at, cause: "revoked" }
                return {
                  _tag: "Failed",
                  at,
                  startedAt: at,
                  jitterMs: 0,
                  ladder: { billingBaseMs: 1, billingMaxMs: 1, failureWindowMs: 1 },
                  failure: {
                    class: "rate_limit",
                    windows: kind === "guessed" ? [] : [limitedUntil(at + 2, at)]
                  }
                }
              }
              document = HealthPolicy.record(document, one.profile, one.secretFingerprint, event())
              if (after % 2 === 0) agree(at)
            }
            agree(now + 3)
          }
        )
      )
    }
  )

  it("a success or a fault of the weather never makes a profile less usable", () => {
    fc.assert(
      fc.property(
        entry,
        fc.constantFrom(...(["overloaded", "server", "timeout", "format", "entitlement"] as const)),
        (one, failureClass) => {
          const before = known("p", one)
          const events = [
            { _tag: "Succeeded", at: now, startedAt: now - 10, windows: [], target: anyRequest },
            {
              _tag: "Failed",
              at: now,
              startedAt: now - 10,
              jitterMs: 0,
              ladder: { billingBaseMs: 1, billingMaxMs: 1, failureWindowMs: 1 },
              failure: { class: failureClass, windows: [] }
            }
          ] satisfies ReadonlyArray<HealthEvent>
          for (const event of events) {
            const after = { ...before, health: HealthPolicy.apply(before.health, event) }
            const usableAt = (entry: Known) => HealthPolicy.usableAt(entry.health, anyRequest, now)
            assert.isAtMost(usableAt(after), usableAt(before))
          }
        }
      )
    )
  })
})
