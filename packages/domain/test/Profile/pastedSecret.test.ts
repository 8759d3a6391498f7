import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { type PasteContext, parse, type WantedSecret } from "../../src/Profile/pastedSecret.ts"

const key = `sk-ant-api03-${"k".repeat(80)}-AA`
const token = `sk-ant-oat01-${"t".repeat(80)}-AA`
const either = "API key or setup token"

const parsed = (text: string, wanted: WantedSecret, more: Partial<PasteContext> = {}) =>
  Either.match(
    parse(Redacted.make(text), {
      wanted,
      ownUpstream: true,
      opensGateway: () => false,
      ...more
    }),
    {
      onLeft: ({ found }) => `refused: ${found}`,
      onRight: ({ isUnusual, kind, secret }) =>
        `${kind}${isUnusual ? ", unusual" : ""}: ${Redacted.value(secret).slice(0, 13)}`
    }
  )

describe("parse", () => {
  const rows: ReadonlyArray<readonly [string, WantedSecret, string]> = [
    [key, "API key", "api_key: sk-ant-api03-"],
    [` "${key}"\r\n`, "API key", "api_key: sk-ant-api03-"],
    [key, either, "api_key: sk-ant-api03-"],
    [token, either, "token: sk-ant-oat01-"],
    [token, "setup token", "token: sk-ant-oat01-"],
    ["sk-proxy-1", "API key", "api_key, unusual: sk-proxy-1"],
    ["sk-proxy-1", either, "token, unusual: sk-proxy-1"],
    ["sk-proxy-1", "setup token", "token, unusual: sk-proxy-1"],
    ["gsk-1", "token", "token: gsk-1"],
    [key, "setup token", "refused: an API key"],
    [token, "API key", "refused: a setup token"],
    ["sk-ant-oat01-short", either, "refused: a token that is cut off"],
    [`sk-ant-ort01-${"r".repeat(80)}`, either, "refused: a refresh token"],
    [`sk-ant-admin01-${"r".repeat(80)}`, either, "refused: an admin key"],
    ["code#state", either, "refused: a login code that was not exchanged"],
    ["", either, "refused: nothing"],
    [`""`, "token", "refused: nothing"],
    ["sk-ant-...", either, "refused: a placeholder"],
    ["sk-ant-...", "token", "refused: a placeholder"],
    ["two words", "token", "refused: several words"],
    [`${key}\u200b`, either, "refused: a text that cannot be sent"],
    ["clé", "token", "refused: a text that cannot be sent"]
  ]
  for (const [text, wanted, result] of rows)
    it(`${text.slice(0, 16)} where ${wanted} is wanted: ${result}`, () =>
      assert.strictEqual(parsed(text, wanted), result))

  it("takes forms of another service with a base URL of one", () => {
    const other = { ownUpstream: false }
    assert.strictEqual(parsed("sk-ant-oat01-fake", either, other), "token, unusual: sk-ant-oat01-")
    assert.strictEqual(parsed("virtual#1", "API key", other), "api_key, unusual: virtual#1")
    // What would tell that service a secret that is of no use to it stays refused.
    const refresh = `sk-ant-ort01-${"r".repeat(80)}`
    assert.strictEqual(parsed(refresh, either, other), "refused: a refresh token")
    assert.strictEqual(parsed("sk-ant-...", either, other), "refused: a placeholder")
  })

  it("never takes a client token of the gateway", () =>
    assert.strictEqual(
      parsed("cbt_1", "token", { opensGateway: (secret) => Redacted.value(secret) === "cbt_1" }),
      "refused: a client token of the gateway"
    ))

  it("keeps nothing of the text in the error", () => {
    const result = parse(Redacted.make("hidden\u200bsecret"), {
      wanted: either,
      ownUpstream: true,
      opensGateway: () => false
    })
    assert.notInclude(JSON.stringify(result), "hidden")
    assert.include(JSON.stringify(result), "U+200B")
  })
})
