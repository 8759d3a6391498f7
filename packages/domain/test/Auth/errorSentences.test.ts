/** What the sentences of the user's page name, and which cures follow them (decision D49). */
import {
  allInCooldown,
  concerned,
  curesOf,
  noApiKey,
  noCredentials
} from "@clawdbot/domain/Auth/errorSentences"
import { assert, describe, it } from "@effect/vitest"

const rejected = [
  { profile: "a", reason: "no secret", cure: "clawdbot models auth paste-token" },
  { profile: "b", reason: "expired", cure: "clawdbot models auth paste-token" },
  { profile: "c", reason: "disabled by hand", cure: "clawdbot models auth enable c" },
  { profile: "d", reason: "not in the order" }
] as const
const missing = { provider: "anthropic", agent: "main", explanation: { rejected } }

describe("a missing credential", () => {
  it("is that of the profile that was asked for", () => {
    assert.strictEqual(
      noCredentials({ ...missing, profile: "a" }, undefined),
      'No credentials found for profile "a" (agent "main")'
    )
  })

  it("is that of all profiles, each with its reason, where none was asked for", () => {
    assert.strictEqual(
      noCredentials({ ...missing, explanation: { rejected: rejected.slice(1, 3) } }, "/store"),
      'No credentials found for profiles "b" (expired), "c" (disabled by hand) ' +
        '(agent "main", store /store)'
    )
  })

  it("is that of the provider where there is no profile", () => {
    const nothing = { ...missing, explanation: { rejected: [] } }
    assert.strictEqual(
      noCredentials(nothing, undefined),
      'No credentials found for provider "anthropic" (agent "main")'
    )
    assert.strictEqual(
      noApiKey(nothing, "/store"),
      'No API key found for provider "anthropic" (agent "main", store /store)'
    )
  })

  it("names every credential that is cooling down", () => {
    const candidate = {
      kind: "api_key",
      owner: "main",
      state: "cooling",
      place: "preferred",
      obstacles: []
    } as const
    const candidates = ["a", "b"].map((profile) => ({ ...candidate, profile }))
    assert.strictEqual(
      allInCooldown("anthropic", { candidates }),
      "No available auth profile for anthropic (all in cooldown/unavailable): a, b"
    )
  })
})

describe("the cures of a missing credential", () => {
  it("are those of all profiles, each once, and none of one that has none", () => {
    assert.deepStrictEqual(curesOf(missing), [
      "clawdbot models auth paste-token",
      "clawdbot models auth enable c"
    ])
  })

  it("are those of the profile that was asked for alone", () => {
    assert.deepStrictEqual(curesOf({ ...missing, profile: "c" }), ["clawdbot models auth enable c"])
    assert.deepStrictEqual(concerned({ ...missing, profile: "d" }), [rejected[3]])
    assert.deepStrictEqual(concerned({ ...missing, profile: "nobody" }), [])
  })
})
