import * as Cooldown from "@clawdbot/domain/Health/Cooldown"
import { capWindows, maxWindows } from "@clawdbot/domain/Health/capWindows"
import { untouched } from "@clawdbot/domain/Health/HealthDocument"
import * as HealthPolicy from "@clawdbot/domain/Health/HealthPolicy"
import type { Window } from "@clawdbot/domain/Health/Window"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { assert, describe, it } from "@effect/vitest"

const window = (scope: string, observedAt: number, until = 1_000_000): Window => ({
  scope,
  until,
  class: "rate_limit",
  source: "retry-after",
  observedAt
})

describe("the windows of one credential", () => {
  it("are few, however many models clients make up, and those for all models stay", () => {
    let health = untouched
    for (let name = 0; name < 2_000; name++) {
      const scope = name % 100 === 0 ? "7d" : `group:m${name}`
      health = HealthPolicy.apply(health, {
        _tag: "Failed",
        at: name,
        startedAt: name,
        failure: { class: "rate_limit", status: 429, windows: [window(scope, name)] },
        jitterMs: 0,
        ladder: Cooldown.settings({}, ProviderId.anthropic)
      })
    }
    assert.strictEqual(health.windows.length, maxWindows)
    assert.isTrue(health.windows.some(({ scope }) => scope === "7d"))
    assert.isTrue(health.windows.some(({ scope }) => scope === "group:m1999"))
  })

  it("that block and are newer are kept rather, in their order", () => {
    const windows = [
      ...Array.from({ length: maxWindows }, (_, index) => window(`group:old${index}`, index, 5)),
      window("group:blocking", 0),
      window("credential", 0, 5)
    ]
    const kept = capWindows(windows, 10)
    assert.strictEqual(kept.length, maxWindows)
    assert.deepStrictEqual(
      kept.slice(-3).map(({ scope }) => scope),
      [`group:old${maxWindows - 1}`, "group:blocking", "credential"]
    )
    assert.notInclude(
      kept.map(({ scope }) => scope),
      "group:old1"
    )
    assert.strictEqual(capWindows(kept, 10), kept)
  })
})
