/** Which command or setting lets a profile answer that was passed over. */
import { assert, describe, it } from "@effect/vitest"
import type {
  ExplainedCandidate,
  ExplainedRejection,
  Explanation
} from "../../src/Auth/Explanation.ts"
import { RejectReason } from "../../src/Auth/Explanation.ts"
import { withCures } from "../../src/Auth/rejectionCure.ts"

const candidate = (profile: string, owner = "main"): ExplainedCandidate => ({
  profile,
  kind: "api_key",
  owner,
  state: "ready",
  place: "preferred",
  obstacles: []
})

const cureOf = (
  rejection: ExplainedRejection,
  more: Partial<Explanation> = {}
): string | undefined => {
  const [found] = withCures({
    agent: "my agent",
    provider: "anthropic",
    storePath: "/stores/main",
    candidates: [],
    rejected: [rejection],
    ...more
  }).rejected
  return found?.cure
}

const profile = "anthropic:me"
const store = "clawdbot models auth paste-token --provider anthropic --agent 'my agent'"
const again = `${store} --profile-id anthropic:me`
const ofVariable = "env:ANTHROPIC_API_KEY"

describe("the cure of a stored profile", () => {
  const rows: ReadonlyArray<readonly [RejectReason, string | undefined]> = [
    [
      "not in the order",
      "clawdbot models auth order set --provider anthropic --agent 'my agent' anthropic:me"
    ],
    ["not in the store", again],
    ["another provider", undefined],
    [
      "config names another provider",
      "clawdbot config set auth.profiles.anthropic:me.provider anthropic"
    ],
    ["config names another kind", undefined],
    ["no secret", again],
    ["expired", again],
    ["disabled by hand", "clawdbot models auth enable anthropic:me --agent 'my agent'"],
    ["login ended", undefined],
    ["superseded", undefined],
    ["unclear", undefined],
    ["refresh failed", undefined],
    ["held back: pay-as-you-go", "clawdbot config set auth.payAsYouGoFallback true"],
    ["cannot be sent", `copy it again from its source, then: ${again}`],
    ["a token of this gateway", "clawdbot models auth logout anthropic:me --agent 'my agent'"],
    [
      "a placeholder",
      "set anthropic:me to the key itself, or: clawdbot onboard --agent 'my agent'"
    ],
    ["for another address", `store a credential for the address in use: ${store}`],
    ["not a setup token", undefined],
    ["held back: other credentials", `to use it as well, store it: ${store}`],
    ["held back: working folder", `if it is yours, store it: ${store}`]
  ]
  for (const [reason, cure] of rows)
    it(`${reason}: ${cure ?? "none"}`, () => assert.strictEqual(cureOf({ profile, reason }), cure))

  it("is known for every reason", () => {
    const reasons = rows.map(([reason]) => reason)
    assert.deepStrictEqual(reasons.toSorted(), RejectReason.literals.toSorted())
  })

  it("is the one that was found with the reason, where there is one", () => {
    const cure = "clawdbot models auth sync"
    assert.strictEqual(cureOf({ profile, reason: "expired", cure }), cure)
  })

  it("is no field where there is none", () => {
    const explanation = {
      agent: "main",
      provider: "anthropic",
      storePath: "",
      candidates: [],
      rejected: [{ profile, reason: "superseded" }]
    } as const
    assert.deepStrictEqual(withCures(explanation), explanation)
  })

  it("is carried out in the store that holds it", () => {
    const held = { profile, owner: "work" }
    assert.strictEqual(
      cureOf({ ...held, reason: "disabled by hand" }),
      "clawdbot models auth enable anthropic:me --agent work"
    )
    assert.strictEqual(
      cureOf({ ...held, reason: "a token of this gateway" }),
      "clawdbot models auth logout anthropic:me --agent work"
    )
    assert.strictEqual(
      cureOf({ ...held, reason: "expired" }),
      "clawdbot models auth paste-token --provider anthropic --agent work " +
        "--profile-id anthropic:me"
    )
  })

  it("gives the config the mode of what is stored", () => {
    const reason = "config names another kind"
    const set = "clawdbot config set auth.profiles.anthropic:me.mode"
    assert.strictEqual(cureOf({ profile, reason, kind: "token" }), `${set} token`)
    assert.strictEqual(cureOf({ profile, reason, kind: "api_key" }), `${set} api_key`)
    assert.strictEqual(
      cureOf({ profile: "a.b", reason, kind: "token" }),
      "clawdbot config set 'auth.profiles[\"a.b\"].mode' token"
    )
  })

  it("keeps who takes part now in the order, but for keys that belong to no store", () => {
    const candidates = [candidate("anthropic:b c"), candidate(ofVariable, "")]
    assert.strictEqual(
      cureOf({ profile, reason: "not in the order" }, { candidates }),
      "clawdbot models auth order set --provider anthropic --agent 'my agent' " +
        "'anthropic:b c' anthropic:me"
    )
  })
})

describe("the cure of two reasons", () => {
  const order =
    "clawdbot models auth order set --provider anthropic --agent 'my agent' anthropic:me"
  const both = (also: RejectReason) => cureOf({ profile, reason: "not in the order", also })

  it("is one line where both are commands, the second reason's first", () => {
    assert.strictEqual(
      both("disabled by hand"),
      `clawdbot models auth enable anthropic:me --agent 'my agent' && ${order}`
    )
  })

  it("is told one after the other where the first is no command", () => {
    assert.strictEqual(
      both("cannot be sent"),
      `copy it again from its source, then: ${again}, then: ${order}`
    )
  })

  it("is that of the first where the second has none, and none where the first has none", () => {
    assert.strictEqual(both("superseded"), order)
    const found = cureOf({ profile, reason: "superseded", also: "disabled by hand" })
    assert.isUndefined(found)
  })
})

describe("the cure of a key that is in no store", () => {
  const cases: ReadonlyArray<readonly [RejectReason, string]> = [
    ["cannot be sent", "set ANTHROPIC_API_KEY again, with the key copied from its source"],
    [
      "a placeholder",
      "set ANTHROPIC_API_KEY to the key itself, or: clawdbot onboard --agent 'my agent'"
    ],
    [
      "a token of this gateway",
      "unset ANTHROPIC_API_KEY there: it holds a token for clients of the gateway"
    ]
  ]
  for (const [reason, cure] of cases)
    it(`names its variable: ${reason}`, () =>
      assert.strictEqual(cureOf({ profile: ofVariable, reason }), cure))
})

describe("the cure of a profile of the provider's SDK", () => {
  it("is in its own program, where its token ended or is missing", () => {
    for (const reason of ["expired", "no secret"] as const)
      assert.strictEqual(
        cureOf({ profile: "sdk:default", reason }),
        `let the program that keeps it sign in again, or store a credential: ${store}`
      )
  })

  it("is that of any other profile for every other reason", () => {
    assert.strictEqual(
      cureOf({ profile: "sdk:default", reason: "for another address" }),
      `store a credential for the address in use: ${store}`
    )
  })
})
