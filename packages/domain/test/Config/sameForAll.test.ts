import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { versionForAll } from "../../src/Config/sameForAll.ts"
import { loadText } from "./loading.ts"

describe("the version of a config that others may go by unread", () => {
  it.effect("is that of the file, while reading it would neither say nor open anything", () =>
    Effect.gen(function* () {
      const read = (text: string) =>
        Effect.map(loadText(text), ({ snapshot }) => ({ ...snapshot, version: "1 2" }))
      assert.strictEqual(versionForAll(yield* read("{}")), "1 2")
      const shared = `{ store: { type: "postgres", url: "postgres://db/clawdbot" } }`
      const others = [
        yield* read(`{ agent: { model: "anthropic/claude-opus-4-5" } }`),
        yield* read(shared),
        (yield* loadText("{}")).snapshot,
        undefined
      ]
      assert.deepStrictEqual(
        others.map(versionForAll).filter((version) => version !== undefined),
        []
      )
    })
  )
})
