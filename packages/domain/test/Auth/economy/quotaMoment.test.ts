/** What a choice by quota needs to know of the request that asks. */
import { assert, describe, it } from "@effect/vitest"
import * as AgentId from "../../../src/Agent/AgentId.ts"
import {
  ConversationUse,
  longLifeMs,
  shortLifeMs
} from "../../../src/Auth/economy/ConversationUse.ts"
import { PlanSizes } from "../../../src/Auth/economy/PlanSizes.ts"
import { moveUsd, quotaMoment } from "../../../src/Auth/economy/quotaMoment.ts"
import * as ProfileId from "../../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../../src/Profile/ProviderId.ts"
import * as Usage from "../../../src/Usage/Usage.ts"

const model = "claude-opus-4-5"
const a = ProfileId.of("a")
const agent = AgentId.main
const request = { agent, provider: ProviderId.anthropic, model, conversation: "x" }
const thread = { agent, conversation: "x", model }

describe("what it costs to move a conversation", () => {
  // Opus 4.5: 6.25 and 10 USD to write, 0.5 USD to read, for a million tokens.
  it("is what writing its prompt anew costs more than reading it", () => {
    const short = { lifeMs: shortLifeMs, tokens: 200_000 }
    assert.closeTo(moveUsd(short, model, 0) ?? 0, 1.15, 1e-9)
    assert.closeTo(moveUsd({ ...short, lifeMs: longLifeMs }, model, 0) ?? 0, 1.9, 1e-9)
    assert.closeTo(moveUsd(short, `${model}-20251101`, 0) ?? 0, 1.15, 1e-9)
  })

  it("is not known without the tokens, the model or its price", () => {
    const lifeMs = shortLifeMs
    assert.isUndefined(moveUsd({ lifeMs, tokens: undefined }, model, 0))
    assert.isUndefined(moveUsd({ lifeMs, tokens: 1 }, undefined, 0))
    assert.isUndefined(moveUsd({ lifeMs, tokens: 1 }, "another-model", 0))
  })
})

describe("the cache of the asking conversation", () => {
  const memory = (tokens?: number) => {
    const uses = new ConversationUse()
    uses.begin(thread, a, 1_000)
    if (tokens !== undefined)
      uses.learn(thread, a, { ...Usage.zero, cacheRead: tokens, cacheWrite5m: 0 })
    return { uses, sizes: new PlanSizes() }
  }

  it("is where it was last, until it ends there", () => {
    const known = memory(200_000)
    const { warm } = quotaMoment(request, known, 2_000)
    assert.deepInclude(warm, { profile: a, tokens: 200_000, until: 1_000 + shortLifeMs })
    assert.closeTo(warm?.moveUsd ?? 0, 1.15, 1e-9)
    assert.isDefined(quotaMoment(request, known, 999 + shortLifeMs).warm)
    assert.isUndefined(quotaMoment(request, known, 1_000 + shortLifeMs).warm)
  })

  it("is there while no answer has said how much it is, and not where it is nothing", () => {
    assert.deepInclude(quotaMoment(request, memory(), 2_000).warm, {
      tokens: undefined,
      moveUsd: undefined
    })
    assert.isUndefined(quotaMoment(request, memory(0), 2_000).warm)
  })

  it("is none for another conversation, or a request without one", () => {
    const known = memory(200_000)
    assert.isUndefined(quotaMoment({ ...request, conversation: "y" }, known, 2_000).warm)
    const { conversation: _, ...without } = request
    assert.isUndefined(quotaMoment(without, known, 2_000).warm)
  })
})

describe("the others that a choice by quota looks at", () => {
  it("are the other conversations of a credential, without the one that asks", () => {
    const uses = new ConversationUse()
    uses.begin(thread, a, 1_000)
    uses.begin({ ...thread, conversation: "y" }, a, 1_000)
    const memory = { uses, sizes: new PlanSizes() }
    assert.strictEqual(quotaMoment(request, memory, 2_000).conversations(a), 1)
    const { conversation: _, ...without } = request
    assert.strictEqual(quotaMoment(without, memory, 2_000).conversations(a), 2)
  })

  it("leave more for people only where a sub-agent asks", () => {
    const memory = { uses: new ConversationUse(), sizes: new PlanSizes() }
    assert.isFalse(quotaMoment(request, memory, 0).isBackground)
    assert.isFalse(quotaMoment({ ...request, background: false }, memory, 0).isBackground)
    assert.isTrue(quotaMoment({ ...request, background: true }, memory, 0).isBackground)
  })
})
