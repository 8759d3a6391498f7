/** Credentials in texts of a person, such as words of a command line. */
import * as Secret from "@clawdbot/domain/Profile/Secret"
import { assert, it } from "@effect/vitest"

it("masks each credential in a text, and leaves the rest as it is", () => {
  const key = `sk-ant-api03-${"k".repeat(80)}-AA`
  const client = `cbt_${"c".repeat(43)}`
  assert.strictEqual(
    Secret.maskIn(`unexpected word "${key}", anthropic/${key}; ${client}`),
    'unexpected word "sk-ant-a...kkkkk-AA", anthropic/sk-ant-a...kkkkk-AA; cbt_cccc...cccccccc'
  )
  for (const text of [
    "",
    "anthropic:work",
    "sk-ant-api03-…",
    "claude-opus-4-5",
    "sk-ant-a...kkk-AA"
  ])
    assert.strictEqual(Secret.maskIn(text), text)
})
