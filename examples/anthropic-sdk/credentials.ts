// For a setup token or a login: the SDK sends by itself, and asks for a token when it needs one.
import Anthropic from "@anthropic-ai/sdk"
import { make } from "@clawdbot/fetch"

const claude = await make()
const client = new Anthropic({
  credentials: claude.accessToken,
  baseURL: process.env.ANTHROPIC_BASE_URL ?? null
})

const { type } = await client.messages.create({
  model: "claude-opus-4-5",
  max_tokens: 64,
  messages: [{ role: "user", content: "hi" }]
})
console.log(JSON.stringify({ type }))
