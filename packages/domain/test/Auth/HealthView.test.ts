/** What a view keeps of its members' health, and for how long it is true. */
import { assert, describe, it } from "@effect/vitest"
import * as AgentId from "../../src/Agent/AgentId.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import { requestTarget } from "../../src/Health/RequestTarget.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import { a, b, document, holding, limit, limited, moment, now, watched } from "./watchedIndex.ts"

const nobody = ProfileId.of("nobody")

/** An index that knows these limits of `a`. */
const knowing = (...windows: ReadonlyArray<ReturnType<typeof limit>>) => {
  const made = watched()
  made.healths.set(a, limited(...windows))
  made.index.follow(AgentId.main, document(1))
  return made.index
}

describe("where a profile is", () => {
  it("is its place in the roster, and before all places where it has none", () => {
    const { index } = watched()
    assert.deepStrictEqual([index.positionOf(a), index.positionOf(b)], [0, 1])
    assert.deepStrictEqual([index.positionOf(nobody), index.positionOf(undefined)], [-1, -1])
  })
})

describe("the limits of what is asked for", () => {
  const momentOf = (model: string) => ({ ...moment, target: requestTarget({ model }) })

  it("are kept for sixteen targets, however many models clients name", () => {
    const { index } = watched()
    const opus = momentOf("claude-opus-4-5")
    const first = index.limitsFor(opus)
    for (let count = 1; count < 16; count++) index.limitsFor(momentOf(`model-${count}`))
    assert.strictEqual(index.limitsFor(opus), first)
    index.limitsFor(momentOf("one more"))
    assert.notStrictEqual(index.limitsFor(opus), first)
  })

  it("are worked out again for each of them when a health changes", () => {
    const { healths, index } = watched()
    const asked = [momentOf("claude-opus-4-5"), momentOf("claude-sonnet-4-5")]
    const states = () => asked.map((one) => index.find(a, one)?.state)
    assert.deepStrictEqual(states(), ["ready", "ready"])
    healths.set(a, limited(limit(now + 1)))
    index.follow(AgentId.main, document(1, a))
    assert.deepStrictEqual(states(), ["cooling", "cooling"])
  })

  it("say from the end of one limit on what the others say", () => {
    const index = knowing(
      limit(now + 1_000, { scope: "requests" }),
      limit(now + 9_000, { source: "ladder", observedAt: now - 5 })
    )
    const at = (passed: number) => {
      const found = index.find(a, { ...moment, now: now + passed })
      return [found?.state, found?.availableAt, found?.usableAt]
    }
    assert.deepStrictEqual(at(0), ["cooling", now + 1_000, now + 9_000])
    assert.deepStrictEqual(at(999), ["cooling", now + 1_000, now + 9_000])
    assert.deepStrictEqual(at(1_000), ["half-open", now - 5, now + 9_000])
    assert.deepStrictEqual(at(9_000), ["ready", 0, 0])
  })
})

describe("what is captured of the health of all", () => {
  it("stays as it was, whatever is learned later", () => {
    const { healths, index } = watched()
    const before = index.capture()
    const known = before[0]
    healths.set(a, limited(limit(now + 1)))
    index.follow(AgentId.main, document(1))
    assert.strictEqual(before[0], known)
    const after = index.capture()
    assert.deepStrictEqual(after[0]?.windows, [limit(now + 1)])
    healths.set(a, Health.unknown("x"))
    index.follow(AgentId.main, document(2, a))
    assert.deepStrictEqual(after[0]?.windows, [limit(now + 1)])
  })

  it("is the same until a health changes, however often it is looked at", () => {
    const { healths, index } = watched()
    for (const profile of [a, b])
      healths.set(profile, Health.unknown(holding(profile).secretFingerprint))
    index.follow(AgentId.main, document(1))
    const before = index.capture()
    index.follow(AgentId.main, document(2, a, b))
    assert.strictEqual(index.capture(), before)
  })
})
