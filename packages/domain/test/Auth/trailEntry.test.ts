import { trailEntry, unrefreshed } from "@clawdbot/domain/Auth/trailEntry"
import { OAuthRefreshFailed } from "@clawdbot/domain/OAuth/OAuthError"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { assert, describe, it } from "@effect/vitest"

const profile = ProfileId.of("anthropic:a")
const value = "what the caller wants back"
const common = { profile, startedAt: 1, endedAt: 2 }

describe("a line of the trail", () => {
  it("says that an attempt was answered or abandoned, and nothing else", () => {
    assert.deepStrictEqual(trailEntry(profile, { _tag: "Answered", value, windows: [] }, 1, 2), {
      ...common,
      result: "answered"
    })
    assert.deepStrictEqual(trailEntry(profile, { _tag: "Abandoned", value }, 1, 2), {
      ...common,
      result: "abandoned"
    })
  })

  for (const [tag, result] of [
    ["Refused", "refused"],
    ["Broken", "broken"]
  ] as const) {
    it(
      `says what an attempt that was ${result} failed ` + "with, and its status where it has one",
      () => {
        const failed = (status?: number) =>
          trailEntry(
            profile,
            { _tag: tag, value, failure: { class: "rate_limit", windows: [], status } },
            1,
            2
          )
        assert.deepStrictEqual(failed(429), {
          ...common,
          result,
          failureClass: "rate_limit",
          status: 429
        })
        assert.deepStrictEqual(failed(), { ...common, result, failureClass: "rate_limit" })
      }
    )
  }

  it("says why nothing was sent with a login that could not be refreshed", () => {
    const failure = new OAuthRefreshFailed({
      provider: "anthropic",
      profile,
      agent: "main",
      cause: "offline",
      detail: "ECONNREFUSED"
    })
    assert.deepStrictEqual(unrefreshed(profile, failure, 5), {
      profile,
      startedAt: 5,
      endedAt: 5,
      result: "unrefreshed",
      cause: "offline"
    })
  })
})
