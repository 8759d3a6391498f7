/** A config of 5 MB with 2,000 agents, as JSON and as a person would write it. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadText } from "./loading.ts"

const list = Array.from({ length: 2000 }, (_, index) => ({
  id: `agent-${index}`,
  name: "x".repeat(2400),
  model: { primary: "anthropic/claude-haiku-4-5" }
}))
const json = JSON.stringify({ agents: { list } }, null, 2)
const json5 = json.replace('{\n  "agents"', "{\n  // mine\n  agents").replace(/\n}$/, ",\n}")

export const largeConfigs: ReadonlyArray<readonly [string, string]> = [
  ["JSON", json],
  ["JSON5", json5]
]

/** Loads it whole. */
export const loadLarge = (text: string) =>
  Effect.gen(function* () {
    assert.isAbove(text.length, 5_000_000)
    const { snapshot } = yield* loadText(text)
    assert.strictEqual(snapshot.config.agents?.list?.length, 2000)
  })
