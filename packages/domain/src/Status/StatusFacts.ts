import type { Explanation } from "../Auth/Explanation.ts"
import type { Holding } from "../Auth/Roster.ts"
import type { ConfigSnapshot } from "../Config/ConfigStore.ts"
import type { Paths } from "../Environment/StatePaths.ts"
import type { ProfileHealth } from "../Health/HealthDocument.ts"
import type { ModelCatalog } from "../Model/ModelCatalog.ts"
import type { ProfileSnapshot } from "../Profile/ProfileStore.ts"
import type * as ProviderId from "../Profile/ProviderId.ts"

/** A stored profile with what is known of its health. */
export interface StoredProfile extends Holding {
  readonly health: ProfileHealth
}

/**
 * What the document is made of. `known` are the stored profiles with their health, in store order;
 * `now` in epoch ms.
 */
export interface StatusFacts {
  readonly paths: Paths
  readonly agent: string
  readonly agentDir: string
  readonly storePath: string
  readonly config: ConfigSnapshot
  readonly catalog: ModelCatalog
  readonly store: ProfileSnapshot
  readonly known: ReadonlyArray<StoredProfile>
  /** For each provider, who would answer. */
  readonly explain: (provider: ProviderId.ProviderId) => Explanation
  readonly now: number
}
