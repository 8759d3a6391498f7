import { assert, describe, it } from "@effect/vitest"
import type { Config } from "../../src/Config/Config.ts"
import { gatewayHosts, warnings } from "../../src/Config/gatewayHosts.ts"

const withHosts = (...hosts: ReadonlyArray<string>): Config => ({ gateway: { hosts } })

describe("gateway.hosts", () => {
  it("are names; what a pasted address has around its host is taken off", () => {
    for (const [entry, host] of [
      ["claude.home", "claude.home"],
      ["Claude.Home", "claude.home"],
      ["host.docker.internal", "host.docker.internal"],
      ["claude.home:18789", "claude.home"],
      ["https://claude.home/", "claude.home"],
      ["https://claude.home:8443/v1", "claude.home"],
      ["claude.home.", "claude.home"],
      ["my_box", "my_box"],
      ["192.168.1.4:80", "192.168.1.4"],
      ["fd00::1", "fd00::1"],
      ["[fd00::1]:18789", "fd00::1"]
    ] as const) {
      assert.deepStrictEqual(gatewayHosts(withHosts(entry)), { names: [host], unusable: [] }, entry)
      assert.deepStrictEqual(warnings(withHosts(entry)), [], entry)
    }
  })

  it("an entry that no Host can equal is named, and counts for nothing", () => {
    for (const entry of ["*", "*.home", ".home", "a b", "claude.home,other.home", " "]) {
      assert.deepStrictEqual(gatewayHosts(withHosts(entry, "ok.home")).names, ["ok.home"], entry)
      assert.include(warnings(withHosts(entry))[0] ?? "", `gateway.hosts: "${entry}"`)
    }
    assert.deepStrictEqual(warnings({}), [])
  })
})
