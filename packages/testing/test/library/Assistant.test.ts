import * as fs from "node:fs"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as CredentialsMemory from "@clawdbot/testing/CredentialsMemory"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { ok, rateLimited } from "@clawdbot/testing/ScriptedAnthropic/Script"
import * as ScriptedAnthropic from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Redacted } from "effect"
import { ask } from "./Assistant.ts"

const key = (secret: string) => ({ type: "api_key", provider: "anthropic", key: secret })
const twoKeys = { main: { profiles: { "anthropic:a": key("key-a"), "anthropic:b": key("key-b") } } }

const world = (script: ScriptedAnthropic.ScriptedOptions["credentials"]) =>
  Effect.map(ScriptedAnthropic.make({ credentials: script }), ({ url }) =>
    CredentialsMemory.layer({
      config: JSON.stringify({
        models: { providers: { anthropic: { baseUrl: url, models: [] } } }
      }),
      stores: twoKeys
    })
  )

const request = { agent: AgentId.main, provider: ProviderId.anthropic }

describe("a service of one's own", () => {
  it.scopedLive("is answered by the next credential when one is limited, and can say why", () =>
    Effect.gen(function* () {
      const layer = yield* world({
        "key-a": () => rateLimited({ "retry-after": "120" }),
        "key-b": () => ok()
      })
      yield* Effect.gen(function* () {
        const { answeredBy, text } = yield* ask("hi", "talk-1")
        assert.strictEqual(answeredBy, "anthropic:b")
        assert.include(text, '"message"')
        const { candidates, chosen } = yield* (yield* AuthResolver).explain({
          ...request,
          model: "claude-opus-4-5"
        })
        assert.strictEqual(chosen, "anthropic:b")
        const limited = candidates.find(({ profile }) => profile === "anthropic:a")
        assert.strictEqual(limited?.state, "cooling")
      }).pipe(Effect.provide(layer))
    })
  )

  it.scoped(
    "refreshes a login that is over, once for everybody, against a strict endpoint in memory",
    () =>
      Effect.gen(function* () {
        const { families } = yield* TokenAuthority
        const tokens = families.signIn()
        const login = Either.getOrThrow(
          Credential.decode({
            type: "oauth",
            provider: "anthropic",
            access: tokens.access,
            refresh: tokens.refresh,
            expires: 1,
            accountId: tokens.account
          })
        )
        yield* (yield* ProfileStore).modify(AgentId.main, (document) =>
          Either.right({
            document: ProfileDocument.set(document, ProfileId.of("anthropic:me"), login),
            result: undefined
          })
        )
        const resolver = yield* AuthResolver
        const uses = yield* Effect.all(
          Array.from({ length: 50 }, () => resolver.resolve(request)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(new Set(uses.map(({ secret }) => Redacted.value(secret))).size, 1)
        assert.isTrue(families.isCurrent(Redacted.value(uses[0]?.secret ?? Redacted.make(""))))
        assert.deepInclude(families.counters(), { grants: 1, reuses: 0 })
      }).pipe(Effect.provide(CredentialsMemory.layer()))
  )

  it("docs/library.md shows this very code", () => {
    const page = fs.readFileSync(new URL("../../../../docs/library.md", import.meta.url), "utf8")
    const code = fs.readFileSync(new URL("./Assistant.ts", import.meta.url), "utf8")
    assert.include(page, code.trim())
  })
})
