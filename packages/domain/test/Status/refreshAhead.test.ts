/** `auth.refreshAheadSeconds`: what the config refuses, and what `doctor` says of it. */
import * as Config from "@clawdbot/domain/Config/Config"
import { ofRefreshAhead } from "@clawdbot/domain/Status/Doctor"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"

const decoded = (type: "files" | "postgres", refreshAheadSeconds: number) =>
  Config.decode({ auth: { refreshAheadSeconds }, store: { type } })

describe("auth.refreshAheadSeconds", () => {
  it("is refused below a minute, above half a day, and where it is no whole number", () => {
    for (const seconds of [-1, 0, 59, 90.5, 43_201])
      assert.isTrue(Either.isLeft(decoded("files", seconds)), String(seconds))
    for (const seconds of [60, 43_200])
      assert.isTrue(Either.isRight(decoded("files", seconds)), String(seconds))
  })

  it("is named where a login of a shared store would end while others wait", () => {
    const found = (type: "files" | "postgres", seconds: number) =>
      ofRefreshAhead({ config: Either.getOrThrow(decoded(type, seconds)) })
    assert.deepStrictEqual(found("files", 120), [])
    assert.deepStrictEqual(found("postgres", 640), [])
    const [finding] = found("postgres", 120)
    assert.strictEqual(finding?.id, "refresh-ahead-short")
    assert.strictEqual(finding?.fix, "clawdbot config unset auth.refreshAheadSeconds")
  })
})
