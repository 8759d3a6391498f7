import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { isGateway, refusal } from "../../src/Auth/upstreamIsGateway.ts"
import type { ConfigSnapshot } from "../../src/Config/ConfigStore.ts"
import * as Environment from "../../src/Environment/Environment.ts"

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
    ["0.0.0.0", "http://localhost:18789"],
    ["0.0.0.0", "http://127.10.20.130:18789"],
    ["::", "http://[::1]:18789"],
    ["::", "http://localhost:18789"],
    ["::", "http://127.10.20.130:18789"],
    ["localhost", "http://127.0.0.1:18789"],
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
    ["0.0.0.0", "https://claude.home"],
    ["127.0.0.1", "https://localhost.example:18789"],
    ["127.0.0.1", "https://my-localhost:18789"],
    ["0.0.0.0", "http://[::1]:18789"],
    ["0.0.0.0", "https://localhost.example:18789"],
    ["0.0.0.0", "https://my-localhost:18789"],
    ["0.0.0.0", "https://127.a.b.c:18789"],
    ["0.0.0.0", "https://127.1:18789"],
    ["::1", "http://127.0.0.1:18789"],
    ["::1", "https://localhost.example:18789"],
    ["::1", "https://my-localhost:18789"],
    ["::", "https://localhost.example:18789"],
    ["::", "https://my-localhost:18789"],
    ["::", "https://127.a.b.c:18789"],
    ["::", "https://127.1:18789"]
  ] as const) {
    it(`not ${origin}, bound to ${host}`, () => assert.isFalse(isItself(origin, host)))
  }

  it("its further names count at its own port, and at that of a proxy with the certificate", () => {
    const names = ["claude.home", "host.docker.internal"]
    assert.isTrue(isItself("https://claude.home", "127.0.0.1", names))
    assert.isTrue(isItself("https://claude.home:18789", "127.0.0.1", names))
    assert.isFalse(isItself("https://host.docker.internal:8080", "127.0.0.1", names))
    assert.isFalse(isItself("https://other.home", "127.0.0.1", names))
    assert.isFalse(isItself("http://claude.home:443", "127.0.0.1", names))
  })

  it("an address without a port has that of its scheme", () => {
    const isAt = (origin: string, port: number) =>
      isGateway({ origin, basePath: "" }, { host: "127.0.0.1", port, names: [] })
    assert.isTrue(isAt("http://localhost", 80))
    assert.isTrue(isAt("https://localhost", 443))
    assert.isFalse(isAt("http://localhost", 443))
    assert.isFalse(isAt("https://localhost", 80))
  })

  it("at a port that is not known yet there is nothing to compare", () => {
    const address = { host: "127.0.0.1", port: 0, names: [] }
    assert.isFalse(isGateway({ origin: "http://127.0.0.1:0", basePath: "" }, address))
  })
})

describe("a config whose base URL leads to the gateway", () => {
  const key = "models.providers.anthropic.baseUrl"
  const place = { file: "/home/somebody/clawdbot.json", line: 3, column: 18 }
  const snapshotOf = (baseUrl: string, isWritten = true): ConfigSnapshot => ({
    path: place.file,
    exists: true,
    config: { models: { providers: { anthropic: { baseUrl } } } },
    value: Redacted.make({}),
    environment: Environment.empty,
    migrations: [],
    warnings: [],
    source: (path) =>
      isWritten && path.join(".") === key ? { _tag: "File", place } : { _tag: "Default" }
  })
  const address = { host: "127.0.0.1", port, names: [] }

  it("is refused with the key, its place, and the command that cures it", () => {
    const error = refusal(snapshotOf("http://localhost:18789/v1"), address)
    assert.strictEqual(error?._tag, "ConfigInvalid")
    assert.strictEqual(error?.path, place.file)
    assert.deepStrictEqual(error?.issues, [
      {
        path: key,
        problem:
          "http://localhost:18789 is this gateway's own address: the gateway would send " +
          "requests to itself",
        cure: `clawdbot config set ${key} https://api.anthropic.com`,
        place
      }
    ])
  })

  it("is refused without a place where no file says it", () => {
    const error = refusal(snapshotOf("http://localhost:18789", false), address)
    assert.isUndefined(error?.issues[0]?.place)
  })

  it("is not where it leads elsewhere, or is no address: that has its own error", () => {
    assert.isUndefined(refusal(snapshotOf("https://proxy.example"), address))
    assert.isUndefined(refusal(snapshotOf("nowhere"), address))
  })
})
