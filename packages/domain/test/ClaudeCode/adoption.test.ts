import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { isAdopted, storedBetween } from "../../src/ClaudeCode/adoption.ts"
import * as Config from "../../src/Config/Config.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const token = (text: string): Credential.Token => ({
  type: "token",
  provider: ProviderId.anthropic,
  token: Redacted.make(text),
  extra: Credential.noExtra
})

describe("Claude Code's login", () => {
  it("is used only where the config lists its profile", () => {
    const config = (value: unknown) => Either.getOrThrow(Config.decode(value))
    assert.isFalse(isAdopted(config({})))
    const profiles = (id: string) => ({
      auth: { profiles: { [id]: { provider: "anthropic", mode: "oauth" } } }
    })
    assert.isFalse(isAdopted(config(profiles("anthropic:default"))))
    assert.isTrue(isAdopted(config(profiles("anthropic:claude-cli"))))
  })

  it("was stored between two looks where there is another one than before", () => {
    const [none, one, two] = [
      Either.left("none"),
      Either.right(token("1")),
      Either.right(token("2"))
    ]
    assert.isUndefined(storedBetween(none, none))
    assert.isUndefined(storedBetween(one, one))
    assert.isUndefined(storedBetween(one, none))
    assert.strictEqual(storedBetween(none, one), Either.getOrThrow(one))
    assert.strictEqual(storedBetween(one, two), Either.getOrThrow(two))
  })
})
