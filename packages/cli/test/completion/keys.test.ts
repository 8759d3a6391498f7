/** Every key that the page of the configuration has is offered where one is typed. */
import * as fs from "node:fs"
import { keysRead } from "@clawdbot/domain/Config/KnownKeys"
import { assert, describe, it } from "@effect/vitest"

const page = fs.readFileSync(new URL("../../../../docs/configuration.md", import.meta.url), "utf8")

/** The keys of the page's tables, each up to a name that only the user knows. */
const documented = [
  ...new Set(
    [...page.slice(page.indexOf("| `$schema` |")).matchAll(/^\| `([^`]+)` \|/gm)].map(
      ([, key = ""]) => key.replace(/(?:\.<name>|\[\]).*$/, "")
    )
  )
]

const isSection = (key: string): boolean => documented.some((other) => other.startsWith(`${key}.`))

describe("the keys that a Tab offers", () => {
  it("are all that are documented, by name", () => {
    const offered = keysRead()
    assert.includeMembers(
      [...offered],
      ["gateway.hosts", "gateway.accessLog", "gateway.customBindHost"]
    )
    assert.isAbove(documented.length, 60)
    assert.deepStrictEqual(
      documented.filter((key) => !isSection(key) && !offered.includes(key)),
      []
    )
  })
})
