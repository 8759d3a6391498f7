import * as ProxySettings from "@clawdbot/node/Upstream/proxySettings"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { isExempt } from "../../src/Upstream/noProxy.ts"

const shown = (proxy: ProxySettings.Proxy | undefined): string => {
  if (proxy === undefined) return "direct"
  const { host, login, port, scheme } = proxy
  const who = login === undefined ? "" : ` as ${login.user} / ${Redacted.value(login.password)}`
  return `${scheme} ${host} ${port}${who}`
}

describe("a proxy", () => {
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["http://proxy.example:8080", "http proxy.example 8080"],
    ["http://proxy.example:8080/", "http proxy.example 8080"],
    ["proxy.example:8080", "http proxy.example 8080"],
    ["proxy.example", "http proxy.example 1080"],
    ["10.0.0.1:3128", "http 10.0.0.1 3128"],
    ["[2001:db8::1]:3128", "http 2001:db8::1 3128"],
    ["https://proxy.example", "https proxy.example 443"],
    ["HTTP://Proxy:80", "http Proxy 80"],
    ["  http://proxy:80  ", "http proxy 80"],
    ["http://me:secret@proxy:80", "http proxy 80 as me / secret"],
    ["me:secret@proxy:80", "http proxy 80 as me / secret"],
    ["http://me@proxy:80", "http proxy 80 as me / "],
    ["http://me:p%40ss%3A@proxy:80", "http proxy 80 as me / p@ss:"],
    ["http://me:p@ss:w/rd@proxy:80", "http proxy 80 as me / p@ss:w/rd"],
    ["http://me:100%@proxy:80", "http proxy 80 as me / 100%"],
    ["socks5://proxy", "socks5 proxy 1080"],
    ["socks5h://me:secret@proxy:9050", "socks5h proxy 9050 as me / secret"],
    ["socks4://proxy:1", "socks4 proxy 1"],
    ["socks4a://proxy", "socks4a proxy 1080"]
  ]
  for (const [text, expected] of rows)
    it(text, () =>
      assert.strictEqual(shown(Either.getOrThrow(ProxySettings.parse(text))), expected)
    )

  const refused = [
    "http://",
    "ftp://proxy:80",
    "socks://proxy",
    "http://proxy:80/path",
    "http://proxy:0",
    "http://proxy:65536",
    "http://proxy:many",
    "two words",
    "http://[::1",
    "::1"
  ]
  for (const text of refused)
    it(`${text} is none`, () => assert.isTrue(Either.isLeft(ProxySettings.parse(text))))
})

describe("the variables", () => {
  const provider = { protocol: "https:", hostname: "api.anthropic.com", port: 443 }
  const plain = { protocol: "http:", hostname: "other.example", port: 80 }
  const rows: ReadonlyArray<readonly [string, ProxySettings.Variables, string, string]> = [
    ["none", {}, "direct", "direct"],
    ["blank ones", { HTTPS_PROXY: "", https_proxy: " " }, "direct", "direct"],
    ["one for https", { HTTPS_PROXY: "a:1" }, "http a 1", "direct"],
    ["small letters first", { HTTPS_PROXY: "a:1", https_proxy: "b:1" }, "http b 1", "direct"],
    ["a blank one in small letters", { HTTPS_PROXY: "a:1", https_proxy: "" }, "http a 1", "direct"],
    ["one for all", { ALL_PROXY: "socks5h://a:1" }, "socks5h a 1", "socks5h a 1"],
    ["the kind before all", { all_proxy: "a:1", https_proxy: "b:1" }, "http b 1", "http a 1"],
    ["one for http stands in for https", { http_proxy: "a:1" }, "http a 1", "http a 1"],
    ["NO_PROXY", { HTTPS_PROXY: "a:1", NO_PROXY: "anthropic.com" }, "direct", "direct"],
    ["no_proxy first", { HTTPS_PROXY: "a:1", no_proxy: "x", NO_PROXY: "*" }, "http a 1", "direct"]
  ]
  for (const [name, variables, https, http] of rows) {
    it(name, () => {
      const proxyFor = Either.getOrThrow(ProxySettings.fromVariables(variables))
      assert.deepStrictEqual([shown(proxyFor?.(provider)), shown(proxyFor?.(plain))], [https, http])
    })
  }

  it("this machine itself is never asked of a proxy", () => {
    const proxyFor = Either.getOrThrow(ProxySettings.fromVariables({ ALL_PROXY: "a:1" }))
    for (const hostname of ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "[::1]"])
      assert.isUndefined(proxyFor?.({ protocol: "http:", hostname, port: 8080 }), hostname)
  })

  it("one that cannot be used is named, its value is not", () => {
    const refused = Either.flip(
      ProxySettings.fromVariables({ HTTPS_PROXY: "ftp://me:s3cret@proxy" })
    )
    const { message } = Either.getOrThrow(refused)
    assert.include(message, "the proxy in HTTPS_PROXY cannot be used: the scheme ftp://")
    assert.notInclude(message, "s3cret")
    // One that nothing would go through is no trouble.
    const other = { ALL_PROXY: "ftp://x", HTTPS_PROXY: "a:1", HTTP_PROXY: "b:1" }
    assert.isTrue(Either.isRight(ProxySettings.fromVariables(other)))
  })
})

describe("NO_PROXY", () => {
  const rows: ReadonlyArray<readonly [string, string, boolean]> = [
    ["", "api.example.com", false],
    ["*", "api.example.com", true],
    ["example.com", "example.com", true],
    ["example.com", "api.example.com", true],
    [".example.com", "api.example.com", true],
    [".example.com", "example.com", true],
    ["*.example.com", "api.example.com", true],
    ["example.com.", "api.example.com", true],
    ["EXAMPLE.com", "api.Example.COM", true],
    ["example.com", "badexample.com", false],
    ["ample.com", "example.com", false],
    ["api.example.com", "example.com", false],
    ["one.test, example.com", "example.com", true],
    ["one.test example.com", "example.com", true],
    ["one.test,,example.com,", "example.com", true],
    ["example.com:443", "example.com", true],
    ["example.com:8443", "example.com", false],
    ["10.0.0.1", "10.0.0.1", true],
    ["10.0.0.1", "10.0.0.10", false],
    ["0.0.1", "10.0.0.1", false],
    ["10.0.0.0/8", "10.9.9.9", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.0/33", "10.0.0.1", false],
    ["10.0.0.0/8", "example.com", false],
    ["2001:db8::1", "[2001:db8::1]", true],
    ["[2001:db8::1]", "[2001:db8::1]", true],
    ["[2001:db8::1]:443", "[2001:db8::1]", true],
    ["2001:db8::/32", "[2001:db8::1]", true],
    ["2001:db9::/32", "[2001:db8::1]", false],
    [".", "example.com", false]
  ]
  for (const [noProxy, hostname, expected] of rows) {
    it(`${JSON.stringify(noProxy)} ${expected ? "covers" : "does not cover"} ${hostname}`, () => {
      assert.strictEqual(isExempt(noProxy, { hostname, port: 443 }), expected)
    })
  }
})
