/** When a response becomes the client's, whatever carries it. */
import { assert, describe, it } from "@effect/vitest"
import {
  CommitGate,
  type Ending,
  maxHeldBytes,
  maxRefusalBytes,
  type Step
} from "../../src/Auth/CommitGate.ts"
import { classifyNoAnswer } from "../../src/Health/classify.ts"

const encoder = new TextEncoder()
const event = (name: string, data: unknown = {}) =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
const start = event("message_start", { message: { usage: { input_tokens: 3 } } })
const content = event("content_block_start")
const overloaded = event("error", { type: "error", error: { type: "overloaded_error" } })
const stop = event("message_stop")

/** A carrier that keeps and sends texts. */
const carry = (
  status: number,
  headers: Readonly<Record<string, string>> = { "content-type": "text/event-stream" },
  isHead = false
) => {
  let held = ""
  let sent = ""
  let isCommitted = false
  const usage: Array<string> = []
  const gate = new CommitGate(
    { model: "claude-opus-5", path: "/v1/messages" },
    { now: () => 0, heldText: () => held, onUsage: (data) => usage.push(data) }
  )
  const commit = () => {
    isCommitted = true
    sent += held
    held = ""
  }
  if (gate.begin({ status, header: (name) => headers[name], isHead }) === "commit") commit()
  const push = (text: string): Step => {
    if (gate.isHolding) held += text
    const step = gate.push(encoder.encode(text))
    if (step === "commit") commit()
    if (step === "send") sent += text
    return step
  }
  const release = () => {
    const isReleased = gate.release()
    if (isReleased) commit()
    return isReleased
  }
  return { gate, push, release, usage, seen: () => ({ held, isCommitted, sent }) }
}

const summary = (ending: Ending): string => {
  if (ending._tag === "Answered") return "Answered"
  const { class: failureClass } = ending.failure
  if (ending._tag !== "Broken") return `${ending._tag} ${failureClass}`
  return `Broken ${failureClass}${ending.isCutOff ? ", cut off" : ""}`
}
/** Of another class than a response whose end is missing. */
const lost = classifyNoAnswer("timeout", "ETIMEDOUT")

describe("a stream", () => {
  it("is held until its first content, and whole with message_stop", () => {
    const { gate, push, seen, usage } = carry(200)
    assert.deepStrictEqual([gate.isWaiting, gate.isHolding, gate.isStream], [false, true, true])
    assert.deepStrictEqual([push(start), push(event("ping"))], ["hold", "hold"])
    assert.isFalse(seen().isCommitted)
    assert.deepStrictEqual([push(content), push(stop)], ["commit", "send"])
    assert.strictEqual(summary(gate.end()), "Answered")
    assert.strictEqual(seen().sent, start + event("ping") + content + stop)
    assert.deepStrictEqual(usage, [JSON.stringify({ message: { usage: { input_tokens: 3 } } })])
  })

  it("is refused by an error before any content", () => {
    const { gate, push, seen } = carry(200)
    assert.deepStrictEqual([push(start), push(overloaded + content)], ["hold", "refuse"])
    assert.strictEqual(summary(gate.end()), "Refused overloaded")
    assert.deepStrictEqual(seen(), {
      held: start + overloaded + content,
      isCommitted: false,
      sent: ""
    })
  })

  it("goes on with an error behind the first content, also within the same bytes", () => {
    const { gate, push } = carry(200)
    assert.strictEqual(push(start + content + overloaded), "commit")
    assert.strictEqual(summary(gate.end()), "Broken overloaded")
  })

  it("is the client's once it was held long enough, or is too large to hold", () => {
    const late = carry(200)
    late.push(start)
    assert.deepStrictEqual(
      [late.release(), late.push(overloaded), late.release()],
      [true, "send", false]
    )
    assert.strictEqual(summary(late.gate.end()), "Broken overloaded")

    const comment = `:${"x".repeat(maxHeldBytes / 2 - 2)}\n`
    const large = carry(200)
    assert.deepStrictEqual([large.push(comment), large.push(comment)], ["hold", "commit"])
  })

  const endings: ReadonlyArray<readonly [texts: string, ended: string, failed: string]> = [
    ["", "Unanswered server", "Unanswered timeout"],
    [start, "Unanswered server", "Unanswered timeout"],
    [content, "Broken server, cut off", "Broken timeout, cut off"],
    [content + overloaded, "Broken overloaded", "Broken overloaded, cut off"],
    [content + stop, "Answered", "Answered"],
    [content + overloaded + stop, "Broken overloaded", "Broken overloaded"]
  ]
  for (const [texts, ended, failed] of endings)
    it(`after ${texts.length} bytes: ${ended} at its end, ${failed} with the connection`, () => {
      const first = carry(200)
      const second = carry(200)
      if (texts !== "") for (const { push } of [first, second]) push(texts)
      assert.strictEqual(summary(first.gate.end()), ended)
      assert.strictEqual(summary(second.gate.fail(lost)), failed)
    })
})

describe("a response that is no stream", () => {
  for (const [name, headers, isHead] of [
    ["JSON", { "content-type": "application/json" }, false],
    ["a packed stream", { "content-type": "text/event-stream", "content-encoding": "gzip" }, false],
    ["a response to HEAD", { "content-type": "text/event-stream" }, true]
  ] as const)
    it(`is the client's at once: ${name}`, () => {
      const { gate, push, seen } = carry(200, headers, isHead)
      assert.isTrue(seen().isCommitted)
      assert.deepStrictEqual([gate.isHolding, gate.isStream], [false, false])
      assert.strictEqual(push(overloaded), "send")
      assert.strictEqual(summary(gate.end()), "Answered")
    })

  it("is cut off where the connection fails", () => {
    const { gate, push } = carry(200, {})
    push("{")
    assert.strictEqual(summary(gate.fail(lost)), "Broken timeout, cut off")
  })
})

describe("a refusal", () => {
  it("is held whole and classified by its body", () => {
    const { gate, push, seen } = carry(529, {})
    const body = JSON.stringify({ type: "error", error: { type: "overloaded_error" } })
    assert.deepStrictEqual([push(body.slice(0, 9)), push(body.slice(9))], ["hold", "hold"])
    assert.strictEqual(summary(gate.end()), "Refused overloaded")
    assert.strictEqual(seen().held, body)
  })

  it("is as good as no response where its connection fails", () => {
    const { gate, push } = carry(529, {})
    push("{")
    assert.strictEqual(summary(gate.fail(lost)), "Unanswered timeout")
  })

  it("is passed on where it is too large to hold", () => {
    const { gate, push } = carry(500, {})
    assert.strictEqual(push("x".repeat(maxRefusalBytes)), "hold")
    assert.deepStrictEqual([push("x"), push("x")], ["commit", "send"])
    assert.strictEqual(summary(gate.end()), "Broken server")
  })

  it("is not followed where it is a redirect", () => {
    for (const status of [300, 302]) {
      const { gate } = carry(status, { location: "https://elsewhere.example" })
      assert.strictEqual(summary(gate.end()), "Refused format")
    }
  })

  it("is not handed on because time has passed", () => {
    const { push, release, seen } = carry(529, {})
    push("{")
    assert.isFalse(release())
    assert.isFalse(seen().isCommitted)
  })
})

it("nothing came at all", () => {
  const gate = new CommitGate({}, { now: () => 0, heldText: () => "", onUsage: undefined })
  assert.deepStrictEqual([gate.isWaiting, gate.isHolding, gate.isStream], [true, false, false])
  assert.strictEqual(gate.push(encoder.encode(content)), "hold")
  assert.isFalse(gate.release())
  assert.strictEqual(summary(gate.end()), "Unanswered server")
  assert.strictEqual(summary(gate.fail(lost)), "Unanswered timeout")
})
