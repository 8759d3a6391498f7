/** Whether a gateway says what the provider's prompt cache did. Pure. */
import type { Config } from "./Config.ts"
import { defaults } from "./defaults.ts"

/** By the setting `gateway.cacheCauses`; by its default where there is no config. */
export const isCacheWatched = (config: Config | undefined): boolean =>
  config?.gateway?.cacheCauses ?? defaults["gateway.cacheCauses"]
