/** What decides about a pasted text besides the text: the config and the environment. Pure. */
import { isOwnUpstream } from "../Auth/upstreamOrigin.ts"
import * as GatewaySecret from "../Client/gatewaySecret.ts"
import type { Config } from "../Config/Config.ts"
import type { EffectiveEnvironment } from "../Environment/Environment.ts"
import * as ProviderId from "./ProviderId.ts"
import type { PasteContext, WantedSecret } from "./pastedSecret.ts"

/**
 * For a secret of a provider. With a base URL of another service any form is right (decision D47),
 * also that of a token that another gateway of this program made.
 */
export const pasteContext = (
  config: Config,
  environment: EffectiveEnvironment,
  provider: ProviderId.ProviderId,
  wanted: WantedSecret
): PasteContext => {
  const ownUpstream = isOwnUpstream(config, provider)
  const isMadeHere = provider === ProviderId.anthropic && ownUpstream
  return {
    wanted,
    ownUpstream,
    opensGateway: (secret) =>
      GatewaySecret.isConfigured(config, environment, secret) ||
      (isMadeHere && GatewaySecret.isMadeToken(secret))
  }
}
