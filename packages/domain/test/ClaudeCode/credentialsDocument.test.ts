import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { decode, parse, render, withTokens } from "../../src/ClaudeCode/credentialsDocument.ts"
import type * as Credential from "../../src/Profile/Credential.ts"
import { noExtra } from "../../src/Profile/Credential.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const end = 1_900_000_000_000
const later = end + 3_600_000

const document = (more: Readonly<Record<string, unknown>>) => ({
  mcpOAuth: { kept: true },
  claudeAiOauth: {
    accessToken: "sk-ant-oat01-planted",
    refreshToken: "sk-ant-ort01-planted",
    expiresAt: end,
    scopes: ["user:inference"],
    ...more
  }
})

const read = (text: string) =>
  Either.match(Either.flatMap(parse(text), decode), {
    onLeft: (problem): string => problem,
    onRight: ({ expires, type }) => `${type} until ${expires}`
  })

const next: Credential.OAuth = {
  type: "oauth",
  provider: ProviderId.anthropic,
  access: Redacted.make("sk-ant-oat01-next"),
  refresh: Redacted.make("sk-ant-ort01-next"),
  expires: later,
  extra: noExtra
}

describe("Claude Code's login", () => {
  const forms: ReadonlyArray<readonly [string, unknown, unknown]> = [
    ["milliseconds", end, later],
    ["seconds", end / 1000, later / 1000],
    ["milliseconds as text", String(end), String(later)],
    ["seconds as text", String(end / 1000), String(later / 1000)],
    ["an ISO date", new Date(end).toISOString(), new Date(later).toISOString()]
  ]
  for (const [name, before, after] of forms) {
    it(`is read and written back with its end in ${name}`, () => {
      const value = document({ expiresAt: before })
      assert.strictEqual(read(JSON.stringify(value)), `oauth until ${end}`)
      const written = Redacted.value(Option.getOrThrow(withTokens(value, next)))
      assert.deepStrictEqual<object>(written, {
        mcpOAuth: { kept: true },
        claudeAiOauth: {
          accessToken: "sk-ant-oat01-next",
          refreshToken: "sk-ant-ort01-next",
          expiresAt: after,
          scopes: ["user:inference"]
        }
      })
      assert.strictEqual(read(JSON.stringify(written)), `oauth until ${later}`)
    })
  }

  const problems: ReadonlyArray<readonly [string, string]> = [
    ["{", "not JSON"],
    ["null", "no login in it"],
    ["{}", "no login in it"],
    [JSON.stringify(document({ accessToken: " " })), "no access token"],
    [JSON.stringify(document({ accessToken: null })), "no access token"],
    [JSON.stringify(document({ accessToken: "a\u200bb" })), "an access token that cannot be sent"],
    [JSON.stringify(document({ expiresAt: undefined })), "no usable expiresAt"],
    [JSON.stringify(document({ expiresAt: 0 })), "no usable expiresAt"],
    [JSON.stringify(document({ expiresAt: "soon" })), "no usable expiresAt"],
    [JSON.stringify(document({ expiresAt: {} })), "no usable expiresAt"]
  ]
  for (const [text, problem] of problems)
    it(`${text.slice(0, 90)}: ${problem}`, () => assert.strictEqual(read(text), problem))

  for (const refreshToken of [undefined, null, "", " "]) {
    it(`with ${JSON.stringify(refreshToken)} for a refresh token is a static token`, () =>
      assert.strictEqual(read(JSON.stringify(document({ refreshToken }))), `token until ${end}`))
  }

  it("keeps the layout, the line ends and the byte order mark of its text", () => {
    const value = document({})
    const texts = [
      JSON.stringify(value),
      JSON.stringify(value, null, 2),
      `${JSON.stringify(value, null, 2)}\n`,
      `${JSON.stringify(value, null, 2)}\n`.replaceAll("\n", "\r\n"),
      `\ufeff${JSON.stringify(value)}`
    ]
    for (const text of texts) {
      assert.strictEqual(read(text), `oauth until ${end}`)
      const same = { ...next, access: Redacted.make("sk-ant-oat01-planted"), expires: end }
      const kept = { ...same, refresh: Redacted.make("sk-ant-ort01-planted") }
      const written = Option.getOrThrow(withTokens(value, kept))
      assert.strictEqual(Redacted.value(render(written, text)), text)
    }
  })
})
