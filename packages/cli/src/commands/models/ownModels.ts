/** Agents with a model of their own, which a change of the default one does not reach. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as ModelCatalog from "@clawdbot/domain/Model/ModelCatalog"
import * as Effect from "effect/Effect"
import { IoStreams } from "../../terminal/IoStreams.ts"

/** Names them, where there are any. */
export const tellOwnModels = Effect.fn("models.tellOwnModels")(function* (
  key: "primary" | "fallbacks"
) {
  const { config } = yield* (yield* ConfigStore).load
  const ids = (config.agents?.list ?? []).map(({ id }) => AgentId.normalize(id))
  const own = [...new Set(ids)].filter((id) => ModelCatalog.hasOwn(config, id, key))
  if (own.length === 0) return
  const what = key === "primary" ? "a model" : "fallbacks"
  yield* (yield* IoStreams).stderr(
    `clawdbot: these agents have ${what} of their own (agents.list[].model), which ` +
      `they use instead: ${own.join(", ")}`
  )
})
