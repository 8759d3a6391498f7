/** What `print-token --format env` prints is what a shell reads back. */
import { spawnSync } from "node:child_process"
import type { IssuedToken } from "@clawdbot/domain/Auth/IssuedToken"
import { posixWord } from "@clawdbot/domain/Text/posixWord"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import { linesOf } from "../../src/terminal/lines.ts"
import { render } from "../../src/token/format.ts"

/** Any text that a variable can hold. */
const text = fc.string({ unit: "binary", minLength: 1 }).filter((value) => !value.includes("\0"))
const awkward = fc.constantFrom(
  "'",
  "''",
  "$(id)",
  "`id`",
  "\\",
  "a b",
  "a\nb",
  "!x",
  "~",
  "#",
  "é",
  "-n"
)

/** The values of variables after a POSIX shell has read assignments. */
const readBack = (script: string, names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const print = names.map((name) => `printf '%s\\0' "$${name}"`).join("\n")
  const { status, stderr, stdout } = spawnSync("sh", ["-s"], {
    input: `${script}\n${print}\n`,
    env: { PATH: process.env.PATH },
    encoding: "utf8"
  })
  assert.strictEqual(status, 0, stderr)
  return stdout.split("\0").slice(0, -1)
}

describe("words for a POSIX shell", () => {
  it("are read back exactly, whatever they hold", () => {
    const values = [
      ...fc.sample(awkward, 40),
      // Half a surrogate pair has no bytes to be written with.
      ...fc.sample(text, 1_000).filter((value) => Buffer.from(value).toString() === value)
    ]
    const names = values.map((_value, index) => `V${index}`)
    const script = values.map((value, index) => `V${index}=${posixWord(value)}`).join("\n")
    assert.deepStrictEqual([...readBack(script, names)], values)
  })
})

const headersOf = (kind: IssuedToken["kind"], secret: string): IssuedToken["headers"] => {
  if (kind === "api_key") return { "x-api-key": Redacted.make(secret) }
  return {
    authorization: Redacted.make(`Bearer ${secret}`),
    "anthropic-beta": Redacted.make("oauth-2025-04-20")
  }
}

describe("print-token --format env", () => {
  const sendable = fc.stringMatching(/^[\x21-\x7e]{1,40}$/)
  const anyToken: fc.Arbitrary<IssuedToken> = fc
    .record({
      kind: fc.constantFrom<IssuedToken["kind"]>("api_key", "token", "oauth"),
      secret: sendable,
      path: sendable
    })
    .map(({ kind, path, secret }) => ({
      version: 1,
      agent: "main",
      profile: "anthropic:x",
      provider: "anthropic",
      kind,
      token: Redacted.make(secret),
      baseUrl: `https://example.org/${path}`,
      headers: headersOf(kind, secret)
    }))

  it("is read back exactly, the base URL and the beta of a bearer among it", () => {
    for (const issued of fc.sample(anyToken, 40)) {
      const lines = render(issued, "env")
      const script = (typeof lines === "string" ? linesOf(lines) : lines).join("\n")
      const isKey = issued.kind === "api_key"
      const secretName = isKey ? "ANTHROPIC_API_KEY" : "ANTHROPIC_AUTH_TOKEN"
      assert.deepStrictEqual(
        [...readBack(script, [secretName, "ANTHROPIC_BASE_URL", "ANTHROPIC_CUSTOM_HEADERS"])],
        [
          Redacted.value(issued.token),
          issued.baseUrl,
          isKey ? "" : "anthropic-beta: oauth-2025-04-20"
        ]
      )
    }
  })
})
