import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import * as Credential from "../../../src/Profile/Credential.ts"
import {
  fromAuthJson,
  fromOAuthJson,
  type Imported
} from "../../../src/Profile/legacy/legacyImport.ts"

const records = (imported: Imported) =>
  Object.fromEntries(
    [...imported].map(([id, credential]) => [id, Redacted.value(Credential.encode(credential))])
  )

describe("auth.json", () => {
  it(
    "each kind becomes the provider's default profile, with the fields that are known of its " +
      "kind",
    () => {
      const imported = fromAuthJson({
        anthropic: {
          type: "api_key",
          key: "k",
          email: "a@b.c",
          access: "not a key's",
          note: "not ours"
        },
        "openai-codex": {
          type: "oauth",
          access: "a",
          refresh: "r",
          expires: 5,
          accountId: "acct",
          enterpriseUrl: "u"
        },
        github: { type: "token", token: "t", expires: 7, provider: "Copilot" }
      })
      assert.deepStrictEqual(records(imported), {
        "anthropic:default": { type: "api_key", provider: "anthropic", key: "k", email: "a@b.c" },
        "openai-codex:default": {
          type: "oauth",
          provider: "openai-codex",
          access: "a",
          refresh: "r",
          expires: 5,
          accountId: "acct",
          enterpriseUrl: "u"
        },
        "github:default": { type: "token", provider: "copilot", token: "t", expires: 7 }
      })
    }
  )

  it("a provider that is spelled in two ways is one, the first", () => {
    const imported = fromAuthJson({
      " Anthropic": { type: "api_key", key: "first" },
      anthropic: { type: "api_key", key: "second" }
    })
    assert.deepStrictEqual(records(imported), {
      "anthropic:default": { type: "api_key", provider: "anthropic", key: "first" }
    })
  })

  it("a file of the new form, unknown kinds and what is no record are passed over", () => {
    assert.strictEqual(
      fromAuthJson({ profiles: {}, anthropic: { type: "api_key", key: "k" } }).size,
      0
    )
    assert.strictEqual(
      fromAuthJson({ a: { type: "magic", key: "k" }, b: "text", c: null, " ": {} }).size,
      0
    )
  })
})

describe("oauth.json", () => {
  it("keeps every field, and a record may name its own kind and provider", () => {
    assert.deepStrictEqual(
      records(
        fromOAuthJson({
          anthropic: { access: "a", refresh: "r", expires: 5, scopes: ["x"] },
          other: { type: "api_key", provider: "zai", key: "k" }
        })
      ),
      {
        "anthropic:default": {
          type: "oauth",
          provider: "anthropic",
          access: "a",
          refresh: "r",
          expires: 5,
          scopes: ["x"]
        },
        "other:default": { type: "api_key", provider: "zai", key: "k" }
      }
    )
  })
})

it(
  "whatever a file holds, what comes out are credentials " + "with a name, and nothing is thrown",
  () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const imported of [fromAuthJson(value), fromOAuthJson(value)]) {
          for (const [id, credential] of imported) {
            assert.match(id, /:default$/)
            assert.isTrue(["api_key", "token", "oauth"].includes(credential.type))
          }
        }
      })
    )
  }
)
