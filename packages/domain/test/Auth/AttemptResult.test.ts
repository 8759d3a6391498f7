/** What a response that was read to its end means for the attempt. */
import { assert, describe, it } from "@effect/vitest"
import { fromResponse } from "../../src/Auth/AttemptResult.ts"

const response = (status: number, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  header: (name: string) => headers[name],
  body: "",
  now: 1_800_000_000_000
})

describe("fromResponse", () => {
  it("is an answer below 300, with the organization that it names", () => {
    for (const status of [200, 299])
      assert.deepInclude(fromResponse(response(status), "v"), { _tag: "Answered", value: "v" })
    const named = response(200, { "anthropic-organization-id": "org" })
    assert.deepInclude(fromResponse(named, "v"), { organization: "org" })
  })

  it("is a refusal from 300 on, of no credential where the client has to read it", () => {
    for (const status of [300, 304, 399])
      assert.deepStrictEqual(fromResponse(response(status), "v"), {
        _tag: "Refused",
        value: "v",
        failure: { class: "format", status, windows: [] }
      })
  })

  it("is a refusal that is classified by what the provider says from 400 on", () => {
    const type = "authentication_error"
    const body = JSON.stringify({ type: "error", error: { type, message: "m" } })
    for (const status of [400, 401]) {
      const result = fromResponse({ ...response(status), body }, "v")
      if (result._tag !== "Refused") return assert.fail(`it is ${result._tag}`)
      assert.deepInclude(result.failure, { errorType: type, message: "m", status })
    }
  })
})
