/** Whether an action of the dashboard is carried out: every rule, without a request. */
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import type { Action } from "../../src/dashboard/actions/Action.ts"
import {
  type ActionFacts,
  betweenActionsMs,
  freshMs,
  isLastUsable,
  type RequestFacts,
  refuseAction,
  refuseRequest
} from "../../src/dashboard/actions/decideAction.ts"

const now = 10_000_000
const session = { id: "one", startedAt: now - 60_000 }
const stale = { id: "one", startedAt: now - freshMs }
const good: RequestFacts = {
  isManaged: true,
  session,
  origin: "http://127.0.0.1:1234",
  host: "127.0.0.1:1234",
  contentType: "application/json"
}
const facts: ActionFacts = {
  session,
  isNonceGood: true,
  isEncrypted: true,
  isLastUsable: false,
  now,
  lastAt: undefined
}
const clear: Action = { action: "clear", profile: "p" }
const disable: Action = { action: "disable", profile: "p" }
const reorder: Action = { action: "order", profiles: ["p"] }
const add: Action = { action: "add", secret: Redacted.make("s") }
const all: ReadonlyArray<Action> = [
  clear,
  disable,
  { action: "enable", profile: "p" },
  { action: "refresh", profile: "p" },
  { action: "probe", profile: "p" },
  reorder,
  add
]

describe("whether an action of the dashboard is carried out", () => {
  const requests: ReadonlyArray<readonly [string, Partial<RequestFacts>, string | undefined]> = [
    ["its own page", {}, undefined],
    ["through a proxy with a certificate", { origin: "https://127.0.0.1:1234" }, undefined],
    ["with a charset", { contentType: "application/json; charset=utf-8" }, undefined],
    ["without a session", { session: undefined }, "SessionMissing"],
    ["in read-only mode", { isManaged: false }, "DashboardReadOnly"],
    ["without an origin", { origin: undefined }, "OriginNotOwn"],
    ["from another origin", { origin: "https://example.org" }, "OriginNotOwn"],
    ["from another port", { origin: "http://127.0.0.1:1235" }, "OriginNotOwn"],
    ["from a sandbox", { origin: "null" }, "OriginNotOwn"],
    ["as a form", { contentType: "application/x-www-form-urlencoded" }, "ActionMalformed"],
    ["as plain text", { contentType: "text/plain" }, "ActionMalformed"],
    ["without a type", { contentType: undefined }, "ActionMalformed"]
  ]
  for (const [name, changed, refusal] of requests)
    it(`a request ${name}: ${refusal ?? "goes on"}`, () => {
      const error = refuseRequest({ ...good, ...changed })
      assert.strictEqual(error?._tag, refusal)
      if (error !== undefined) assert.isAbove(error.cure.length, 0)
    })

  it("an open session says nothing of the mode to a stranger", () => {
    const error = refuseRequest({ ...good, isManaged: false, session: undefined })
    assert.strictEqual(error?._tag, "SessionMissing")
  })

  it("any action with a nonce, in a fresh session, over loopback or https", () => {
    for (const action of all) assert.isUndefined(refuseAction(action, facts), action.action)
  })

  it("no action with a nonce that was used", () => {
    for (const action of all)
      assert.strictEqual(
        refuseAction(action, { ...facts, isNonceGood: false })?._tag,
        "NonceUsed",
        action.action
      )
  })

  it("what needs a fresh link is refused five minutes after it was opened", () => {
    const refused = (isLast: boolean) =>
      all.flatMap((action) => {
        const error = refuseAction(action, { ...facts, session: stale, isLastUsable: isLast })
        if (error === undefined) return []
        assert.strictEqual(error._tag, "FreshLinkRequired")
        assert.include(error.cure, "clawdbot dashboard")
        return [action.action]
      })
    assert.deepStrictEqual(refused(false), ["order", "add"])
    assert.deepStrictEqual(refused(true), ["disable", "order", "add"])
    // A clock that was set back makes no session fresh.
    const ahead = { id: "one", startedAt: now + 1 }
    assert.strictEqual(refuseAction(add, { ...facts, session: ahead })?._tag, "FreshLinkRequired")
  })

  it("a secret crosses no network in the clear", () => {
    const refused = all.filter(
      (action) => refuseAction(action, { ...facts, isEncrypted: false }) !== undefined
    )
    assert.deepStrictEqual(refused, [add])
    const error = refuseAction(add, { ...facts, isEncrypted: false })
    assert.strictEqual(error?._tag, "SecretInTheClear")
    assert.include(error?.cure ?? "", "clawdbot models auth paste-token")
  })

  it("one a second", () => {
    const at = (lastAt: number) => refuseAction(clear, { ...facts, lastAt })?._tag
    assert.strictEqual(at(now - betweenActionsMs + 1), "TooManyActions")
    assert.isUndefined(at(now - betweenActionsMs))
    // A clock that was set back by more stops nobody.
    assert.isUndefined(at(now + betweenActionsMs))
  })

  it("the last usable credential is the one beside which none is ready", () => {
    const candidate = (profile: string, state: "ready" | "cooling" | "half-open") => ({
      profile,
      state,
      kind: "api_key" as const,
      owner: "",
      place: "preferred" as const,
      obstacles: []
    })
    const [ready, cooling] = [candidate("a", "ready"), candidate("b", "cooling")]
    assert.isTrue(isLastUsable({ candidates: [ready] }, "a"))
    assert.isTrue(isLastUsable({ candidates: [ready, cooling] }, "a"))
    assert.isFalse(isLastUsable({ candidates: [ready, cooling] }, "b"))
    assert.isFalse(isLastUsable({ candidates: [ready, candidate("c", "ready")] }, "a"))
    assert.isFalse(isLastUsable({ candidates: [] }, "a"))
  })
})
