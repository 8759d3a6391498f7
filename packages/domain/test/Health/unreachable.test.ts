/** A provider that gives no answer at all: whoever is told so is told what finds out why. */
import { assert, describe, it } from "@effect/vitest"
import { upstreamUnavailable } from "../../src/Auth/errorAnswer.ts"
import { classifyNoAnswer } from "../../src/Health/classify.ts"
import { refused } from "../../src/Status/Probe.ts"

const reasons = ["timeout", "reset", "refused", "dns", "tls"] as const
const requestId = "clawdbot_1"
const onHost = { requestId, host: "On the gateway host" }
const command = "clawdbot doctor --network"

const messageOf = (answer: { readonly body: string }): string => {
  const { error }: { readonly error: { readonly message: string } } = JSON.parse(answer.body)
  return error.message
}

describe("a provider that gives no answer", () => {
  for (const reason of reasons)
    it(`(${reason}) is said with the command that finds out why`, () => {
      const failure = classifyNoAnswer(reason, "ECODE")
      const said = `${failure.message}. On the gateway host: ${command}`
      assert.strictEqual(messageOf(upstreamUnavailable(failure, onHost)), said)
      assert.strictEqual(
        refused(failure).error,
        `${failure.message}; to find the cause: ${command}`
      )
    })

  it("is said without it to a program, which may have no such command", () => {
    const failure = classifyNoAnswer("refused", "ECONNREFUSED")
    assert.strictEqual(messageOf(upstreamUnavailable(failure, { requestId })), failure.message)
  })

  it("is another thing than one that answers, where the network is not asked about", () => {
    const failure = { class: "server", message: "Overloaded", status: 529 } as const
    assert.strictEqual(messageOf(upstreamUnavailable(failure, onHost)), "Overloaded")
    assert.strictEqual(refused(failure).error, "HTTP 529: Overloaded")
  })
})
