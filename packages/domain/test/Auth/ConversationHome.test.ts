/** Where conversations begin that no gateway of a shared store knows. */
import { ConversationHome, hashOf, weightOf } from "@clawdbot/domain/Auth/ConversationHome"
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"

const profiles = Arr.makeBy(4, (index) => `anthropic:k${index}`)

/** The home among these, as every gateway works it out. */
const homeOf = (conversation: string, among: ReadonlyArray<string>): string | undefined => {
  const hash = hashOf(conversation)
  return among.toSorted(
    (one, other) => weightOf(hash, hashOf(other)) - weightOf(hash, hashOf(one))
  )[0]
}

describe("the home of a conversation", () => {
  it("is the same for gateways of every version", () => {
    assert.deepStrictEqual(
      ["", "a", "anthropic:me"].map(hashOf),
      [2_872_998_923, 444_641_715, 1_485_182_346]
    )
    assert.strictEqual(weightOf(hashOf("a"), hashOf("anthropic:me")), 3_943_727_584)
    assert.strictEqual(weightOf(1, 2), 232_174_035)
  })

  it.effect("is none where no layer says that gateways share a store", () =>
    Effect.map(ConversationHome, (hasHomes) => assert.isFalse(hasHomes))
  )

  it("is shared out evenly", () => {
    const homes = Arr.makeBy(8_000, (index) => homeOf(`session ${index}`, profiles))
    for (const profile of profiles) {
      const share = homes.filter((home) => home === profile).length / homes.length
      assert.isAbove(share, 0.22)
      assert.isBelow(share, 0.28)
    }
  })

  it("does not depend on the order, and moves only when it is itself that goes", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 8 }),
        fc.nat(7),
        (conversation, among, index) => {
          const home = homeOf(conversation, among)
          const gone = among[index % among.length]
          const left = among.filter((profile) => profile !== gone)
          const weights = among.map((profile) => weightOf(hashOf(conversation), hashOf(profile)))
          fc.pre(new Set(weights).size === weights.length)
          return (
            homeOf(conversation, among.toReversed()) === home &&
            (gone === home || homeOf(conversation, left) === home)
          )
        }
      )
    )
  })
})
