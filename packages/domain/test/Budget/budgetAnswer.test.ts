/** What a client reads when its budget does not let a request through. */
import { toAnswer } from "@clawdbot/domain/Budget/budgetAnswer"
import * as KeyPath from "@clawdbot/json5-edit/KeyPath"
import * as Either from "effect/Either"
import { assert, it } from "vitest"

for (const client of ["laptop", "build.host-1"])
  it(`names the setting of ${client} by a key that a config is read by`, () => {
    for (const _tag of ["Unknown", "Unmeasured"] as const) {
      const { body } = toAnswer({ _tag }, client, 0, "req_1")
      const { message } = JSON.parse(String(body)).error
      const [, quoted = ""] = /clawdbot config set (\S+) true$/.exec(message) ?? []
      assert.deepStrictEqual(
        KeyPath.parse(quoted.replace(/^'(.*)'$/, "$1")),
        Either.right(["gateway", "budgets", client, "failOpen"])
      )
    }
  })
