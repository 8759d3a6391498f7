import { tokenUrl } from "@clawdbot/domain/OAuth/tokenUrl"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"

const configured = (url: string, provider = "anthropic") =>
  tokenUrl(
    { models: { providers: { [provider]: { oauth: { tokenUrl: url } } } } },
    ProviderId.normalize(provider)
  )

describe("tokenUrl", () => {
  it("is Anthropic's own where the config names none", () => {
    assert.deepStrictEqual(
      tokenUrl({}, ProviderId.anthropic),
      Either.right("https://platform.claude.com/v1/oauth/token")
    )
    for (const entry of [{ baseUrl: "https://proxy.example" }, { oauth: {} }])
      assert.deepStrictEqual(
        tokenUrl({ models: { providers: { anthropic: entry } } }, ProviderId.anthropic),
        Either.right("https://platform.claude.com/v1/oauth/token")
      )
  })

  it("is what the config names, without the blanks around it", () => {
    assert.deepStrictEqual(
      configured("  https://login.example/oauth/token "),
      Either.right("https://login.example/oauth/token")
    )
    assert.deepStrictEqual(
      configured("https://login.example"),
      Either.right("https://login.example/")
    )
    assert.deepStrictEqual(
      configured("http://127.0.0.1:8080/token", "other"),
      Either.right("http://127.0.0.1:8080/token")
    )
  })

  it("is unknown for another provider without one", () => {
    assert.deepStrictEqual(
      tokenUrl({}, ProviderId.normalize("other")),
      Either.left("no token endpoint is known for other")
    )
  })

  it("says which setting is wrong", () => {
    const problem = Either.getOrThrow(Either.flip(configured("login.example")))
    assert.isTrue(problem.startsWith("models.providers.anthropic.oauth.tokenUrl "), problem)
  })
})
