/** How far a request has come by what it was refused with. */
import { assert, describe, it } from "@effect/vitest"
import { Progress } from "../../src/Auth/Progress.ts"
import type { FailureClass } from "../../src/Health/UpstreamFailure.ts"
import { OAuthRefreshFailed } from "../../src/OAuth/OAuthError.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"

const refused = (failureClass: FailureClass, value = "") =>
  ({ _tag: "Refused", value, failure: { class: failureClass, windows: [] } }) as const

describe("a request's progress", () => {
  it("goes on once after the provider's weather, and after each fault of a credential", () => {
    const progress = new Progress<string>(0, [])
    assert.isTrue(progress.addRefusal(refused("overloaded")))
    assert.isTrue(progress.addRefusal(refused("rate_limit")))
    assert.isTrue(progress.addRefusal(refused("auth")))
    assert.isFalse(progress.addRefusal(refused("overloaded")))
  })

  it("does not go on where the request itself is refused", () => {
    assert.isFalse(new Progress<string>(0, []).addRefusal(refused("format")))
  })

  it("keeps the refusal that says more, and of two that say as much the later one", () => {
    const progress = new Progress<string>(0, [])
    progress.addRefusal(refused("auth", "first"))
    assert.strictEqual(progress.refused?.value, "first")
    progress.addRefusal(refused("rate_limit", "as much"))
    assert.strictEqual(progress.refused?.value, "as much")
    progress.addRefusal(refused("overloaded", "more"))
    progress.addRefusal(refused("auth", "less"))
    assert.strictEqual(progress.refused?.value, "more")
  })

  it("tests no cooldown with another model, and leaves out who is paid for otherwise", () => {
    const progress = new Progress<string>(0, [])
    assert.isAbove(progress.trialsLeft, 0)
    progress.beFallback([ProfileId.of("a"), ProfileId.of("b")])
    assert.strictEqual(progress.trialsLeft, 0)
    assert.deepStrictEqual<ReadonlyArray<string>>([...progress.tried], ["a", "b"])
  })

  it("has a login that could not be refreshed in its trail, and as one that is broken", () => {
    const progress = new Progress<string>(0, [])
    assert.deepStrictEqual(progress.broken, [])
    const profile = ProfileId.of("a")
    const error = new OAuthRefreshFailed({
      provider: "anthropic",
      profile,
      agent: "main",
      cause: "offline",
      detail: "d"
    })
    progress.addBroken(profile, error, 5)
    assert.deepStrictEqual(progress.broken, [error])
    assert.deepInclude(progress.trail[0], { profile, result: "unrefreshed", cause: "offline" })
    assert.isFalse(progress.hasWaited)
  })
})
