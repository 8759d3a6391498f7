// Loading configs of 10 and of 2,000 agents, inside one process, beside the bare parsing of the
// same text: one JSON line of ms (medians).
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import JSON5 from "json5"

const text = (agents: number): string =>
  JSON.stringify({
    agents: {
      list: Array.from({ length: agents }, (_, index) => ({
        id: `agent-${index}`,
        name: `Agent ${index}`
      }))
    }
  })

const rounds = 7
const median = (numbers: Array<number>): number =>
  numbers.sort((a, b) => a - b)[(rounds - 1) / 2] ?? Number.NaN

const rows = Effect.forEach([10, 2_000], (agents) =>
  Effect.gen(function* () {
    const { load } = yield* ConfigStore
    const loading: Array<number> = []
    const parsing: Array<number> = []
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now()
      JSON5.parse(text(agents))
      const parsed = performance.now()
      yield* load
      parsing.push(parsed - begun)
      loading.push(performance.now() - parsed)
    }
    return { agents, loadMs: median(loading), parseMs: median(parsing) }
  }).pipe(
    Effect.provide(ConfigMemory.layer(text(agents))),
    Effect.provide(Layer.merge(EnvironmentMemory.layer({}), EnvironmentMemory.pathsLayer()))
  )
)

process.stdout.write(`${JSON.stringify(await Effect.runPromise(rows))}\n`)
