// The gateway inside a program: clients that know only an address and a token are served.
import Anthropic from "@anthropic-ai/sdk"
import * as Gateway from "@clawdbot/http/Gateway"
import { Effect, Redacted } from "effect"

const request = {
  model: "claude-opus-4-5",
  max_tokens: 64,
  messages: [{ role: "user" as const, content: "hi" }]
}

const program = Effect.gen(function* () {
  const { clientToken = Redacted.make(""), url } = yield* Gateway.Gateway
  const client = new Anthropic({ apiKey: Redacted.value(clientToken), baseURL: url })
  const { type } = yield* Effect.promise(() => client.messages.create(request))
  return { type }
})
const served = Effect.provide(program, Gateway.layer({ port: 0 }))
console.log(JSON.stringify(await Effect.runPromise(served)))
