/** What `doctor` makes of what the reading of a store told. */
import { assert, describe, it } from "@effect/vitest"
import type { StoreNoticeKind } from "../../src/Profile/StoreNotice.ts"
import { ofNotice } from "../../src/Status/storeFindings.ts"

const cures: ReadonlyArray<readonly [StoreNoticeKind, RegExp]> = [
  ["open", /chmod 600/],
  ["closed", /replace the credentials/],
  ["restored", /another program writes/],
  ["unreadable", /paste-token/],
  ["imported", /^nothing/],
  ["unmarked", /move the file away/]
]

describe("a notice of a store", () => {
  const path = "/home/me/.clawdbot/agents/main/agent/auth-profiles.json"
  const found = cures.map(([kind]) => ofNotice({ kind, text: "a sentence" }, path))

  it("has the cure of its kind", () => {
    for (const [index, [, cure]] of cures.entries()) assert.match(found[index]?.fix ?? "", cure)
  })

  it("has a reason and a cure that no other kind has", () => {
    for (const part of ["why", "fix"] as const)
      assert.strictEqual(new Set(found.map((one) => one[part])).size, found.length, part)
  })
})
