import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { baseUrlNotice, upstream } from "../../src/Auth/upstreamOrigin.ts"
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
