/** Facts as the status document. Pure. */
import * as Option from "effect/Option"
import * as AmbientKey from "../Auth/AmbientKey.ts"
import { dotEnvFiles } from "../Environment/Environment.ts"
import * as Expiry from "../Health/Expiry.ts"
import type { ModelCatalog } from "../Model/ModelCatalog.ts"
import { named } from "../Model/ModelCatalog.ts"
import * as ModelRef from "../Model/ModelRef.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import type * as Status from "./AuthStatus.ts"
import { byText } from "./byText.ts"
import { profileExpiry, providerExpiry } from "./loginExpiry.ts"
import { providerAuth } from "./providerAuth.ts"
import type { StatusDocument } from "./StatusDocument.ts"
import type { StatusFacts } from "./StatusFacts.ts"
import { profileWindows, unusableProfilesOf } from "./unusableProfiles.ts"

const providersInUse = (catalog: ModelCatalog): ReadonlyArray<ProviderId.ProviderId> => {
  const texts = [
    ...catalog.fallbacks,
    ...Option.toArray(catalog.imageModel),
    ...catalog.imageFallbacks
  ]
  const refs = [
    ...(catalog.defaultUnderstood ? [catalog.resolvedDefault] : []),
    ...texts.flatMap((text) => Option.toArray(catalog.resolve(text)))
  ]
  return [...new Set(refs.map((ref) => ProviderId.normalize(ref.provider)))].sort(byText)
}

const considered = (facts: StatusFacts): ReadonlyArray<ProviderId.ProviderId> => {
  const { config, environment } = facts.config
  const withKeys = AmbientKey.providersWithVariables.filter(
    (provider) =>
      AmbientKey.inForce(AmbientKey.find(config, environment, provider), false).length > 0
  )
  return [
    ...new Set([
      ...facts.known.map((known) => known.credential.provider),
      ...Object.keys(config.models?.providers ?? {}).map(ProviderId.normalize),
      ...named(facts.catalog).map((ref) => ProviderId.normalize(ref.provider)),
      ...withKeys
    ])
  ].sort(byText)
}

/** The document. */
export const build = (facts: StatusFacts): StatusDocument => {
  const { catalog, config } = facts
  const providers = considered(facts)
  const unusableProfiles = unusableProfilesOf(facts)
  const unusable = new Map(unusableProfiles.map((entry) => [entry.profileId, entry]))
  const profiles = facts.known
    .map((known) => profileExpiry(facts, known))
    .sort((a, b) => byText(a.provider, b.provider) || byText(a.profileId, b.profileId))
  const providerAuths = providers.flatMap((provider) => providerAuth(facts, provider, unusable))
  const withSource = new Set(providerAuths.map((entry) => entry.provider))
  const oauthCount = (entry: Status.ProviderAuth): number =>
    entry.profiles.oauth + entry.profiles.token + (entry.env?.value === "OAuth (env)" ? 1 : 0)
  return {
    configPath: config.path,
    agentDir: facts.agentDir,
    agent: facts.agent,
    defaultModel: catalog.defaultModel,
    resolvedDefault: ModelRef.label(catalog.resolvedDefault),
    fallbacks: catalog.fallbacks,
    imageModel: Option.getOrNull(catalog.imageModel),
    imageFallbacks: catalog.imageFallbacks,
    aliases: Object.fromEntries(catalog.aliases),
    allowed: catalog.allowed,
    auth: {
      storePath: facts.storePath,
      shellEnvFallback: {
        enabled: config.environment.shell.enabled,
        appliedKeys: config.environment.shell.applied
      },
      providersWithOAuth: providerAuths.flatMap((entry) =>
        oauthCount(entry) > 0 ? [`${entry.provider} (${oauthCount(entry)})`] : []
      ),
      missingProvidersInUse: providersInUse(catalog).filter(
        (provider) => !withSource.has(provider)
      ),
      providers: providerAuths,
      unusableProfiles,
      windows: profileWindows(facts),
      oauth: {
        warnAfterMs: Expiry.warnAfterMs,
        profiles,
        providers: providers.map((provider) => providerExpiry(facts, provider, profiles))
      },
      explanation: facts.explain(ProviderId.anthropic),
      dotEnv: dotEnvFiles(config.environment)
    }
  }
}

/**
 * The exit status of `--check` (decisions D21 and D23): 1 something expired or is missing, 2
 * something ends within a day, 3 everything unusable, 0 good. A login that renews itself is neither
 * expired nor expiring.
 */
export const check = (document: StatusDocument): 0 | 1 | 2 | 3 => {
  const { auth } = document
  const ending = auth.oauth.profiles.filter(
    (profile) => profile.type !== "api_key" && !profile.refreshable
  )
  const { candidates, chosen } = auth.explanation
  const inUse = document.resolvedDefault.startsWith("anthropic/")
  if (auth.missingProvidersInUse.length > 0) return 1
  if (inUse && chosen === undefined && candidates.length === 0) return 1
  if (ending.some(({ status }) => status === "expired" || status === "missing")) return 1
  if (ending.some(({ status }) => status === "expiring")) return 2
  if (inUse && chosen === undefined) return 3
  return 0
}
