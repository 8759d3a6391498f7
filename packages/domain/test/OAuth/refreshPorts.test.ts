/** What a failure of a store is to whoever asked for a refresh, and when a round is over. */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { advisoryMs } from "@clawdbot/domain/OAuth/freshness"
import { failure, notStored, replacedBy } from "@clawdbot/domain/OAuth/refreshPorts"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"

const now = 1_000_000
const endingAt = (expires: number): Credential.OAuth => ({
  type: "oauth",
  provider: ProviderId.anthropic,
  access: Redacted.make("sk-ant-oat01-x"),
  refresh: Redacted.make("sk-ant-ort01-x"),
  expires,
  extra: Credential.noExtra
})
const login = {
  owner: AgentId.normalize("work"),
  profile: ProfileId.of("anthropic:me"),
  credential: endingAt(now)
}

describe("a refresh that fails", () => {
  it("names the login and its owner, and keeps what more is known", () => {
    const failed = failure(login, "throttled", "429", { retryAt: 5 })
    assert.deepInclude(failed, {
      provider: "anthropic",
      profile: "anthropic:me",
      agent: "work",
      cause: "throttled",
      detail: "429",
      retryAt: 5
    })
  })

  it("is for a lock that somebody holds, or for a store, with the code where there is one", () => {
    const told = (problem: { readonly _tag: string; readonly code?: string }) => {
      const { cause, detail } = notStored(login)(problem)
      return [cause, detail]
    }
    assert.deepStrictEqual(told({ _tag: "StoreLocked" }), ["busy", "StoreLocked"])
    assert.deepStrictEqual(told({ _tag: "StoreUnwritable", code: "ENOSPC" }), [
      "store",
      "StoreUnwritable ENOSPC"
    ])
  })
})

describe("a login that is another version than was asked about", () => {
  const outcome = (expires: number, refused?: string) => {
    const credential = endingAt(expires)
    const demand =
      refused === undefined
        ? ({ _tag: "Due" } as const)
        : ({ _tag: "Refused", accessFingerprint: refused } as const)
    return replacedBy(credential, demand, now)._tag
  }
  const mark = Credential.secretFingerprint(endingAt(now))

  it("is taken as long as it is alive, however short it lives", () => {
    assert.strictEqual(outcome(now + advisoryMs), "Done")
    assert.strictEqual(outcome(now + 1), "Done")
    assert.strictEqual(outcome(now), "Again")
    assert.strictEqual(outcome(now - 1), "Again")
  })

  it("is not taken where its access token is the one that was refused", () => {
    assert.strictEqual(outcome(now + 1, mark), "Again")
    assert.strictEqual(outcome(now + 1, "another"), "Done")
  })
})
