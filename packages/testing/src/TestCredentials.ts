/**
 * The deterministic twin of `@clawdbot/node/MachineCredentials`, for the tests of a service: a
 * person with keys and logins in memory, on the test's clock, with seeded jitter. No file, no
 * network, no home folder.
 *
 * @since 0.1.0
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as MakeCredentials from "@clawdbot/domain/Auth/makeCredentials"
import type { Credentials } from "@clawdbot/domain/Credentials"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as CredentialsMemory from "./CredentialsMemory.ts"
import { TokenAuthority } from "./OAuth/TokenEndpointMemory.ts"

/**
 * What a person has, by the names the credentials are to have.
 *
 * @since 0.1.0
 * @category models
 */
export interface Person {
  /** API keys: their secrets, as `TestAnthropic` knows them. */
  readonly keys?: Readonly<Record<string, string>> | undefined
  /** Logins, which refresh themselves; `TestAnthropic` knows them by their names. */
  readonly logins?: ReadonlyArray<string> | undefined
  /** The order in which they are used. Default: logins first, then by how long each was unused. */
  readonly order?: ReadonlyArray<string> | undefined
  /** Where the random numbers of jitter start; the same text gives the same times. */
  readonly seed?: string | undefined
}

/**
 * The person's logins, as their provider has them.
 *
 * - `revoke` ends a login: its next refresh is refused.
 * - `grants` counts the refreshes so far.
 *
 * @since 0.1.0
 * @category services
 */
export class TestLogins extends Context.Tag("@clawdbot/testing/TestCredentials/TestLogins")<
  TestLogins,
  {
    readonly revoke: (profile: string) => Effect.Effect<void>
    readonly grants: Effect.Effect<number>
  }
>() {}

/** How long an access token lives, in ms: as long as the provider's. */
const accessLifeMs = 8 * 60 * 60_000

const { extra } = { extra: Credential.noExtra }
const provider = ProviderId.anthropic

const document = (keys: Readonly<Record<string, string>>) =>
  Object.entries(keys).reduce(
    (document, [name, key]) =>
      ProfileDocument.set(document, ProfileId.of(name), {
        type: "api_key",
        provider,
        key: Redacted.make(key),
        extra
      }),
    ProfileDocument.empty
  )

const logins = ({ keys = {}, logins = [] }: Person) =>
  Layer.scoped(
    TestLogins,
    Effect.gen(function* () {
      const { families } = yield* TokenAuthority
      const profiles = yield* ProfileStore
      const now = yield* Clock.currentTimeMillis
      const held = logins.reduce((document, name) => {
        const { access, account, refresh } = families.signIn(`account-${name}`, name)
        return ProfileDocument.set(document, ProfileId.of(name), {
          type: "oauth",
          provider,
          access: Redacted.make(access),
          refresh: Redacted.make(refresh),
          expires: now + accessLifeMs,
          accountId: account,
          extra
        })
      }, document(keys))
      yield* Effect.orDie(
        profiles.modify(AgentId.main, () => Either.right({ document: held, result: undefined }))
      )
      return TestLogins.of({
        revoke: (profile) =>
          Effect.orDie(
            Effect.map(profiles.read(AgentId.main), ({ document }) => {
              const credential = document.profiles.get(ProfileId.of(profile))
              if (credential?.type === "oauth") families.revoke(Redacted.value(credential.refresh))
            })
          ),
        grants: Effect.sync(() => families.counters().grants)
      })
    })
  )

/**
 * A person's credentials. Each layer is a world of its own; nothing in it is random, so that every
 * run of a test gives the same times, to the millisecond.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as TestCredentials from "@clawdbot/testing/TestCredentials"
 *
 * export const Person = TestCredentials.layer({ keys: { a: "key-a", b: "key-b" } })
 */
export const layer = (person: Person = {}): Layer.Layer<Credentials | TestLogins> => {
  const { order, seed } = person
  const auth = order === undefined ? undefined : { order: { [provider]: order } }
  const memory = CredentialsMemory.layer({ config: JSON.stringify({ auth }), seed })
  return Layer.merge(MakeCredentials.layer, logins(person)).pipe(Layer.provide(memory))
}
