import { assert, describe, it } from "@effect/vitest"
import { createdIn, maxReferences, type Reference } from "../../src/Anthropic/MessageState.ts"
import { scan } from "../../src/Anthropic/RequestScan.ts"

const stateOf = (body: unknown) =>
  scan(new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body))).state

const stored = (id: string) => ({ kind: "stored", id, required: true }) as const
const references = (body: unknown) => stateOf(body)?.references ?? []

describe("state of a workspace in a message request", () => {
  it("most requests say nothing of it", () => {
    for (const body of [
      {},
      { model: "m", messages: [{ role: "user", content: "hi" }], tools: [{ name: "x" }] },
      { thread: null, container: null, fallback_credit_token: null, tools: null },
      { thread: "x", container: 7, fallback_credit_token: [], user_profile_id: {}, tools: "x" },
      { messages: [{ content: '"container":"container_1","thread":{"type":"create"}' }] },
      { messages: [{ container: "container_1", thread: { type: "create" } }] }
    ])
      assert.isUndefined(stateOf(body), JSON.stringify(body))
  })

  it("a thread is begun, or continued from an answer", () => {
    assert.deepStrictEqual(stateOf({ thread: { type: "create" } }), {
      references: [],
      inThread: true,
      runsCode: false
    })
    const continued = { type: "continue", previous_message_id: "msg_1" }
    assert.deepStrictEqual(stateOf({ model: "m", thread: continued }), {
      references: [{ kind: "thread", id: "msg_1", required: true }],
      inThread: true,
      runsCode: false
    })
  })

  it("a container is named by its id, alone or with skills; only uploaded skills count", () => {
    assert.deepStrictEqual(references({ container: "container_1" }), [stored("container_1")])
    const skills = [
      { type: "anthropic", skill_id: "pptx", version: "latest" },
      { type: "custom", skill_id: "skill_1" },
      7
    ]
    assert.deepStrictEqual(references({ container: { skills, id: "container_1" } }), [
      stored("container_1"),
      stored("skill_1")
    ])
    assert.deepStrictEqual(references({ container: { id: null, skills } }), [stored("skill_1")])
  })

  it("a credit is wanted at its own workspace only where it is redeemed strictly", () => {
    const credit = (required: boolean): Reference => ({
      kind: "fallback_credit",
      id: "opaque",
      required
    })
    for (const [token, required] of [
      ["opaque", true],
      [{ token: "opaque" }, true],
      [{ token: "opaque", mode: "strict" }, true],
      [{ mode: "best_effort", token: "opaque" }, false]
    ] as const)
      assert.deepStrictEqual(references({ fallback_credit_token: token }), [credit(required)])
    assert.deepStrictEqual(references({ user_profile_id: "uprof_1" }), [stored("uprof_1")])
  })

  it("everything in one request is found, wherever it stands among the keys", () => {
    assert.deepStrictEqual(
      stateOf({
        fallback_credit_token: "opaque",
        messages: [{ role: "user", content: "x".repeat(100_000) }],
        tools: [
          { name: "type", description: '"type":"code_execution_1"', input_schema: { type: "x" } },
          { type: "code_execution_20260521", name: "code_execution" }
        ],
        model: "m",
        container: "container_1",
        stream: true,
        thread: { type: "continue", previous_message_id: "msg_1" }
      }),
      {
        references: [
          { kind: "fallback_credit", id: "opaque", required: true },
          stored("container_1"),
          { kind: "thread", id: "msg_1", required: true }
        ],
        inThread: true,
        runsCode: true
      }
    )
    assert.isUndefined(stateOf({ tools: [{ input_schema: { type: "code_execution_1" } }] }))
  })

  it("of a body that is cut off, and of texts without measure, nothing is taken", () => {
    assert.isUndefined(stateOf('{"container":"container_'))
    assert.isUndefined(stateOf('{"tools":[{"type":"code'))
    assert.isUndefined(stateOf({ container: "x".repeat(100_000) }))
  })
})

describe("a request that names more than any real one", () => {
  it("costs its bytes, and what it names first counts", () => {
    const many = Array.from({ length: 200_000 }, (_, index) => `"container":"c${index}"`).join()
    const skills = Array.from({ length: 50_000 }, () => '{"type":"custom","skill_id":"s"}').join()
    for (const body of [`{${many}}`, `{"container":{"id":"c0","skills":[${skills}]}}`]) {
      const found = references(body)
      assert.isAtMost(found.length, maxReferences)
      assert.deepStrictEqual(found[0], stored("c0"))
    }
  })
})

describe("what an answer created", () => {
  it("is its container, its credit, and a place to continue its thread from", () => {
    const answer = {
      id: "msg_1",
      container: { id: "container_1", expires_at: "2026-11-28T00:00:00Z" },
      stop_details: { type: "refusal", fallback_credit_token: "opaque" }
    }
    assert.deepStrictEqual(createdIn(answer, true), [
      { kind: "thread", id: "msg_1" },
      { kind: "container", id: "container_1" },
      { kind: "fallback_credit", id: "opaque" }
    ])
    assert.deepStrictEqual(
      createdIn(answer, false).map(({ kind }) => kind),
      ["container", "fallback_credit"]
    )
  })

  it("is nothing for most", () => {
    for (const answer of [
      { id: "msg_1", container: null, stop_details: null },
      { id: "msg_1", container: "container_1", stop_details: { fallback_credit_token: null } },
      {}
    ])
      assert.deepStrictEqual(createdIn(answer, false), [])
  })
})
