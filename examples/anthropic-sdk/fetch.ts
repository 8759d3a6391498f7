// @anthropic-ai/sdk with the credentials of this machine.
import Anthropic from "@anthropic-ai/sdk"
import { make } from "@clawdbot/fetch" // clawdbot

const claude = await make() // clawdbot
const client = new Anthropic({ apiKey: "unused", fetch: claude.fetch })

const request = {
  model: "claude-opus-4-5",
  max_tokens: 64,
  messages: [{ role: "user" as const, content: "hi" }]
}
const { type } = await client.messages.create(request)
const text = await client.messages.stream(request).finalText()
console.log(JSON.stringify({ type, text }))
