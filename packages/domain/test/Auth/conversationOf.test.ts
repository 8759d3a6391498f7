/** What keeps a conversation on its credential (decision D16). */
import { conversationOf, isSubAgent } from "@clawdbot/domain/Auth/conversationOf"
import { assert, describe, it } from "@effect/vitest"

const own = "x-clawdbot-session"
const session = "x-claude-code-session-id"
const agent = "x-claude-code-agent-id"
const of = (headers: Readonly<Record<string, string>>, userId?: string) =>
  conversationOf((name) => headers[name], userId)

describe("conversationOf", () => {
  it("is the session that the client names, whatever else is said", () => {
    assert.strictEqual(of({ [own]: " s ", [session]: "c", [agent]: "a" }, "user"), "s")
  })

  it("is Claude Code's session, each of its agents for itself", () => {
    assert.strictEqual(of({ [session]: " c " }, "user"), "c")
    assert.strictEqual(of({ [session]: "c", [agent]: " a " }, "user"), "c a")
  })

  it("is the user of the body where no header names one, an agent alone naming none", () => {
    assert.strictEqual(of({}, "user"), "user")
    assert.strictEqual(of({ [agent]: "a" }, "user"), "user")
    assert.isUndefined(of({}))
  })

  it("takes a header without a text for none", () => {
    assert.strictEqual(of({ [own]: " ", [session]: "" }, "user"), "user")
    assert.strictEqual(of({ [own]: "", [session]: "c", [agent]: " " }), "c")
  })
})

describe("isSubAgent", () => {
  it("goes by the header that names an agent, where it has a text", () => {
    const asks = (headers: Readonly<Record<string, string>>) => isSubAgent((name) => headers[name])
    assert.isTrue(asks({ [agent]: "a" }))
    assert.isFalse(asks({ [agent]: " " }))
    assert.isFalse(asks({ [session]: "c", [own]: "s" }))
  })
})
