import { bodyValue } from "@clawdbot/testing/ScriptedAnthropic/bodyValue"
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"

/** What it stands for, without a look at the ends and without memory. */
const plainly = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

describe("the value of a body", () => {
  it.prop(
    "is that of its text, whole or cut off anywhere, with spaces around it, at every look",
    [FastCheck.json(), FastCheck.nat(), FastCheck.constantFrom("", " ", "\n\t", "x", "}")],
    ([json, end, around]) => {
      for (const text of [json, json.slice(0, end % (json.length + 1))]) {
        const whole = `${around}${text}${around}`
        const body = Buffer.from(whole)
        assert.deepStrictEqual(bodyValue(body), plainly(whole))
        assert.strictEqual(bodyValue(body), bodyValue(body))
      }
    }
  )
})
