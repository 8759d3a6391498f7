// A conversation with a tool over the AI SDK. usage: node aiSdk.mjs BASE_URL TOKEN → the text of
// the last answer
import { createAnthropic } from "@ai-sdk/anthropic"
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai"

const [baseUrl, apiKey, how] = process.argv.slice(2)
const options = {
  model: createAnthropic({ baseURL: `${baseUrl}/v1`, apiKey })("claude-opus-4-5"),
  prompt: "How is the weather in Zürich?",
  maxRetries: 0,
  stopWhen: stepCountIs(5),
  tools: {
    weather: tool({
      description: "The weather of a city.",
      inputSchema: jsonSchema({
        type: "object",
        properties: { city: { type: "string" }, unit: { type: "string" } },
        required: ["city"]
      }),
      execute: async ({ city }) => `rain in ${city}`
    })
  }
}
const text =
  how === "streamed" ? await streamText(options).text : (await generateText(options)).text
console.log(text)
