import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Health from "../../src/Health/HealthDocument.ts"
import * as HealthPolicy from "../../src/Health/HealthPolicy.ts"
import { merge } from "../../src/Health/mergeHealth.ts"
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

  it("a scope it does not know blocks everything until its end, as a guess", () => {
    const stated = { ...lane, source: "retry-after" }
    const health = Health.of(Health.decode(file([stated])), id, "mark")
    const [window] = HealthPolicy.obstacles(health, anyRequest, now)
    assert.strictEqual(window?.scope, "lane:7")
    assert.isFalse(window !== undefined && isStated(window))
    assert.deepStrictEqual(HealthPolicy.obstacles(health, anyRequest, now + 60_000), [])
  })

  it("what does not decode blocks nothing and is written back as it is", () => {
    const good = { scope: "5h", until: now, class: "usage", source: "none", observedAt: 0 }
    const odd = [{ scope: 5 }, null, "x", { ...good, until: "soon" }]
    const written = {
      version: 1,
      generation: { of: ["a", "newer", "version"] },
      profiles: {
        p: {
          secretFingerprint: "mark",
          lastUsedAt: "yesterday",
          lastGoodAt: 5,
          ladder: { count: 2, lastFailureAt: 1, byClass: { region_blocked: 2 }, slope: 3 },
          needsLogin: "maybe",
          zone: "x",
          windows: [good, ...odd],
          trials: [
            { scope: "credential", at: 1, refused: 0, nextAt: 2, by: "somebody" },
            { scope: "credential", at: "now" }
          ]
        },
        q: { windows: [] },
        r: null
      }
    }
    const read = Health.decode(written)
    assert.deepStrictEqual(windowsOf(read), [good])
    const health = Health.of(read, id, "mark")
    assert.deepStrictEqual(
      [health.lastUsedAt, health.needsLogin, health.trials?.length, health.ladder?.count],
      [undefined, undefined, 1, 2]
    )
    assert.deepStrictEqual(JSON.parse(JSON.stringify(Health.encode(read))), written)
  })

  it("survives events and merges; what was learned since takes its place", () => {
    const written = {
      version: 1,
      extra: 1,
      profiles: {
        p: { secretFingerprint: "mark", lastUsedAt: "yesterday", zone: "x", windows: [strange, 7] },
        r: null
      }
    }
    const read = Health.decode(written)
    const used = HealthPolicy.record(read, id, "mark", { _tag: "Used", at: now })
    const merged = merge(used, Health.decode(written))
    const encoded: unknown = JSON.parse(JSON.stringify(Health.encode(merged)))
    assert.deepStrictEqual(encoded, {
      ...written,
      profiles: { ...written.profiles, p: { ...written.profiles.p, lastUsedAt: now } }
    })
  })

  it("of two copies of what it does not know the file's wins", () => {
    const zone = (name: string) =>
      Health.decode({
        version: 1,
        epoch: name,
        profiles: { p: { secretFingerprint: "mark", zone: name, windows: [] } }
      })
    const encoded: unknown = JSON.parse(
      JSON.stringify(Health.encode(merge(zone("old"), zone("new"))))
    )
    assert.deepStrictEqual(encoded, {
      version: 1,
      epoch: "new",
      profiles: { p: { secretFingerprint: "mark", zone: "new", windows: [] } }
    })
  })

  it("a window without a source or a time is one of an older file", () => {
    const good = { scope: "5h", until: now, class: "usage" }
    assert.deepStrictEqual(windowsOf(Health.decode(file([good]))), [
      { ...good, source: "none", observedAt: 0 }
    ])
  })

  it("anything at all can be read, and what is a document is written back whole", () => {
    const record = fc.record(
      {
        secretFingerprint: fc.oneof(fc.constant("mark"), fc.anything()),
        windows: fc.oneof(fc.array(fc.oneof(fc.constant(strange), fc.jsonValue())), fc.jsonValue()),
        trials: fc.jsonValue(),
        lastUsedAt: fc.jsonValue(),
        needsLogin: fc.jsonValue(),
        ladder: fc.jsonValue(),
        other: fc.jsonValue()
      },
      { requiredKeys: [] }
    )
    const profiles = fc.dictionary(fc.string(), fc.oneof(record, fc.jsonValue()))
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ profiles, more: fc.jsonValue() })),
        (any) => {
          const value: unknown = JSON.parse(JSON.stringify(any) ?? "null")
          const { kept, profiles } = Health.decode(value)
          const again = Health.decode(
            JSON.parse(JSON.stringify(Health.encode({ ...Health.decode(value) })))
          )
          assert.deepStrictEqual([again.profiles, again.kept], [profiles, kept])
        }
      )
    )
  })
})

describe("stated and guessed ends (decisions D32 and D48)", () => {
  it("only an end that the provider gave is stated", () => {
    const stated = (source: string) =>
      isStated({ class: "rate_limit", scope: "credential", source })
    assert.deepStrictEqual(
      [
        "retry-after",
        "ratelimit-reset",
        "unified-reset",
        "body",
        "extra-usage",
        "ladder",
        "usual",
        "wall",
        "report",
        "usageStats",
        "none",
        "oracle"
      ].filter(stated),
      ["retry-after", "ratelimit-reset", "unified-reset", "body", "extra-usage"]
    )
  })
})
