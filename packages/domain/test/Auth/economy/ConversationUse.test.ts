/** What is remembered of conversations, and for how long. */
import { assert, describe, it } from "@effect/vitest"
import * as AgentId from "../../../src/Agent/AgentId.ts"
import {
  ConversationUse,
  lateMs,
  longLifeMs,
  maxConversations,
  shortLifeMs
} from "../../../src/Auth/economy/ConversationUse.ts"
import * as ProfileId from "../../../src/Profile/ProfileId.ts"
import * as Usage from "../../../src/Usage/Usage.ts"

const agent = AgentId.main
const model = "claude-opus-5-5"
const a = ProfileId.of("a")
const b = ProfileId.of("b")
const thread = (conversation: string) => ({ agent, conversation, model })

describe("the use of conversations", () => {
  it("is apart for agents and for models that name the same conversation", () => {
    const uses = new ConversationUse()
    uses.begin(thread("x"), a, 1_000)
    const others = [
      { ...thread("x"), agent: AgentId.normalize("work") },
      { ...thread("x"), model: undefined }
    ]
    for (const other of others) {
      uses.find(thread("x"))
      assert.isUndefined(uses.find(other))
    }
    assert.deepInclude(uses.find(thread("x")), { profile: a })
  })

  it("says what is cached, where, and for how long", () => {
    const uses = new ConversationUse()
    uses.begin(thread("x"), a, 1_000)
    assert.deepInclude(uses.find(thread("x")), { profile: a, tokens: undefined, usedAt: 1_000 })
    uses.learn(thread("x"), a, { ...Usage.zero, cacheRead: 100, cacheWrite1h: 20 })
    assert.deepInclude(uses.find(thread("x")), { tokens: 120, lifeMs: longLifeMs })
    uses.begin(thread("x"), a, 2_000)
    uses.learn(thread("x"), a, { ...Usage.zero, cacheRead: 120 })
    assert.deepInclude(uses.find(thread("x")), { tokens: 120, lifeMs: longLifeMs, usedAt: 2_000 })
    uses.begin(thread("x"), b, 3_000)
    assert.deepInclude(uses.find(thread("x")), { tokens: undefined, lifeMs: shortLifeMs })
    uses.learn(thread("x"), a, { ...Usage.zero, cacheRead: 5 })
    assert.deepInclude(uses.find(thread("x")), { profile: b, tokens: undefined })
    assert.isUndefined(uses.find({ ...thread("x"), model: "claude-haiku-5-5" }))
  })

  it("counts each conversation once, where it was last, for five minutes", () => {
    const uses = new ConversationUse()
    uses.begin(thread("x"), a, 0)
    uses.begin(thread("x"), a, 1)
    uses.begin(thread("y"), a, 2)
    assert.strictEqual(uses.count(a, 3, undefined), 2)
    assert.strictEqual(uses.count(a, 3, thread("y")), 1)
    uses.begin(thread("y"), b, 4)
    assert.deepStrictEqual([uses.count(a, 5, undefined), uses.count(b, 5, undefined)], [1, 1])
    assert.strictEqual(uses.count(a, 2 + lateMs, undefined), 0)
    assert.strictEqual(uses.count(b, 4 + lateMs, undefined), 1)
  })

  it("knows what was before a use that was refused, and takes back no other one", () => {
    const uses = new ConversationUse()
    uses.begin(thread("x"), a, 1_000)
    uses.learn(thread("x"), a, { ...Usage.zero, cacheWrite1h: 20 })
    const before = uses.find(thread("x"))
    uses.begin(thread("x"), b, 2_000)
    uses.takeBack(thread("x"), b, 1_999)
    uses.takeBack(thread("x"), a, 2_000)
    assert.deepInclude(uses.find(thread("x")), { profile: b, usedAt: 2_000 })
    uses.takeBack(thread("x"), b, 2_000)
    assert.deepStrictEqual(uses.find(thread("x")), before)
    uses.takeBack(thread("x"), a, 1_000)
    assert.deepStrictEqual(uses.find(thread("x")), before)
    uses.takeBack(thread("unknown"), a, 1_000)
    assert.isUndefined(uses.find(thread("unknown")))
  })

  it("forgets those that were used longest ago", () => {
    const uses = new ConversationUse()
    for (let index = 0; index <= maxConversations; index++) uses.begin(thread(`${index}`), a, index)
    assert.strictEqual(uses.size, maxConversations)
    assert.isUndefined(uses.find(thread("0")))
    assert.strictEqual(uses.count(a, maxConversations, undefined), maxConversations)
  })
})
