import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { admits, enter, linkMs, none, offer, sessionMs } from "../../src/dashboard/sessions.ts"

const at = 1_000_000

describe("sessions of the dashboard", () => {
  it("a link opens once, and only until its end", () => {
    const offered = offer(none, "link", at)
    const entered = enter(offered, "link", "browser", at + linkMs - 1)
    assert.isDefined(entered)
    if (entered === undefined) return
    assert.isUndefined(enter(entered, "link", "another", at + 1))
    assert.isUndefined(enter(offered, "link", "late", at + linkMs))
    assert.isUndefined(enter(offered, "no link", "browser", at))
    assert.isUndefined(enter(none, "", "browser", at))
    assert.isTrue(admits(entered, "browser", at + sessionMs - 1))
    assert.isFalse(admits(entered, "browser", at + linkMs - 1 + sessionMs))
    assert.isFalse(admits(entered, "link", at))
  })

  it("never admits what did not enter, keeps few, and forgets the oldest first", () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 100 })
    fc.assert(
      fc.property(names, (links) => {
        let state = none
        for (const link of links) {
          const entered = enter(offer(state, link, at), link, `of ${link}`, at)
          assert.isDefined(entered)
          state = entered ?? state
        }
        assert.strictEqual(state.links.size, 0)
        assert.isAtMost(state.sessions.size, 32)
        const kept = links.slice(-32)
        for (const link of links)
          assert.strictEqual(admits(state, `of ${link}`, at), kept.includes(link))
        for (const link of links) assert.isFalse(admits(state, link, at))
      })
    )
  })
})
