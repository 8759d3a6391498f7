import { maskText, maskValue } from "@clawdbot/domain/Config/masking"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

const key = "sk-ant-api03-AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH-test"

describe("masking", () => {
  it("masks by name, by look and under env, and shows references and profile settings", () => {
    assert.deepStrictEqual(
      maskValue({
        env: { A: "12345678", vars: { B: `\${B}` }, shellEnv: { enabled: true } },
        auth: { profiles: { "anthropic:my-token": { provider: "anthropic", mode: "token" } } },
        gateway: { port: 1, auth: { mode: "token", token: 12345 } },
        proxy: "http://me:pw@proxy:1/x",
        note: key
      }),
      {
        env: { A: "12...78", vars: { B: `\${B}` }, shellEnv: { enabled: true } },
        auth: { profiles: { "anthropic:my-token": { provider: "anthropic", mode: "token" } } },
        gateway: { port: 1, auth: { mode: "token", token: "***" } },
        proxy: "http://***@proxy:1/x",
        note: "sk-ant-a...HHH-test"
      }
    )
  })

  it("masks texts line by line, comments and keys too", () => {
    const text =
      `{\n  // old: ${key}\n  "apiKey": '${key}', port: 1,\n` + `  "${key}": [1, // fine\n  ],\n}\n`
    assert.strictEqual(
      maskText(text),
      '{\n  <hidden>\n  "apiKey": "sk-ant-a...HHH-test", port: 1,\n  "<hidden>": [1, // ' +
        "fine\n  ],\n}\n"
    )
  })

  it("never shows a secret, whatever surrounds it, and keeps the number of lines", () => {
    const word = fc.constantFrom("apiKey", "token", "note", "list")
    const secret = fc.constantFrom(
      key,
      "sk-ant-oat01-ZZZZYYYYXXXXWWWWVVVVUUUUTTTTSSSS",
      // A token of the gateway that was pasted somewhere else.
      "cbt_ZZZZYYYYXXXXWWWWVVVVUUUUTTTTSSSS"
    )
    fc.assert(
      fc.property(
        fc.dictionary(word, fc.oneof(secret, fc.array(secret), fc.integer())),
        fc.boolean(),
        (value, broken) => {
          const text = `${JSON.stringify(value, null, 2)}${broken ? " }" : ""}`
          const masked = maskText(text)
          return (
            !masked.includes("BBBBCCCC") &&
            !masked.includes("YYYYXXXX") &&
            masked.split("\n").length === text.split("\n").length
          )
        }
      )
    )
  })
})
