// The same as a middleware, beside others.
import Anthropic from "@anthropic-ai/sdk"
import { make } from "@clawdbot/fetch"

const claude = await make()
const client = new Anthropic({ apiKey: "unused", middleware: [claude.middleware] })

const { type } = await client.messages.create({
  model: "claude-opus-4-5",
  max_tokens: 64,
  messages: [{ role: "user", content: "hi" }]
})
console.log(JSON.stringify({ type }))
