import { assert, describe, it } from "@effect/vitest"
import { isGateway } from "../../src/Auth/upstreamIsGateway.ts"

const port = 18_789
const isItself = (origin: string, host: string, names: ReadonlyArray<string> = []) =>
  isGateway({ origin, basePath: "" }, { host, port, names })

describe("an upstream that is the gateway itself", () => {
  for (const [host, origin] of [
    ["127.0.0.1", "http://127.0.0.1:18789"],
    ["127.0.0.1", "http://localhost:18789"],
    ["127.0.0.1", "https://localhost:18789"],
    ["0.0.0.0", "http://127.0.0.1:18789"],
    ["0.0.0.0", "http://127.1.2.3:18789"],
    ["::", "http://[::1]:18789"],
    ["::1", "http://[::1]:18789"],
    ["::1", "http://localhost:18789"],
    ["192.168.1.4", "https://192.168.1.4:18789"]
  ] as const) {
    it(`${origin}, bound to ${host}`, () => assert.isTrue(isItself(origin, host)))
  }

  for (const [host, origin] of [
    ["127.0.0.1", "https://api.anthropic.com"],
    ["127.0.0.1", "http://127.0.0.1:18790"],
    ["127.0.0.1", "http://localhost"],
    ["127.0.0.1", "http://127.0.0.2:18789"],
    ["127.0.0.1", "http://[::1]:18789"],
    ["192.168.1.4", "http://127.0.0.1:18789"],
    ["0.0.0.0", "https://claude.home"]
  ] as const) {
    it(`not ${origin}, bound to ${host}`, () => assert.isFalse(isItself(origin, host)))
  }

  it("its further names count at its own port, and at that of a proxy with the certificate", () => {
    const names = ["claude.home", "host.docker.internal"]
    assert.isTrue(isItself("https://claude.home", "127.0.0.1", names))
    assert.isTrue(isItself("https://claude.home:18789", "127.0.0.1", names))
    assert.isFalse(isItself("https://host.docker.internal:8080", "127.0.0.1", names))
    assert.isFalse(isItself("https://other.home", "127.0.0.1", names))
  })

  it("at a port that is not known yet there is nothing to compare", () => {
    const address = { host: "127.0.0.1", port: 0, names: [] }
    assert.isFalse(isGateway({ origin: "http://127.0.0.1:0", basePath: "" }, address))
  })
})
