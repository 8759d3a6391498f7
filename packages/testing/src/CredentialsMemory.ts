/**
 * The deterministic twin of `@clawdbot/node/MachineCredentials`, for the tests of a service: the
 * same policies over stores in memory, a token endpoint that rotates tokens as strictly as one can,
 * and the test's own clock. No file, no network, no home directory.
 */
import * as OAuthRefresh from "@clawdbot/domain/OAuth/OAuthRefresh"
import * as Policies from "@clawdbot/domain/policies"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
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
  /** Where the random numbers of jitter start; the same ones give the same times. Default: 1. */
  readonly seed?: number | string | undefined
}

/** The random numbers where none are chosen: any will do, as long as they are always the same. */
const usualSeed = 1

const world = ({ config, seed = usualSeed, stores, variables }: Belongings) => {
  const refresh = OAuthRefresh.layer.pipe(
    Layer.provideMerge(TokenEndpointMemory.layer),
    Layer.provideMerge(RefreshJournalMemory.layer()),
    Layer.provide(
      Layer.mergeAll(
        HeldStoresMemory.layer(),
        RefreshLeaseMemory.layer(),
        SharedLoginMemory.layer(SharedLoginMemory.otherProgram())
      )
    )
  )
  return Policies.layer.pipe(
    Layer.provideMerge(refresh),
    Layer.provideMerge(
      Layer.mergeAll(ProfileMemory.layer(stores), HealthMemory.layer, ConfigMemory.layer(config))
    ),
    Layer.provideMerge(
      Layer.mergeAll(EnvironmentMemory.layer(variables), EnvironmentMemory.pathsLayer())
    ),
    Layer.provideMerge(Layer.setRandom(Random.make(seed)))
  )
}

/**
 * Everything `MachineCredentials.layer` gives, and the `TokenAuthority` by which a test signs
 * logins in and scripts their refreshes. Each layer is a world of its own and shares nothing with
 * another one, whether they are built together or one after the other; used several times in one
 * build, one layer is one world. Jitter comes from `seed`.
 */
export const layer = (belongings: Belongings = {}) =>
  // Fresh, or parts that are constants would be built once for all worlds of one build; suspended,
  // as what is fresh would be built once for each use.
  Layer.suspend(() => Layer.fresh(world(belongings)))
