/** What of a credential's limits is used, by the windows that are known of it. */
import { assert, describe, it } from "@effect/vitest"
import { fiveHoursMs, quotaOf, sevenDaysMs } from "../../../src/Auth/economy/Quota.ts"
import { requestTarget } from "../../../src/Health/RequestTarget.ts"
import type { Window } from "../../../src/Health/Window.ts"

const now = 1_800_000_000_000
const hour = 60 * 60_000
const target = requestTarget({ model: "claude-opus-4-5" })

/** `part`: which of several windows of one limit it is, to be told by its end. */
const window = (scope: string, utilization: number, part = 1): Window => ({
  scope,
  class: "usage",
  source: "unified-reset",
  until: now + part * hour,
  observedAt: now,
  utilization
})
const quota = (...windows: ReadonlyArray<Window>) => quotaOf(windows, target, now)
const limit = (used: number, part = 1) => ({ used, endsAt: now + part * hour })

describe("the quota of a credential", () => {
  const whole = {
    fiveHours: { used: 0, endsAt: now + fiveHoursMs },
    sevenDays: { used: 0, endsAt: now + sevenDaysMs },
    key: { used: 0, endsAt: now }
  }

  it("is whole where nothing is known, and begins with the next request", () => {
    assert.deepStrictEqual(quota(), whole)
  })

  it("is whole where a window is over, says nothing of its use, or is no use", () => {
    const { utilization: _, ...silent } = window("5h", 1)
    assert.deepStrictEqual(quota({ ...window("5h", 1), until: now }), whole)
    assert.deepStrictEqual(quota(silent), whole)
    assert.deepStrictEqual(quota({ ...window("5h", 1), class: "rate_limit" }), whole)
  })

  it("is whole where a window is of another kind of request", () => {
    assert.deepStrictEqual(quota(window("7d:sonnet", 1), window("group:haiku-4", 1)), whole)
  })

  it("has of five hours the window that is used most, and of two the later one", () => {
    const found = quota(window("5h", 0.3), window("5h", 0.5, 2), window("5h", 0.4, 3))
    assert.deepStrictEqual(found, { ...whole, fiveHours: limit(0.5, 2) })
    assert.deepStrictEqual(quota(window("5h", 0.5), window("5h", 0.5, 2)).fiveHours, limit(0.5, 2))
    assert.deepStrictEqual(quota(window("5h", 0)).fiveHours, limit(0))
  })

  it("has of seven days the window that is used most, of the model's family too", () => {
    const found = quota(window("7d", 0.3), window("7d:opus", 0.5, 2), window("7d", 0.4, 3))
    assert.deepStrictEqual(found, { ...whole, sevenDays: limit(0.5, 2) })
  })

  it("has the end of seven days that are not used yet, and of two the first one", () => {
    assert.deepStrictEqual(quota(window("7d", 0)).sevenDays, limit(0))
    assert.deepStrictEqual(quota(window("7d", 0), window("7d", 0, 2)).sevenDays, limit(0))
    assert.deepStrictEqual(quota(window("7d", 0.5), window("7d", 0.5, 2)).sevenDays, limit(0.5))
  })

  it("has of a key the limit that is used most", () => {
    const found = quota(window("requests", 0.3), window("tokens", 0.5, 2), window("tokens", 0.4, 3))
    const none = quota(window("tokens", 0))
    // Limits of the first edition, where a request named no model, are of every model.
    assert.deepStrictEqual([found.fiveHours, found.sevenDays], [whole.fiveHours, whole.sevenDays])
    assert.deepStrictEqual(found.key, limit(0.5, 2))
    assert.deepStrictEqual(none.key, whole.key)
  })
})
