/** What is said of the gateways that share a store, and which configs count as the same. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { fleetLines, ofFleet } from "../../src/Fleet/fleetFindings.ts"
import type { FleetReport, OtherGateway } from "../../src/Fleet/GatewayFleet.ts"
import { sharedConfigText } from "../../src/Fleet/sharedConfig.ts"

const gateway = (host: string, different: Partial<OtherGateway> = {}): OtherGateway => ({
  instance: host,
  host,
  url: "http://127.0.0.1:18789",
  version: "1.0.0",
  configDigest: "aaaa",
  startedAt: 0,
  silentMs: 1_000,
  ...different
})

const report = (...others: ReadonlyArray<OtherGateway>): FleetReport => ({
  configDigest: "aaaa",
  others
})

describe("gateways that share a store", () => {
  it("are named where they are silent, have another config or another version", () => {
    const found = ofFleet(
      report(
        gateway("same"),
        gateway("gone", { silentMs: 15_001, configDigest: "bbbb", version: "0.9.0" }),
        gateway("changed", { configDigest: "bbbb" }),
        gateway("old", { version: "0.9.0", silentMs: 15_000 })
      ),
      "1.0.0"
    )
    assert.deepStrictEqual(
      found.map(({ id, severity, what }) => [id, severity, what.split(": ")[1]]),
      [
        ["gateway-silent", "warning", "gone (http://127.0.0.1:18789)"],
        ["gateway-config-differs", "warning", "changed (http://127.0.0.1:18789)"],
        ["gateway-version-differs", "note", "old (http://127.0.0.1:18789)"]
      ]
    )
    assert.deepStrictEqual(ofFleet(report(gateway("same")), "1.0.0"), [])
    assert.deepStrictEqual(ofFleet(undefined, "1.0.0"), [])
  })

  it("stand in the status of a gateway, with what differs", () => {
    const found = report(
      gateway("same"),
      gateway("gone", { silentMs: 300_000 }),
      gateway("changed", { configDigest: "bbbb" })
    )
    assert.deepStrictEqual(fleetLines(found), [
      "Shared store: connected",
      "Other gateway: same (http://127.0.0.1:18789), 1.0.0",
      "Other gateway: gone (http://127.0.0.1:18789), 1.0.0, silent for 5m",
      "Other gateway: changed (http://127.0.0.1:18789), 1.0.0, another config"
    ])
    assert.deepStrictEqual(fleetLines({ ...report(), storeDownSince: 1_700_000_000_000 }), [
      "Shared store: down since 2023-11-14T22:13:20Z"
    ])
    assert.deepStrictEqual(fleetLines(undefined), [])
  })
})

describe("the config that gateways have in common", () => {
  it("does not depend on the order of keys, nor on what is a host's own", () => {
    const one = { gateway: { port: 1, bind: "lan", drainSeconds: 5 }, auth: { a: [1, { x: 1 }] } }
    const other = {
      auth: { a: [1, { x: 1 }] },
      store: { type: "postgres" },
      gateway: { drainSeconds: 5, customBindHost: "192.0.2.2", hosts: ["x"], accessLog: "-" }
    }
    assert.strictEqual(sharedConfigText(one), sharedConfigText(other))
    assert.notStrictEqual(
      sharedConfigText(one),
      sharedConfigText({ ...one, auth: { a: [{ x: 1 }, 1] } })
    )
  })

  it("is the same for the same values only", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (auth, value) => {
        const shuffled = Object.fromEntries(Object.entries(auth).reverse())
        assert.strictEqual(sharedConfigText({ auth }), sharedConfigText({ auth: shuffled }))
        assert.notStrictEqual(
          sharedConfigText({ auth: [value, 1] }),
          sharedConfigText({ auth: [value, 2] })
        )
      })
    )
  })
})
