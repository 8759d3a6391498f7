import { OAuthRefreshFailed } from "@clawdbot/domain/OAuth/OAuthError"
import { RefreshMemory } from "@clawdbot/domain/OAuth/RefreshMemory"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import { assert, describe, it } from "@effect/vitest"
import { access, login, main, profile } from "./world.ts"

const now = 1_000 * 3_600_000
const minute = 60_000
const tokens = (name: string, refresh = name) =>
  login({ access: `access-${name}`, refresh: `refresh-${refresh}`, account: "me" }, now + minute)
const held = (credential: ReturnType<typeof tokens>) => ({ owner: main, profile, credential })
const [first, second, third] = [tokens("1"), tokens("2"), tokens("3")]
const failed = (retryAt?: number) =>
  new OAuthRefreshFailed({
    provider: "anthropic",
    profile,
    agent: main,
    cause: "throttled",
    detail: "status 429",
    retryAt
  })

describe("RefreshMemory", () => {
  it("leads from any token it saw replaced to the newest", () => {
    const memory = new RefreshMemory()
    memory.remember(refreshFingerprint(first), { credential: second, at: now, granted: true })
    memory.remember(refreshFingerprint(second), { credential: third, at: now, granted: true })
    for (const credential of [first, second, third])
      assert.strictEqual(access(memory.newest(held(credential)).credential), "access-3")
    const other = held(tokens("other"))
    assert.strictEqual(memory.newest(other), other)
  })

  it(
    "takes the longer lived where the refresh token stayed " +
      "the same, and never runs in a circle",
    () => {
      const memory = new RefreshMemory()
      const longer = { ...tokens("4", "1"), expires: now + 2 * minute }
      memory.remember(refreshFingerprint(first), { credential: longer, at: now, granted: true })
      assert.strictEqual(access(memory.newest(held(first)).credential), "access-4")
      memory.remember(refreshFingerprint(second), { credential: third, at: now, granted: true })
      memory.remember(refreshFingerprint(third), { credential: second, at: now, granted: true })
      memory.newest(held(second))
    }
  )

  it("leaves a caller its login where what replaced it has that token and lives no longer", () => {
    for (const expires of [now, first.expires]) {
      const memory = new RefreshMemory()
      const noLonger = { ...tokens("4", "1"), expires }
      memory.remember(refreshFingerprint(first), { credential: noLonger, at: now, granted: true })
      const asked = held(first)
      assert.strictEqual(memory.newest(asked), asked)
    }
  })

  it("forgets after ten minutes, and not before", () => {
    const knownAfter = (ms: number) => {
      const memory = new RefreshMemory()
      memory.remember(refreshFingerprint(first), { credential: second, at: now, granted: true })
      const other = { credential: third, at: now + ms, granted: true }
      memory.remember(refreshFingerprint(tokens("other")), other)
      return access(memory.newest(held(first)).credential)
    }
    assert.strictEqual(knownAfter(10 * minute), "access-2")
    assert.strictEqual(knownAfter(10 * minute + 1), "access-1")
  })

  it("knows for a minute what it was granted itself, and not what others stored", () => {
    const memory = new RefreshMemory()
    memory.remember(refreshFingerprint(first), { credential: second, at: now, granted: true })
    memory.remember(refreshFingerprint(second), { credential: third, at: now, granted: false })
    assert.isTrue(memory.isFromJustNow(second, now + minute - 1))
    assert.isFalse(memory.isFromJustNow(second, now + minute))
    assert.isFalse(memory.isFromJustNow(second, now - 1))
    assert.isFalse(memory.isFromJustNow(third, now))
  })

  it("lets a token alone for five seconds, or until the endpoint says, at most an hour", () => {
    const until = (retryAt?: number) => {
      const memory = new RefreshMemory()
      memory.backOff("token", failed(retryAt), now)
      assert.isUndefined(memory.backoffOf("another", now))
      for (const ms of [0, 4_999, 5_000, 30_000, 60 * minute])
        if (memory.backoffOf("token", now + ms) === undefined) return ms
      return Number.POSITIVE_INFINITY
    }
    assert.strictEqual(until(), 5_000)
    assert.strictEqual(until(now + 30_000), 30_000)
    assert.strictEqual(until(now + 24 * 60 * minute), 60 * minute)
  })

  it("lets a token alone also when another one's refresh fails", () => {
    const memory = new RefreshMemory()
    memory.backOff("token", failed(), now)
    memory.backOff("another", failed(), now + 1)
    assert.isDefined(memory.backoffOf("token", now + 1))
    assert.isDefined(memory.backoffOf("another", now + 1))
  })
})
