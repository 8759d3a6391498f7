import * as EnvSubstitution from "@clawdbot/domain/Config/EnvSubstitution"
import { jsonValue } from "@clawdbot/testing/Config/json5Arbitrary"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

const variables: Readonly<Record<string, string>> = { A: "1", B: `\${A}`, EMPTY: "" }
const lookup = (name: string) => variables[name]

describe("texts", () => {
  const rows: ReadonlyArray<
    readonly [text: string, result: string, missing: ReadonlyArray<string>]
  > = [
    [`x\${A}y`, "x1y", []],
    [`\${A}\${B}`, `1\${A}`, []],
    [`$\${A}`, `\${A}`, []],
    [`\${lower} $A \${} \${A`, `\${lower} $A \${} \${A`, []],
    [`\${NOPE}`, "", ["NOPE"]],
    [`\${EMPTY}-\${NOPE}`, "-", ["EMPTY", "NOPE"]]
  ]
  for (const [text, result, missing] of rows) {
    it(text, () =>
      assert.deepStrictEqual(EnvSubstitution.substituteText(text, lookup), {
        text: result,
        missing
      })
    )
  }
})

it("names every missing variable with its path, and touches no key", () => {
  const key = `\${A}`
  const { value, missing } = EnvSubstitution.substitute({ [key]: [key, { x: `\${NOPE}` }] }, lookup)
  assert.deepStrictEqual(value, { [key]: ["1", { x: "" }] })
  assert.deepStrictEqual(missing, [{ name: "NOPE", path: [key, 1, "x"] }])
})

it("a document without variables is the same object", () => {
  fc.assert(
    fc.property(jsonValue, (value) => EnvSubstitution.substitute(value, lookup).value === value)
  )
})
