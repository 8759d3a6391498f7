/**
 * Keys that come from the environment or the config instead of a store, as pseudo-profiles at the
 * end of the order (decision D5).
 */
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { Config } from "../Config/Config.ts"
import {
  type EffectiveEnvironment,
  lookup,
  type VariableSource
} from "../Environment/Environment.ts"
import * as Credential from "../Profile/Credential.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import * as ProviderId from "../Profile/ProviderId.ts"

/** One such key. */
export interface AmbientKey {
  readonly profile: ProfileId.ProfileId
  readonly origin:
    | { readonly _tag: "Environment"; readonly name: string; readonly source: VariableSource }
    | { readonly _tag: "Config"; readonly path: string }
  readonly credential: Credential.Credential
}

const variables: Readonly<
  Record<string, ReadonlyArray<{ readonly name: string; readonly kind: "token" | "api_key" }>>
> = {
  [ProviderId.anthropic]: [
    { name: "ANTHROPIC_OAUTH_TOKEN", kind: "token" },
    { name: "ANTHROPIC_API_KEY", kind: "api_key" }
  ],
  // Other providers are not served; their keys are known so that `models status` does not call them
  // missing.
  cerebras: [{ name: "CEREBRAS_API_KEY", kind: "api_key" }],
  google: [{ name: "GEMINI_API_KEY", kind: "api_key" }],
  groq: [{ name: "GROQ_API_KEY", kind: "api_key" }],
  mistral: [{ name: "MISTRAL_API_KEY", kind: "api_key" }],
  openai: [{ name: "OPENAI_API_KEY", kind: "api_key" }],
  openrouter: [{ name: "OPENROUTER_API_KEY", kind: "api_key" }],
  synthetic: [{ name: "SYNTHETIC_API_KEY", kind: "api_key" }],
  xai: [{ name: "XAI_API_KEY", kind: "api_key" }],
  zai: [{ name: "ZAI_API_KEY", kind: "api_key" }]
}

/** Providers whose keys may come from the environment. */
export const providersWithVariables: ReadonlyArray<ProviderId.ProviderId> = Object.keys(
  variables
).map(ProviderId.normalize)

const credential = (
  kind: "token" | "api_key",
  provider: ProviderId.ProviderId,
  secret: Redacted.Redacted
): Credential.Credential =>
  kind === "token"
    ? { type: "token", provider, token: secret, extra: Credential.noExtra }
    : { type: "api_key", provider, key: secret, extra: Credential.noExtra }

/**
 * The provider entry of a config, whatever case its name is written in; the exact spelling goes
 * first.
 */
export const providerEntry = (config: Config, provider: ProviderId.ProviderId) => {
  const providers = config.models?.providers ?? {}
  if (Object.hasOwn(providers, provider)) return providers[provider]
  return Object.entries(providers).find(([name]) => ProviderId.normalize(name) === provider)?.[1]
}

/**
 * The keys in force for a provider, in the order in which they are tried: bearer variable, key
 * variable, config.
 */
export const find = (
  config: Config,
  environment: EffectiveEnvironment,
  provider: ProviderId.ProviderId
): ReadonlyArray<AmbientKey> => {
  const found: Array<AmbientKey> = []
  for (const { name, kind } of variables[provider] ?? []) {
    const variable = lookup(environment, name)
    if (Option.isSome(variable)) {
      found.push({
        profile: ProfileId.of(`env:${name}`),
        origin: { _tag: "Environment", name, source: variable.value.source },
        credential: credential(kind, provider, variable.value.value)
      })
    }
  }
  const key = providerEntry(config, provider)?.apiKey
  if (key !== undefined && !Credential.isBlank(key)) {
    found.push({
      profile: ProfileId.of(`config:models.providers.${provider}.apiKey`),
      origin: { _tag: "Config", path: `models.providers.${provider}.apiKey` },
      credential: credential("api_key", provider, key)
    })
  }
  return found
}
