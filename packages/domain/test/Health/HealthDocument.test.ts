import { assert, describe, it } from "@effect/vitest"
import * as Health from "../../src/Health/HealthDocument.ts"
import * as HealthPolicy from "../../src/Health/HealthPolicy.ts"
import { anyRequest } from "../../src/Health/RequestTarget.ts"
import { isStated } from "../../src/Health/Window.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"

const now = 1_800_000_000_000
const id = ProfileId.of("p")

const file = (windows: ReadonlyArray<unknown>): unknown => ({
  version: 1,
  profiles: { p: { secretFingerprint: "mark", windows } }
})
const windowsOf = (document: Health.HealthDocument) => Health.of(document, id, "mark").windows

describe("a health file of a newer version (decision D43)", () => {
  const strange = {
    scope: "credential",
    until: now + 60_000,
    class: "quarantine",
    source: "oracle",
    observedAt: now,
    note: { kept: true }
  }
  const lane = { ...strange, scope: "lane:7", class: "rate_limit" }

  it("keeps what it does not know, and writes it back", () => {
    const read = Health.decode(file([strange, lane]))
    assert.deepStrictEqual(JSON.parse(JSON.stringify(Health.encode(read))), file([strange, lane]))
  })

  it("a class it does not know blocks until its end, as a guess", () => {
    const health = Health.of(Health.decode(file([strange])), id, "mark")
    const [window] = HealthPolicy.obstacles(health, anyRequest, now)
    assert.strictEqual(window?.class, "quarantine")
    assert.isFalse(window !== undefined && isStated(window))
    assert.strictEqual(HealthPolicy.usableAt(health, anyRequest, now + 60_000), 0)
  })

  it("a scope it does not know blocks nothing it could name", () => {
    const health = Health.of(Health.decode(file([lane])), id, "mark")
    assert.deepStrictEqual(HealthPolicy.obstacles(health, anyRequest, now), [])
  })

  it("what is no window is left out", () => {
    const good = { scope: "5h", until: now, class: "usage" }
    const read = Health.decode(file([good, { scope: 5 }, null, "x", { ...good, until: "soon" }]))
    assert.deepStrictEqual(windowsOf(read), [{ ...good, source: "none", observedAt: 0 }])
  })
})

describe("stated and guessed ends (decisions D32 and D48)", () => {
  it("only an end that the provider gave is stated", () => {
    const stated = (source: string) => isStated({ class: "rate_limit", source })
    assert.deepStrictEqual(
      [
        "retry-after",
        "ratelimit-reset",
        "unified-reset",
        "body",
        "ladder",
        "usual",
        "wall",
        "report",
        "usageStats",
        "none",
        "oracle"
      ].filter(stated),
      ["retry-after", "ratelimit-reset", "unified-reset", "body"]
    )
  })
})
