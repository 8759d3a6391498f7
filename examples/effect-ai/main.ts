// @effect/ai-anthropic with the credentials of this machine.
import * as MachineCredentials from "@clawdbot/node/MachineCredentials" // clawdbot
import * as ClaudeHttpClient from "@clawdbot/platform/ClaudeHttpClient" // clawdbot
import { LanguageModel } from "@effect/ai"
import { AnthropicClient, AnthropicLanguageModel } from "@effect/ai-anthropic"
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, Stream } from "effect"

const Claude = AnthropicLanguageModel.layer({ model: "claude-opus-4-5" }).pipe(
  Layer.provide(AnthropicClient.layer({})),
  Layer.provide(ClaudeHttpClient.layer()), // clawdbot
  Layer.provide(MachineCredentials.layer()), // clawdbot
  Layer.provide(FetchHttpClient.layer)
)

const program = Effect.gen(function* () {
  const { text } = yield* LanguageModel.generateText({ prompt: "hi" })
  const parts = yield* Stream.runCount(LanguageModel.streamText({ prompt: "hi" }))
  return { text, isStreamed: parts > 1 }
})
console.log(JSON.stringify(await Effect.runPromise(Effect.provide(program, Claude))))
