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

/** Fails where a run says something that it must not. `mayShow` is for `print-token`. */
export const assertSaid = ({ status, stderr, stdout }: Ran, mayShow = false): void => {
  const said = `${stdout}\n${stderr}`
  assert.ok(statuses.includes(status), `exit status ${status}`)
  assert.doesNotMatch(said, /^\s+at .*:\d+:\d+/m, "a stack trace")
  assert.doesNotMatch(said, /\bundefined\b|\[object Object\]|\bNaN\b/, "a value of the language")
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
