import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as CredentialsMemory from "@clawdbot/testing/CredentialsMemory"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Redacted } from "effect"

const request = { agent: AgentId.main, provider: ProviderId.anthropic }

describe("logins in memory", () => {
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
})
