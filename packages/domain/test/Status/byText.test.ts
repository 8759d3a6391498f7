import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { byText } from "../../src/Status/byText.ts"

const id = fc
  .tuple(
    fc.constantFrom("", "anthropic:", "openai:"),
    fc.stringMatching(/^[a-zA-Z0-9:._@ é-]{0,6}$/)
  )
  .map(([provider, name]) => provider + name)

describe("byText", () => {
  it("orders as the language does", () => {
    const { compare } = new Intl.Collator("en")
    fc.assert(
      fc.property(id, id, (a, b) => {
        assert.strictEqual(Math.sign(byText(a, b)), Math.sign(compare(a, b)))
      }),
      { numRuns: 2_000 }
    )
  })
})
