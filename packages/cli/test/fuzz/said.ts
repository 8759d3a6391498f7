/** What every run of a command must keep to, whatever it was given. */
import * as assert from "node:assert"
import type { Ran } from "../commandLine.ts"

/** Secrets that are planted; none of them may be shown whole. */
export const planted = {
  key: "sk-ant-api03-PLANTEDplantedPLANTEDplantedPLANTEDplantedPLANTEDplanted-AA",
  access: "sk-ant-oat01-PLANTEDaccessPLANTEDaccessPLANTEDaccessPLANTEDaccess-BB",
  refresh: "sk-ant-ort01-PLANTEDrefreshPLANTEDrefreshPLANTEDrefreshPLANTEDrefresh-CC",
  gateway: "cbt_PLANTEDgatewayPLANTEDgatewayPLANTEDgateway"
} as const

const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
const statuses = [0, 1, 2, 3, 4, 5, 64, 130]

/** Values of the language that nobody should see. */
const leaked: ReadonlyArray<readonly [string, RegExp]> = [
  ["undefined", /\bundefined\b/],
  ["[object Object]", /\[object Object\]/],
  ["NaN", /\bNaN\b/]
]

/** What a run was given, which it may show again, and whether it may show secrets. */
export interface Given {
  readonly texts: ReadonlyArray<string>
  readonly mayShow?: boolean
}

/** Fails where a run says something that it must not. */
export const assertSaid = (
  { status, stderr, stdout }: Ran,
  { mayShow = false, texts }: Given
): void => {
  const said = `${stdout}\n${stderr}`
  assert.ok(statuses.includes(status), `exit status ${status}`)
  assert.doesNotMatch(said, /^\s+at .*:\d+:\d+/m, "a stack trace")
  for (const [word, pattern] of leaked)
    if (!texts.some((text) => text.includes(word)))
      assert.doesNotMatch(said, pattern, "a value of the language")
  for (const line of said.split("\n"))
    assert.doesNotMatch(line.replaceAll("\t", ""), hidden, "something hidden")
  if (mayShow) return
  for (const secret of Object.values(planted))
    assert.ok(!said.includes(secret), `a secret is shown: ${secret.slice(0, 20)}`)
}

/** With `--json` standard output is one document, also on failure. */
export const assertJson = (argv: ReadonlyArray<string>, { stdout }: Ran): void => {
  if (!argv.includes("--json") || stdout === "") return
  assert.doesNotThrow(() => JSON.parse(stdout), `not one JSON document: ${stdout.slice(0, 200)}`)
}
