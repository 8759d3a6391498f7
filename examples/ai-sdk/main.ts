// The AI SDK with the credentials of this machine.
import { createAnthropic } from "@ai-sdk/anthropic"
import { make } from "@clawdbot/fetch" // clawdbot
import { streamText } from "ai"

const claude = await make() // clawdbot
const anthropic = createAnthropic({ apiKey: "unused", fetch: claude.fetch })

const { textStream } = streamText({ model: anthropic("claude-opus-4-5"), prompt: "hi" })
const pieces: Array<string> = []
for await (const piece of textStream) pieces.push(piece)
console.log(JSON.stringify({ text: pieces.join(""), isStreamed: pieces.length > 1 }))
