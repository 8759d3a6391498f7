/** What a config says about one provider. */
import * as ProviderId from "../Profile/ProviderId.ts"
import type { Config } from "./Config.ts"

/**
 * The provider entry of a config, whatever case its name is written in; the exact spelling goes
 * first.
 */
export const providerEntry = (config: Config, provider: ProviderId.ProviderId) => {
  const providers = config.models?.providers ?? {}
  if (Object.hasOwn(providers, provider)) return providers[provider]
  return Object.entries(providers).find(([name]) => ProviderId.normalize(name) === provider)?.[1]
}
