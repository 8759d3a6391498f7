/**
 * The official SDKs complete a conversation with tools, while every class of failure is played in
 * turn.
 */
import Anthropic from "@anthropic-ai/sdk"
import { playing } from "@clawdbot/testing/ScriptedAnthropic/failureClasses"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import OlderAnthropic from "anthropic-sdk-0.71"
import * as Effect from "effect/Effect"
import { clientToken, withGateway } from "./world.ts"

const sdks = [
  ["1.x", (url: string) => new Anthropic({ baseURL: url, apiKey: clientToken, maxRetries: 0 })],
  // The parts used here are the same in both; only their types are of two packages.
  [
    "0.71",
    (url: string) =>
      new OlderAnthropic({
        baseURL: url,
        apiKey: clientToken,
        maxRetries: 0
      }) as unknown as Anthropic
  ]
] as const

const weather: Anthropic.Tool = {
  name: "weather",
  description: "The weather of a city.",
  input_schema: {
    type: "object",
    properties: { city: { type: "string" }, unit: { type: "string" } }
  }
}

/** Tests a conversation with each SDK, while the first credential fails in each of these ways. */
export const conversations = (
  failures: ReadonlyArray<readonly [name: string, step: Script.Step]>
): void => {
  for (const [name, client] of sdks) {
    describe(`a conversation with tools over @anthropic-ai/sdk ${name}`, () => {
      for (const [failure, step] of failures) {
        for (const streamed of [true, false]) {
          it.scopedLive(`${failure}, ${streamed ? "streamed" : "plain"}`, () =>
            withGateway(
              {
                script: {
                  ka: playing(step),
                  kb: Script.inTurn(
                    Script.ok({ blocks: ["thinking", "text", "tool_use"] }),
                    Script.ok({ text: "It rains." })
                  )
                },
                timeouts: { headersMs: 500 }
              },
              ({ gateway, upstream }) =>
                Effect.promise(async () => {
                  const sdk = client(gateway.url)
                  const turn = (messages: Array<Anthropic.MessageParam>) => {
                    const request = {
                      model: "claude-opus-4-5",
                      max_tokens: 200,
                      tools: [weather],
                      messages
                    }
                    return streamed
                      ? sdk.messages.stream(request).finalMessage()
                      : sdk.messages.create(request)
                  }
                  const messages: Array<Anthropic.MessageParam> = [
                    { role: "user", content: "How is the weather in Zürich?" }
                  ]
                  const first = await turn(messages)
                  assert.strictEqual(first.stop_reason, "tool_use")
                  const call = first.content.find((block) => block.type === "tool_use")
                  assert.deepStrictEqual<unknown>(call?.input, { city: "Zürich", unit: "celsius" })
                  const last = await turn([
                    ...messages,
                    { role: "assistant", content: first.content },
                    {
                      role: "user",
                      content: [
                        { type: "tool_result", tool_use_id: call?.id ?? "", content: "rain" }
                      ]
                    }
                  ])
                  assert.deepStrictEqual(
                    last.content.map((block) => (block.type === "text" ? block.text : block.type)),
                    ["It rains."]
                  )
                  // The failure was met, and what the second turn said of the first came through as
                  // the SDK wrote it.
                  assert.isTrue(upstream.requests.some((request) => request.credential === "ka"))
                  const sent = upstream.requests.at(-1)?.body.toString("utf8") ?? ""
                  assert.deepStrictEqual<unknown>(
                    JSON.parse(sent).messages[1].content,
                    JSON.parse(JSON.stringify(first.content))
                  )
                })
            )
          )
        }
      }
    })
  }
}
