/** The members of a roster by what is left of their limits. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as AgentId from "../../../src/Agent/AgentId.ts"
import { ByQuota } from "../../../src/Auth/economy/ByQuota.ts"
import { withoutConversations } from "../../../src/Auth/economy/compareQuota.ts"
import { HealthView } from "../../../src/Auth/HealthView.ts"
import * as Roster from "../../../src/Auth/Roster.ts"
import * as Health from "../../../src/Health/HealthDocument.ts"
import { requestTarget } from "../../../src/Health/RequestTarget.ts"
import * as Credential from "../../../src/Profile/Credential.ts"
import * as ProfileId from "../../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../../src/Profile/ProviderId.ts"

const now = 1_800_000_000_000
const target = requestTarget({ model: "claude-opus-4-5" })
const plan = { type: "token", token: "t" }
const key = { type: "api_key", key: "k" }

interface Given {
  readonly json?: object
  readonly ambient?: boolean
  readonly used?: number
  readonly lastUsedAt?: number
}

const byQuota = (members: ReadonlyArray<Given>) => {
  const holdings = members.map(({ ambient = false, json = plan }, index) => ({
    profile: ProfileId.of(`p${index}`),
    owner: AgentId.main,
    credential: Either.getOrThrow(Credential.decode({ provider: "anthropic", ...json })),
    secretFingerprint: `f${index}`,
    ambient,
    usageStats: undefined
  }))
  const roster = Roster.make({
    provider: ProviderId.anthropic,
    stored: holdings.filter(({ ambient }) => !ambient),
    ambient: holdings.filter(({ ambient }) => ambient),
    ambientRejected: [],
    storeOrder: undefined,
    configOrder: undefined,
    configProfiles: new Map(),
    payAsYouGoFallback: true
  })
  const view = new HealthView(roster, ({ profile, secretFingerprint }) => {
    const { lastUsedAt = 0, used = 0 } = members[Number(profile.slice(1))] ?? {}
    const scope = "5h"
    const until = now + 60 * 60_000
    const common = { class: "usage", source: "unified-reset", observedAt: now }
    const windows = [{ ...common, scope, until, utilization: used }]
    return { ...Health.unknown(secretFingerprint), windows, lastUsedAt }
  })
  const found = new ByQuota(view, target, withoutConversations, now)
  const nameAt = (position: number | undefined): string | undefined =>
    position === undefined ? undefined : roster.members[position]?.profile
  /** The names of those that may be chosen, in their order. */
  const order = (isReady: (name: string) => boolean = () => true) => {
    found.sort((position) => isReady(nameAt(position) ?? ""))
    return roster.members
      .map(({ profile }, position) => ({ profile, rank: found.rankOf(position) }))
      .filter(({ rank }) => rank !== undefined)
      .toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
      .map(({ profile }) => profile)
      .join(" ")
  }
  const first = (mayBe: (name: string) => boolean = () => true) =>
    nameAt(found.first((position) => mayBe(nameAt(position) ?? "")))
  return { found, first, order }
}

describe("a choice by quota", () => {
  it("takes who has most left, and of equals who rested longest", () => {
    const unequal = byQuota([{ used: 0.8 }, { used: 0.2 }, { used: 0.5 }])
    assert.strictEqual(unequal.first(), "p1")
    assert.strictEqual(unequal.order(), "p1 p2 p0")
    const rested = byQuota([{ lastUsedAt: 3 }, { lastUsedAt: 1 }, { lastUsedAt: 2 }])
    assert.strictEqual(rested.first(), "p1")
    assert.strictEqual(rested.order(), "p1 p2 p0")
  })

  it("takes plans before keys, and keys of the environment last, in their own order", () => {
    const members = [
      { json: key },
      { json: plan, used: 0.9 },
      { json: key, ambient: true, used: 0.5 },
      { json: key, ambient: true }
    ]
    const { first, order } = byQuota(members)
    assert.strictEqual(order(), "p1 p0 p2 p3")
    assert.strictEqual(first(), "p1")
    assert.strictEqual(
      first((name) => name > "p1"),
      "p2"
    )
  })

  it("takes nobody who may not be chosen", () => {
    const { first, order } = byQuota([{}, { used: 0.5 }])
    assert.strictEqual(
      first((name) => name === "p1"),
      "p1"
    )
    assert.strictEqual(
      order((name) => name === "p1"),
      "p1"
    )
    assert.isUndefined(first(() => false))
    assert.strictEqual(
      order(() => false),
      ""
    )
  })

  it("has the sums of every member, and none where there is no member", () => {
    const { first, found } = byQuota([{ used: 0.5 }, { used: 0.25 }])
    for (const isChosen of [false, true]) {
      if (isChosen) first()
      assert.strictEqual(found.sumsOf(0)?.headroom, 0.5)
      assert.strictEqual(found.sumsOf(1)?.headroom, 0.75)
      assert.isUndefined(found.sumsOf(2))
    }
  })
})
