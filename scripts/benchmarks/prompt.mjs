// A request of a long conversation as coding agents send it: tools, rules, calls of tools with
// their results, and breakpoints of the prompt cache on the rules and on the last message.
const mark = { cache_control: { type: "ephemeral" } }
const text = (words) => ({ type: "text", text: words })

const tools = Array.from({ length: 16 }, (_, index) => ({
  name: `tool_${index}`,
  description: "Reads a file from the local file system. Lines are numbered.\n".repeat(10),
  input_schema: { type: "object", properties: { path: { type: "string" } }, required: ["path"] }
}))

const call = (number) => ({
  role: "assistant",
  content: [
    text("I will look."),
    { type: "tool_use", id: `toolu_${number}`, name: "tool_1", input: { path: "src/main.ts" } }
  ]
})

const result = (number) => ({
  role: "user",
  content: [
    {
      type: "tool_result",
      tool_use_id: `toolu_${number}`,
      content: 'const name = "value"\n'.repeat(40)
    }
  ]
})

/** The body, of about so many bytes. */
export const prompt = (bytes) => {
  const messages = [{ role: "user", content: [text("Mend the build.")] }]
  const body = {
    model: "claude-opus-4-5",
    max_tokens: 100,
    metadata: { user_id: "bench" },
    system: [text("You help."), { ...text("Keep to the rules.\n".repeat(100)), ...mark }],
    tools,
    messages
  }
  for (let number = 0; JSON.stringify(body).length < bytes; number++)
    messages.push(call(number), result(number))
  Object.assign(messages.at(-1).content[0], mark)
  return body
}
