/**
 * The deterministic twin of `@clawdbot/node/MachineCredentials`, for the tests of a service: the
 * same policies over stores in memory, a token endpoint that rotates tokens as strictly as one can,
 * and the test's own clock. No file, no network, no home directory.
 */
import * as OAuthRefresh from "@clawdbot/domain/OAuth/OAuthRefresh"
import * as Policies from "@clawdbot/domain/policies"
import * as Layer from "effect/Layer"
import * as SharedLoginMemory from "./ClaudeCode/SharedLoginMemory.ts"
import * as ConfigMemory from "./Config/ConfigMemory.ts"
import * as EnvironmentMemory from "./Environment/EnvironmentMemory.ts"
import * as HealthMemory from "./Health/HealthMemory.ts"
import * as HeldStoresMemory from "./OAuth/HeldStoresMemory.ts"
import * as RefreshJournalMemory from "./OAuth/RefreshJournalMemory.ts"
import * as RefreshLeaseMemory from "./OAuth/RefreshLeaseMemory.ts"
import * as TokenEndpointMemory from "./OAuth/TokenEndpointMemory.ts"
import * as ProfileMemory from "./Profile/ProfileMemory.ts"

/** What a person has. */
export interface Belongings {
  /** The text of `clawdbot.json`. */
  readonly config?: string
  /** By agent, the value of its `auth-profiles.json`. */
  readonly stores?: Readonly<Record<string, unknown>>
  /** Variables such as `ANTHROPIC_API_KEY`. */
  readonly variables?: Readonly<Record<string, string>>
}

const refresh = OAuthRefresh.layer.pipe(
  Layer.provideMerge(TokenEndpointMemory.layer),
  Layer.provideMerge(Layer.suspend(() => RefreshJournalMemory.layer())),
  Layer.provide(
    Layer.mergeAll(
      HeldStoresMemory.layer(),
      RefreshLeaseMemory.layer(),
      Layer.suspend(() => SharedLoginMemory.layer(SharedLoginMemory.otherProgram()))
    )
  )
)

/**
 * Everything `MachineCredentials.layer` gives, and the `TokenAuthority` by which a test signs
 * logins in and scripts their refreshes.
 */
export const layer = ({ config, stores, variables }: Belongings = {}) =>
  Policies.layer.pipe(
    Layer.provideMerge(refresh),
    Layer.provideMerge(
      Layer.mergeAll(ProfileMemory.layer(stores), HealthMemory.layer, ConfigMemory.layer(config))
    ),
    Layer.provideMerge(
      Layer.mergeAll(EnvironmentMemory.layer(variables), EnvironmentMemory.pathsLayer())
    )
  )
