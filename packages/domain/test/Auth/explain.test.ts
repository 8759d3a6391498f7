import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { AllInCooldown } from "../../src/Auth/AuthError.ts"
import type { AuthRequest } from "../../src/Auth/AuthRequest.ts"
import * as Explain from "../../src/Auth/explain.ts"
import type { Candidate } from "../../src/Auth/Order.ts"
import { OrderIndex } from "../../src/Auth/OrderIndex.ts"
import * as Roster from "../../src/Auth/Roster.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import { anyRequest } from "../../src/Health/RequestTarget.ts"
import { OAuthRefreshFailed, type RefreshCause } from "../../src/OAuth/OAuthError.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const now = 1_800_000_000_000
const minute = 60_000
const provider = ProviderId.anthropic
const request: AuthRequest = { agent: AgentId.main, provider }
const storePath = "/stores/main"

/** What stands in the way of a profile: failure classes, stated for a minute longer each. */
type Obstacles = ReadonlyArray<string>

const moment = { now, target: anyRequest, preferred: undefined, affinity: undefined }

/** Stored keys by what each is cooling down for, and profiles that cannot be used. */
const indexOf = (
  profiles: Readonly<Record<string, Obstacles>>,
  rejected: ReadonlyArray<Roster.Rejected> = []
): OrderIndex => {
  const names = Object.keys(profiles)
  const roster = Roster.make({
    provider,
    stored: names.map((id) => {
      const credential: Credential.Credential = {
        type: "api_key",
        key: Redacted.make(`secret of ${id}`),
        provider,
        extra: Credential.noExtra
      }
      return {
        profile: ProfileId.of(id),
        owner: AgentId.main,
        credential,
        secretFingerprint: id,
        ambient: false,
        usageStats: undefined
      }
    }),
    ambient: [],
    ambientRejected: [],
    storeOrder: undefined,
    configOrder: undefined,
    configProfiles: new Map(),
    payAsYouGoFallback: undefined
  })
  return new OrderIndex({ ...roster, rejected }, ({ profile, secretFingerprint }) => ({
    ...Health.unknown(secretFingerprint),
    windows: (profiles[profile] ?? []).map((failureClass, index) => ({
      scope: index === 0 ? "credential" : `model:m${index}`,
      until: now + (names.indexOf(profile) + 1) * 10 * minute,
      class: failureClass,
      source: "retry-after",
      observedAt: now
    }))
  }))
}

const ranking = (profiles: Readonly<Record<string, Obstacles>>) => indexOf(profiles).rank(moment)
const evidence = (...given: Parameters<typeof indexOf>) => indexOf(...given).evidence(moment)

const allInCooldown = (profiles: Readonly<Record<string, Obstacles>>) => {
  const error = Explain.failure(request, evidence(profiles), storePath)
  if (error._tag !== "AllInCooldown") return assert.fail(`it is ${error._tag}`)
  return error
}

const refresh = (profile: string, cause: RefreshCause, retryAt?: number) =>
  new OAuthRefreshFailed({
    provider,
    profile,
    agent: AgentId.main,
    cause,
    detail: "d",
    retryAt
  })

describe("all credentials cool down", () => {
  const told = (profiles: Readonly<Record<string, Obstacles>>) => {
    const { outOfCredit, refused } = allInCooldown(profiles)
    return { outOfCredit, refused }
  }

  it("billing is out of credit and never a refused credential (402, not 401)", () => {
    for (const money of ["billing", "spend_cap"])
      assert.deepStrictEqual(told({ a: [money] }), { outOfCredit: true, refused: false })
    const mixed = told({ a: ["billing"], b: ["spend_cap"] })
    assert.deepStrictEqual(mixed, { outOfCredit: true, refused: false })
  })

  it("refused credentials are never out of credit (401, not 402)", () => {
    assert.deepStrictEqual(told({ a: ["auth"], b: ["auth"] }), {
      outOfCredit: false,
      refused: true
    })
  })

  it("one credential that waits for something else makes it neither", () => {
    const neither = { outOfCredit: false, refused: false }
    assert.deepStrictEqual(told({ a: ["auth"], b: ["billing"] }), neither)
    assert.deepStrictEqual(told({ a: ["auth"], b: ["rate_limit"] }), neither)
    assert.deepStrictEqual(told({ a: ["billing"], b: ["rate_limit"] }), neither)
    assert.deepStrictEqual(told({ a: ["rate_limit"] }), neither)
  })

  it("one limit that makes it so is enough for a credential", () => {
    const { candidates } = ranking({ a: ["rate_limit"] })
    const both = candidates.map((one) => ({
      ...one,
      obstacles: one.obstacles.flatMap((window) => [{ ...window, class: "auth" }, window])
    }))
    const known = { retryAt: now + minute, ranking: () => ({ candidates: both, rejected: [] }) }
    assert.deepInclude(Explain.failure(request, known, storePath), { refused: true })
  })

  it("a profile that was asked for by name is told as the one that cannot be used", () => {
    const named = { ...request, profile: ProfileId.of("a") }
    for (const given of [{ a: ["auth"] }, {}]) {
      const error = Explain.failure(named, evidence(given), storePath)
      assert.deepInclude(error, { _tag: "NoCredentials", profile: "a", agent: "main", storePath })
    }
  })

  it("asks to try again when the first comes back, but not before other trials ended", () => {
    const profiles = { a: ["rate_limit"], b: ["rate_limit"] }
    const { retryAt } = allInCooldown(profiles)
    assert.isAbove(retryAt, now)
    assert.isAtMost(retryAt, now + 10 * minute)
    const later = Explain.failure(request, evidence(profiles), storePath, retryAt + 1)
    assert.deepInclude(later, { retryAt: retryAt + 1 })
  })

  it("the evidence is of the moment of the failure, also where it is looked at later", () => {
    let health = Health.unknown("a")
    const roster = indexOf({ a: [] }).roster
    const index = new OrderIndex(roster, () => health)
    const limited = {
      scope: "credential",
      until: now + minute,
      class: "rate_limit",
      source: "ladder",
      observedAt: now
    }
    health = { ...health, windows: [limited] }
    index.follow(AgentId.main, { ...Health.empty, version: 1 })
    const error = Explain.failure(request, index.evidence(moment), storePath)
    health = { ...health, windows: [{ ...limited, class: "billing" }] }
    index.follow(AgentId.main, { ...Health.empty, version: 2 })
    if (error._tag !== "AllInCooldown") return assert.fail(`it is ${error._tag}`)
    assert.isFalse(error.outOfCredit)
    assert.strictEqual(error.explanation.candidates[0]?.obstacles[0]?.class, "rate_limit")
    assert.strictEqual(error.explanation, error.explanation)
    assert.deepInclude(Schema.encodeSync(AllInCooldown)(error), { outOfCredit: false })
    assert.include(error.message, "all in cooldown/unavailable): a")
  })

  it("keys that are held back are named, and nobody else that is passed over", () => {
    const rejected = [
      { profile: ProfileId.of("env"), reason: "held back: pay-as-you-go" },
      { profile: ProfileId.of("off"), reason: "disabled by hand" }
    ] as const
    const error = Explain.failure(request, evidence({ a: ["auth"] }, rejected), storePath)
    assert.deepInclude(error, { heldBack: ["env"] })
  })
})

describe("the dry run", () => {
  it("chooses the ready one, and says of the others when each comes back", () => {
    const told = Explain.explain(request, ranking({ a: ["billing"], b: [] }), storePath)
    assert.strictEqual(told.chosen, "b")
    assert.strictEqual(told.nextAt, now + 10 * minute)
    const [first, second] = told.candidates
    assert.deepInclude(first, { profile: "b", state: "ready", obstacles: [] })
    assert.strictEqual(second?.state, "cooling")
    assert.deepInclude(second?.obstacles[0], {
      class: "billing",
      stated: true,
      until: now + 10 * minute
    })
    // No cooldown is tested while another credential is ready.
    assert.isUndefined(second?.nextTrialAt)
  })

  it("names the first to come back, whoever it is", () => {
    const told = Explain.explain(
      request,
      ranking({ a: ["rate_limit"], b: ["rate_limit"] }),
      storePath
    )
    assert.isUndefined(told.chosen)
    assert.strictEqual(told.nextAt, now + 10 * minute)
  })

  it("takes the profile that was asked for by name although it cools down", () => {
    const named = { ...request, profile: ProfileId.of("a") }
    const ranked = ranking({ a: ["rate_limit"] })
    assert.strictEqual(Explain.explain(named, ranked, storePath).chosen, "a")
  })

  it("shows no secret", () => {
    const told = Explain.explain(request, ranking({ a: ["auth"], b: [] }), storePath)
    assert.notInclude(JSON.stringify(told), "secret of")
  })
})

describe("a candidate of the dry run", () => {
  /** One that cools down, with other facts, and perhaps one beside it that is ready. */
  const told = (given: Partial<Candidate>, ...beside: ReadonlyArray<Candidate>) => {
    const cooling = ranking({ a: ["rate_limit"] }).candidates.map((one) => ({ ...one, ...given }))
    const ranked = { candidates: [...cooling, ...beside], rejected: [] }
    return Explain.explain(request, ranked, storePath).candidates[0]
  }
  const ready = ranking({ b: [] }).candidates

  it("has a cooldown that a request may test only where no other credential is ready", () => {
    assert.strictEqual(told({ state: "half-open" })?.state, "half-open")
    assert.strictEqual(told({ state: "half-open" }, ...ready)?.state, "cooling")
  })

  it("says when its cooldown may be tested, where that is before its end and none is ready", () => {
    const times = { availableAt: now + 1, usableAt: now + 2 }
    assert.strictEqual(told(times)?.nextTrialAt, now + 1)
    assert.isUndefined(told(times, ...ready)?.nextTrialAt)
    assert.isUndefined(told({ ...times, availableAt: now + 2 })?.nextTrialAt)
  })

  it("has an owner where a store holds it", () => {
    assert.strictEqual(told({})?.owner, "main")
    assert.strictEqual(told({ ambient: true })?.owner, "")
  })

  it("has the sums that it was compared by, where there are any", () => {
    const quota = { headroom: 1, reserve: 2, room: 3, neededPerHour: 4, conversations: 5 }
    assert.deepStrictEqual(told({ quota })?.quota, quota)
    assert.notProperty(told({}), "quota")
  })

  it("is of the model that was asked for, and of the way in which conversations begin", () => {
    const named = { ...request, model: "claude-opus-4-5" }
    const both = Explain.explain(named, ranking({}), storePath, true)
    assert.deepInclude(both, { model: "claude-opus-4-5", byConversation: true })
    const neither = Explain.explain(request, ranking({ b: [] }), storePath)
    for (const key of ["model", "byConversation", "nextAt"]) assert.notProperty(neither, key)
  })
})

describe("no credential at all", () => {
  const because = (...reasons: ReadonlyArray<Roster.Rejected["reason"]>) => {
    const rejected = reasons.map((reason, index) => ({
      profile: ProfileId.of(`p${index}`),
      reason
    }))
    return Explain.failure(request, evidence({}, rejected), storePath)._tag
  }

  it("is a missing key where nothing has to do with the request, else one that is unusable", () => {
    assert.strictEqual(because(), "NoApiKey")
    assert.strictEqual(because("another provider", "not in the order"), "NoApiKey")
    assert.strictEqual(because("another provider", "disabled by hand"), "NoCredentials")
  })
})

describe("logins that could not be refreshed", () => {
  const unanswered = (
    profiles: Readonly<Record<string, Obstacles>>,
    broken: ReadonlyArray<OAuthRefreshFailed>
  ) => {
    const index = indexOf(profiles)
    const left = (except: ReadonlySet<string>) => index.evidence(moment, except)
    return Explain.unanswered(request, left, storePath, broken)
  }

  it("one that only failed for now is said as that, the soonest of several", () => {
    const broken = [
      refresh("a", "offline", now + 9 * minute),
      refresh("b", "offline", now + 2 * minute)
    ]
    assert.strictEqual(unanswered({ a: [], b: [] }, broken), broken[1])
    assert.strictEqual(unanswered({ a: [], b: [] }, broken.toReversed()), broken[1])
    const atOnce = refresh("c", "offline")
    assert.strictEqual(unanswered({ a: [], c: [] }, [...broken, atOnce]), atOnce)
    const same = [refresh("a", "offline", now + 1), refresh("b", "offline", now + 1)]
    assert.strictEqual(unanswered({ a: [], b: [] }, same), same[0])
  })

  it("one that only failed for now needs no cure, and goes first at the same time", () => {
    const profiles = { a: [], b: ["rate_limit"] }
    const later = unanswered(profiles, [refresh("a", "throttled", now + 24 * 60 * minute)])
    if (later._tag !== "AllInCooldown") return assert.fail(`it is ${later._tag}`)
    const [rejected] = later.explanation.rejected
    assert.deepInclude(rejected, { profile: "a", reason: "refresh failed" })
    assert.isUndefined(rejected?.cure)
    const same = refresh("a", "throttled", later.retryAt)
    assert.strictEqual(unanswered(profiles, [same]), same)
  })

  it("one that only failed for now is said as that where another credential became ready", () => {
    const broken = refresh("a", "throttled", now + minute)
    assert.strictEqual(unanswered({ a: [], b: [] }, [broken]), broken)
  })

  it("unless another credential comes back before it", () => {
    const broken = refresh("a", "throttled", now + 24 * 60 * minute)
    assert.strictEqual(unanswered({ a: [], b: ["rate_limit"] }, [broken])._tag, "AllInCooldown")
    const soon = refresh("a", "throttled", now + 1)
    assert.strictEqual(unanswered({ a: [], b: ["rate_limit"] }, [soon]), soon)
  })

  it("one that ended is a reason with its cure", () => {
    const error = unanswered({ a: [] }, [refresh("a", "revoked")])
    if (error._tag !== "NoCredentials") return assert.fail(`it is ${error._tag}`)
    const [rejected] = error.explanation.rejected
    assert.deepInclude(rejected, { profile: "a", reason: "refresh failed", detail: "revoked: d" })
    assert.isString(rejected?.cure)
  })
})
