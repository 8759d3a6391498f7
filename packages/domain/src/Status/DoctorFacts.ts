/** Everything that `clawdbot doctor` judges, gathered before. */
import type * as Either from "effect/Either"
import type { Agent } from "../Agent/AgentRegistry.ts"
import type { Seen } from "../ClaudeCode/ClaudeCodeLogin.ts"
import type { ConfigError, ConfigInvalid, ConfigUnavailable } from "../Config/ConfigError.ts"
import type { ConfigSnapshot } from "../Config/ConfigStore.ts"
import type { Paths } from "../Environment/StatePaths.ts"
import type { LoginCopies } from "../OAuth/LoginCopies.ts"
import type { ProfileStoreError } from "../Profile/ProfileError.ts"
import type { ProfileSnapshot } from "../Profile/ProfileStore.ts"
import type { ProfileIdRepair } from "./profileIdRepair.ts"
import type { StatusDocument } from "./StatusDocument.ts"

/** A file or folder that others may read. Modes are permission bits. */
export interface OpenPath {
  readonly path: string
  readonly mode: number
  readonly wanted: number
  /** Whose it is, where that is another user, who alone can change its mode. */
  readonly foreignOwner: string | undefined
}

/** A folder that this user cannot write to, its owner, and the system's code. */
export interface UnwritableFolder {
  readonly path: string
  readonly owner: string
  readonly code: string
}

/** One agent: its store, and its report where the config and the store can be read. */
export interface AgentFacts {
  readonly agent: Agent
  readonly store: Either.Either<ProfileSnapshot, ProfileStoreError>
  readonly status: StatusDocument | undefined
  /** Profiles of the config that were taken out of the store and are kept aside. */
  readonly loggedOut: ReadonlyArray<string>
}

/** Everything that is judged. */
export interface Facts {
  readonly paths: Paths
  readonly config: Either.Either<ConfigSnapshot, ConfigInvalid | ConfigUnavailable>
  /**
   * The pending migrations as a diff without secrets, empty when there are none; or why they cannot
   * be written.
   */
  readonly migrationDiff: Either.Either<ReadonlyArray<string>, ConfigError>
  readonly openPaths: ReadonlyArray<OpenPath>
  readonly unwritable: ReadonlyArray<UnwritableFolder>
  /** A folder of an older version with credentials in it, and where it belongs. */
  readonly olderFolder:
    | { readonly from: string; readonly to: string; readonly free: boolean }
    | undefined
  /** Why the shared store that the config names cannot be opened, and what cures it. */
  readonly unopenedStore: { readonly message: string; readonly cure: string } | undefined
  /** None where the shared store cannot be opened. */
  readonly agents: ReadonlyArray<AgentFacts>
  readonly defaultAgent: string
  /** All logins of the stores that can be read. */
  readonly copies: LoginCopies
  readonly profileIdRepair: ProfileIdRepair | undefined
  /**
   * What it would do to the config, as the lines of a diff without secrets; none where nobody can
   * say.
   */
  readonly profileIdDiff: ReadonlyArray<string>
  readonly claudeCode: Seen
  /**
   * Variables of the process and of `.env` files that the config's own `env` block sets as well, to
   * another value.
   */
  readonly shadowed: ReadonlyArray<{ readonly name: string; readonly from: string }>
  /** Variables that are set and move files, by name. */
  readonly moved: ReadonlyArray<string>
}
