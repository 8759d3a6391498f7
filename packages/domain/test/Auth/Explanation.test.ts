/** The explanation crosses `--json`, the control plane and errors as it is. */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import {
  type ExplainedCandidate,
  Explanation,
  type PlaceReason,
  type RejectReason
} from "../../src/Auth/Explanation.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"

/** Complete by their types. */
const places: Readonly<Record<PlaceReason, true>> = {
  preferred: true,
  "explicit order of the agent": true,
  "explicit order of the config": true,
  "same conversation": true,
  "conversation's home": true,
  "by quota": true,
  "kind, then least recently used": true,
  "after the stored profiles": true
}
const states: Readonly<Record<ExplainedCandidate["state"], true>> = {
  ready: true,
  cooling: true,
  "half-open": true
}
const reasons: Readonly<Record<RejectReason, true>> = {
  "not in the order": true,
  "not in the store": true,
  "another provider": true,
  "config names another provider": true,
  "config names another kind": true,
  "no secret": true,
  expired: true,
  "disabled by hand": true,
  "login ended": true,
  superseded: true,
  unclear: true,
  "refresh failed": true,
  "held back: pay-as-you-go": true,
  "cannot be sent": true,
  "a token of this gateway": true,
  "a placeholder": true,
  "for another address": true,
  "not a setup token": true,
  "held back: other credentials": true,
  "held back: working folder": true
}

const candidate = {
  profile: "a",
  kind: "oauth",
  owner: "main",
  obstacles: [{ scope: "5h", class: "usage", source: "unified-reset", stated: true, until: 5 }],
  nextTrialAt: 4,
  quota: {
    headroom: 1,
    reserve: 2,
    room: 3,
    neededPerHour: 4,
    conversations: 5,
    sizeUsd: 6,
    cache: { tokens: 7, until: 8, moveUsd: 9 }
  }
}

describe("an explanation", () => {
  it("is read as it was written, whatever it says", () => {
    const written = {
      agent: "main",
      provider: "anthropic",
      model: "claude-opus-4-5",
      storePath: "/stores/main",
      chosen: "a",
      candidates: Object.keys(places).flatMap((place) =>
        Object.keys(states).map((state) => ({ ...candidate, place, state }))
      ),
      byConversation: true,
      rejected: Object.keys(reasons).map((reason) => ({
        profile: ProfileId.of("b"),
        reason,
        detail: "d",
        also: reason,
        owner: "main",
        kind: "token",
        cure: "clawdbot doctor"
      })),
      nextAt: 5,
      fallbacks: ["claude-sonnet-4-5"]
    }
    const read = Schema.decodeUnknownSync(Explanation)(written)
    assert.deepStrictEqual<unknown>(read, written)
    assert.deepStrictEqual<unknown>(Schema.encodeSync(Explanation)(read), written)
  })

  it("is none where a part of it lacks something", () => {
    const isWhole = Schema.is(Explanation)
    const none = { agent: "main", provider: "anthropic", storePath: "/s", rejected: [] }
    const withCandidate = (given: object) => {
      const one = { ...candidate, place: "preferred", state: "ready", ...given }
      return isWhole({ ...none, candidates: [one] })
    }
    assert.isTrue(withCandidate({}))
    assert.isFalse(isWhole(none))
    assert.isFalse(withCandidate({ owner: undefined }))
    assert.isFalse(withCandidate({ obstacles: [{}] }))
    assert.isFalse(withCandidate({ quota: {} }))
    assert.isFalse(withCandidate({ quota: { ...candidate.quota, cache: {} } }))
    assert.isFalse(isWhole({ ...none, candidates: [], rejected: [{}] }))
  })
})
