/** Which cure a refresh names where Claude Code's own copy of the login is what is in the way. */
import { OAuthRefreshFailed } from "@clawdbot/domain/OAuth/OAuthError"
import { assert, describe, it } from "@effect/vitest"
import { render } from "../../src/renderError.ts"

const failed = (profile: string, detail: string) =>
  render(
    new OAuthRefreshFailed({
      provider: "anthropic",
      profile,
      agent: "main",
      cause: "store",
      detail
    })
  ).fix

describe("a refresh that could not be stored", () => {
  it("is left to Claude Code where its own login is in the way", () => {
    for (const detail of ["SharedLoginUnavailable EMSGSIZE", "Claude Code's login: EACCES"]) {
      assert.match(
        failed("anthropic:claude-cli", detail),
        /^run claude once.*clawdbot models auth sync --agent main$/
      )
    }
  })

  it("asks for room where the state folder is", () => {
    assert.match(failed("anthropic:claude-cli", "StoreUnavailable ENOSPC"), /^free some disk space/)
    assert.match(failed("anthropic:me", "SharedLoginUnavailable EACCES"), /^free some disk space/)
  })
})
