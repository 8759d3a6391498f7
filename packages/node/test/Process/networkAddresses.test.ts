import { assert, describe, it } from "@effect/vitest"
import { reachableOf } from "../../src/Process/networkAddresses.ts"

const listed = (family: "IPv4" | "IPv6", address: string, internal = false) => ({
  family,
  address,
  internal
})

describe("the addresses of this machine's networks", () => {
  it("are those of both families that another machine can name, IPv4 first", () => {
    const all = [
      listed("IPv4", "127.0.0.1", true),
      listed("IPv6", "::1", true),
      listed("IPv6", "2001:db8::7"),
      listed("IPv6", "fd12:3456::7"),
      listed("IPv6", "fe80::1"),
      listed("IPv6", "FEBF::1"),
      listed("IPv4", "192.0.2.2"),
      listed("IPv4", "198.51.100.7")
    ]
    assert.deepStrictEqual(reachableOf(all), [
      "192.0.2.2",
      "198.51.100.7",
      "2001:db8::7",
      "fd12:3456::7"
    ])
  })
})
