import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import {
  baseUrlNotice,
  hasAddress,
  isOwnUpstream,
  isUpstreamAt,
  upstream
} from "../../src/Auth/upstreamOrigin.ts"
import type { Config } from "../../src/Config/Config.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const configOf = (baseUrl: string): Config => ({
  models: { providers: { anthropic: { baseUrl } } }
})

describe("a base URL", () => {
  const rows: ReadonlyArray<readonly [string, string, boolean]> = [
    ["https://api.anthropic.com", "https://api.anthropic.com", false],
    ["https://api.anthropic.com/", "https://api.anthropic.com", false],
    ["https://api.anthropic.com/v1", "https://api.anthropic.com", true],
    ["https://api.anthropic.com/v1/", "https://api.anthropic.com", true],
    ["HTTPS://API.Anthropic.com/v1//", "https://api.anthropic.com", true],
    ["https://proxy.example/team", "https://proxy.example/team", false],
    ["https://proxy.example/team/v1", "https://proxy.example/team", true],
    ["https://proxy.example/team//v1/", "https://proxy.example/team", true],
    ["https://proxy.example/team///v1", "https://proxy.example/team", true],
    ["https://proxy.example/av1", "https://proxy.example/av1", false],
    ["https://proxy.example/v1beta", "https://proxy.example/v1beta", false],
    ["https://proxy.example/v1/anthropic", "https://proxy.example/v1/anthropic", false],
    ["http://[::1]:8080/v1", "http://[::1]:8080", true]
  ]
  for (const [text, expected, isTold] of rows) {
    it(`${text} is ${expected}`, () => {
      const { basePath, origin } = Either.getOrThrow(
        upstream(configOf(text), ProviderId.anthropic, "/config")
      )
      assert.strictEqual(`${origin}${basePath}`, expected)
      const notice = baseUrlNotice(configOf(text), ProviderId.anthropic)
      if (isTold) assert.isTrue(notice?.endsWith(`${expected} is used`), notice)
      else assert.isUndefined(notice)
    })
  }
})

describe("the notice of a base URL", () => {
  it("names the setting, and is none where there is no URL, or none that can be read", () => {
    assert.strictEqual(
      baseUrlNotice(configOf("https://proxy.example/v1"), ProviderId.anthropic),
      "models.providers.anthropic.baseUrl ends in /v1, which every request path already has; " +
        "https://proxy.example is used"
    )
    assert.isUndefined(baseUrlNotice({}, ProviderId.anthropic))
    assert.isUndefined(baseUrlNotice(configOf("nowhere"), ProviderId.anthropic))
  })
})

describe("a base URL without encryption", () => {
  const isTaken = (text: string) =>
    Either.isRight(upstream(configOf(text), ProviderId.anthropic, "/config"))

  for (const host of ["localhost", "LOCALHOST", "[::1]", "127.0.0.1", "127.10.200.130"]) {
    it(`goes to ${host}, which is this machine`, () =>
      assert.isTrue(isTaken(`http://${host}:8080`)))
  }

  // Each begins or ends like an address of this machine: a credential sent there is public.
  for (const host of [
    "evil-localhost",
    "localhost.example",
    "evil127.0.0.1",
    "127.0.0.1.example",
    "127.1",
    "127.a.b.c",
    "[::2]",
    "192.168.1.4"
  ]) {
    it(`never goes to ${host}`, () => {
      assert.isFalse(isTaken(`http://${host}:8080`))
      assert.isTrue(isTaken(`https://${host}:8080`))
    })
  }

  it("is refused with the key and the command that cures it", () => {
    const key = "models.providers.anthropic.baseUrl"
    const refused = upstream(configOf("http://claude.example"), ProviderId.anthropic, "/config")
    assert.deepStrictEqual(
      Either.getOrThrow(Either.flip(refused)).issues.map(({ cure, path, problem }) => [
        path,
        problem,
        cure
      ]),
      [
        [
          key,
          "plain http is allowed only to loopback; anywhere else the credential would be sent " +
            "unencrypted",
          `clawdbot config set ${key} https://api.anthropic.com`
        ]
      ]
    )
  })
})

describe("whose address it is", () => {
  const provider = ProviderId.anthropic
  const own = "https://api.anthropic.com"
  const elsewhere = "https://proxy.example/team"

  it("the provider's own, whatever path is below it; nothing else", () => {
    for (const config of [{}, configOf(own), configOf(`${own}/v1`), configOf(` ${own} `)])
      assert.isTrue(isOwnUpstream(config, provider))
    for (const text of [elsewhere, "https://api.anthropic.com.example", "nowhere"])
      assert.isFalse(isOwnUpstream(configOf(text), provider))
  })

  it("the same with or without /v1, and without a base URL the provider's own", () => {
    assert.isTrue(isUpstreamAt({}, provider, undefined))
    assert.isTrue(isUpstreamAt({}, provider, own))
    assert.isTrue(isUpstreamAt(configOf(elsewhere), provider, `${elsewhere}/v1`))
    assert.isFalse(isUpstreamAt(configOf(elsewhere), provider, undefined))
    assert.isFalse(isUpstreamAt({}, provider, elsewhere))
  })

  it("not another one by its host or its path alone, and none that cannot be read", () => {
    const config = configOf(elsewhere)
    assert.isFalse(isUpstreamAt(config, provider, "https://proxy.example/other"))
    assert.isFalse(isUpstreamAt(config, provider, "https://other.example/team"))
    assert.isFalse(isUpstreamAt(config, provider, "nowhere"))
    assert.isFalse(isUpstreamAt(configOf("nowhere"), provider, own))
    assert.isFalse(isUpstreamAt(configOf("nowhere"), provider, "nowhere"))
  })

  it("a provider without an address of its own needs one in the config", () => {
    const unknown = ProviderId.normalize("another")
    assert.isTrue(hasAddress({}, provider))
    assert.isFalse(hasAddress({}, unknown))
    assert.isFalse(isUpstreamAt({}, unknown, undefined))
    const refused = upstream({}, unknown, "/config")
    const [issue] = Either.getOrThrow(Either.flip(refused)).issues
    assert.strictEqual(
      issue?.problem,
      "is not set, and clawdbot knows no default address for this provider"
    )
    assert.strictEqual(issue?.cure, "clawdbot config set models.providers.another.baseUrl URL")
  })
})
