/**
 * Where logins of a provider are refreshed: `models.providers.<id>.oauth.tokenUrl`, else the
 * provider's own. Pure.
 */
import * as Either from "effect/Either"
import { parseBaseUrl } from "../Auth/upstreamOrigin.ts"
import type { Config } from "../Config/Config.ts"
import { providerEntry } from "../Config/provider.ts"
import * as ProviderId from "../Profile/ProviderId.ts"

/** The public client id of Claude Code, used only to refresh its own login (decision D3). */
export const claudeCodeClientId = "9d1c250a-e61b-44d9-88ed-5944d1962f5e"

const defaults: Readonly<Record<string, string>> = {
  [ProviderId.anthropic]: "https://platform.claude.com/v1/oauth/token"
}

/** The token endpoint of a provider, or what is wrong with it. */
export const tokenUrl = (
  config: Config,
  provider: ProviderId.ProviderId
): Either.Either<string, string> => {
  const configured = providerEntry(config, provider)?.oauth?.tokenUrl?.trim() ?? defaults[provider]
  if (configured === undefined) return Either.left(`no token endpoint is known for ${provider}`)
  return Either.mapBoth(parseBaseUrl(configured), {
    onLeft: (problem) => `models.providers.${provider}.oauth.tokenUrl ${problem}`,
    onRight: ({ basePath, origin }) => `${origin}${basePath === "" ? "/" : basePath}`
  })
}
