/**
 * Keys that come from the environment or the config instead of a store, as pseudo-profiles at the
 * end of the order (decision D5). They are cleaned and recognised as pasted ones are (decision
 * D39), because nobody checked them when they were written down.
 */
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as GatewaySecret from "../Client/gatewaySecret.ts"
import type { Config } from "../Config/Config.ts"
import { providerEntry } from "../Config/provider.ts"
import { defined } from "../Document/defined.ts"
import {
  type EffectiveEnvironment,
  lookup,
  type SdkProfile,
  type VariableSource
} from "../Environment/Environment.ts"
import * as Credential from "../Profile/Credential.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { clean, type SecretShape, shapeOf } from "../Profile/secretText.ts"
import { textOf } from "../Text/textIf.ts"
import type { RejectReason } from "./Explanation.ts"
import { isOwnUpstream, isUpstreamAt } from "./upstreamOrigin.ts"

/** Where a key stands. */
export type AmbientOrigin =
  | { readonly _tag: "Environment"; readonly name: string; readonly source: VariableSource }
  | { readonly _tag: "Config"; readonly path: string }

/** One such key. */
export interface AmbientKey {
  readonly profile: ProfileId.ProfileId
  readonly origin: AmbientOrigin
  readonly credential: Credential.Credential
  /**
   * `always` after the stored profiles · `alone` only where the agent has no other credential ·
   * `last` only where there is not even one of those: it stands in the working folder's `.env`,
   * which may be a stranger's (decision D46) · otherwise it is no credential, for this reason.
   */
  readonly counts: "always" | "alone" | "last" | RejectReason
  /** Things a person should know about how it was read, one sentence each; never the secret. */
  readonly notices: ReadonlyArray<string>
}

interface Named {
  readonly name: string
  readonly kind: "token" | "api_key"
  /**
   * Another program's variable: only a setup token in it is a credential, and only without any
   * other.
   */
  readonly foreign?: true
}

const variables: Readonly<Record<string, ReadonlyArray<Named>>> = {
  [ProviderId.anthropic]: [
    { name: "ANTHROPIC_OAUTH_TOKEN", kind: "token" },
    { name: "ANTHROPIC_API_KEY", kind: "api_key" },
    { name: "CLAUDE_CODE_OAUTH_TOKEN", kind: "token", foreign: true },
    { name: "ANTHROPIC_AUTH_TOKEN", kind: "token", foreign: true }
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

const credentialOf = (
  kind: "token" | "api_key",
  provider: ProviderId.ProviderId,
  secret: Redacted.Redacted
): Credential.Credential => {
  if (kind === "token") return { type: "token", provider, token: secret, extra: Credential.noExtra }
  return { type: "api_key", provider, key: secret, extra: Credential.noExtra }
}

const isSetupToken = (shape: SecretShape): boolean =>
  shape === "a setup token" || shape === "a token that is cut off"

const kindByShape = (shape: SecretShape): "token" | "api_key" | undefined => {
  if (isSetupToken(shape)) return "token"
  return shape === "an API key" ? "api_key" : undefined
}

const words = { token: "setup token", api_key: "API key" } as const
const oneOf = { token: "a setup token", api_key: "an API key" } as const
const forms = { token: "sk-ant-oat01-…", api_key: "sk-ant-api03-…" } as const

/** What a person should know about how a text was read. */
const noticesOf = (
  where: string,
  asked: "token" | "api_key",
  kind: "token" | "api_key",
  shape: SecretShape
): ReadonlyArray<string> => {
  if (kind !== asked) return [`${where} holds ${oneOf[kind]} and is used as one`]
  if (shape === "unknown" || shape === "several words")
    return [
      `${where} does not look like an Anthropic ${words[asked]} (${forms[asked]}); ` +
        "it is used anyway"
    ]
  return []
}

const isFromWorkingFolder = (origin: AmbientOrigin): boolean =>
  origin._tag === "Environment" &&
  origin.source._tag === "DotEnv" &&
  origin.source.folder === "working"

/** How a text counts that stood where a key of Anthropic's belongs. */
const countsOf = (
  config: Config,
  environment: EffectiveEnvironment,
  origin: AmbientOrigin,
  secret: Redacted.Redacted,
  shape: SecretShape,
  { foreign }: Pick<Named, "foreign">
): AmbientKey["counts"] => {
  const isOwn = isOwnUpstream(config, ProviderId.anthropic)
  if (GatewaySecret.isConfigured(config, environment, secret)) return "a token of this gateway"
  // Behind another base URL there may be another gateway, whose token then stands in the config.
  if (GatewaySecret.isMadeToken(secret) && (isOwn || origin._tag === "Environment"))
    return "a token of this gateway"
  if (foreign && !isSetupToken(shape)) return "not a setup token"
  if (!foreign && isOwn && shape === "a placeholder") return "a placeholder"
  if (isFromWorkingFolder(origin)) return "last"
  if (foreign) return "alone"
  return "always"
}

const read = (
  config: Config,
  environment: EffectiveEnvironment,
  provider: ProviderId.ProviderId,
  profile: ProfileId.ProfileId,
  origin: AmbientOrigin,
  named: Omit<Named, "name">,
  text: Redacted.Redacted
): AmbientKey => {
  const secret = clean(text)
  if (provider !== ProviderId.anthropic) {
    const credential = credentialOf(named.kind, provider, secret)
    return { profile, origin, credential, counts: "always", notices: [] }
  }
  const shape = shapeOf(secret)
  const kind = kindByShape(shape) ?? named.kind
  const counts = countsOf(config, environment, origin, secret, shape, named)
  const where = origin._tag === "Environment" ? origin.name : origin.path
  const isTold = counts === "always" && isOwnUpstream(config, provider)
  return {
    profile,
    origin,
    credential: credentialOf(kind, provider, secret),
    counts,
    notices: isTold ? noticesOf(where, named.kind, kind, shape) : []
  }
}

/** How a profile of the SDK counts: like another program's variable, and at its own address. */
const sdkCounts = (config: Config, { baseUrl, problem }: SdkProfile): AmbientKey["counts"] => {
  if (problem !== undefined) return "no secret"
  if (!isUpstreamAt(config, ProviderId.anthropic, baseUrl)) return "for another address"
  return "alone"
}

/** Profiles of the provider's SDK, which hold a token as a variable of another program does. */
const ofSdk = (
  config: Config,
  environment: EffectiveEnvironment,
  provider: ProviderId.ProviderId
): ReadonlyArray<AmbientKey> => {
  if (provider !== ProviderId.anthropic) return []
  return [...environment.variables].flatMap(([name, { source, value }]): Array<AmbientKey> => {
    if (source._tag !== "SdkProfile") return []
    const { expiresAt } = source
    const token = { type: "token" as const, provider, token: value, extra: Credential.noExtra }
    return [
      {
        profile: ProfileId.of(name),
        origin: { _tag: "Environment", name, source },
        credential: { ...token, ...defined({ expires: expiresAt }) },
        counts: sdkCounts(config, source),
        notices: []
      }
    ]
  })
}

/**
 * The keys that stand somewhere for a provider, in the order in which they are tried: bearer
 * variable, key variable, config, variables of other programs, profiles of the provider's SDK.
 * {@link inForce} says which count.
 */
export const find = (
  config: Config,
  environment: EffectiveEnvironment,
  provider: ProviderId.ProviderId
): ReadonlyArray<AmbientKey> => {
  const all = variables[provider] ?? []
  const fromEnvironment = (named: Named): ReadonlyArray<AmbientKey> => {
    const variable = Option.getOrUndefined(lookup(environment, named.name))
    if (variable === undefined || Credential.isBlank(clean(variable.value))) return []
    const origin = { _tag: "Environment", name: named.name, source: variable.source } as const
    const profile = ProfileId.ofVariable(named.name)
    return [read(config, environment, provider, profile, origin, named, variable.value)]
  }
  const key = providerEntry(config, provider)?.apiKey
  const path = `models.providers.${provider}.apiKey`
  const fromConfig =
    key === undefined || Credential.isBlank(clean(key))
      ? []
      : [
          read(
            config,
            environment,
            provider,
            ProfileId.ofConfigKey(path),
            { _tag: "Config", path },
            { kind: "api_key" },
            key
          )
        ]
  return [
    ...all.filter(({ foreign }) => foreign === undefined).flatMap(fromEnvironment),
    ...fromConfig,
    ...all.filter(({ foreign }) => foreign === true).flatMap(fromEnvironment),
    ...ofSdk(config, environment, provider)
  ]
}

/**
 * Those of the keys that count for an agent. `hasStored`: whether the agent has any stored
 * credential of the provider.
 */
export const inForce = (
  keys: ReadonlyArray<AmbientKey>,
  hasStored: boolean
): ReadonlyArray<AmbientKey> => {
  const counting = (how: AmbientKey["counts"]) => keys.filter(({ counts }) => counts === how)
  const always = counting("always")
  if (always.length > 0 || hasStored) return always
  const alone = counting("alone")
  if (alone.length > 0) return alone
  return counting("last")
}

const placeOf = (origin: AmbientOrigin): string => {
  if (origin._tag === "Config") return "in the config"
  switch (origin.source._tag) {
    case "Process":
      return "in the environment"
    case "DotEnv":
      return `in ${origin.source.file}`
    case "Config":
      return 'in the "env" of the config'
    case "LoginShell":
      return "in the login shell"
    case "SdkProfile":
      return `${textOf(origin.source.problem, (problem) => `${problem}, `)}in ${origin.source.file}`
  }
}

const reasonOf = (counts: AmbientKey["counts"]): RejectReason => {
  if (counts === "last") return "held back: working folder"
  if (counts === "always" || counts === "alone") return "held back: other credentials"
  return counts
}

/** Why a key does not count for an agent where {@link inForce} leaves it out. */
export const rejected = ({
  counts,
  origin,
  profile
}: AmbientKey): { profile: ProfileId.ProfileId; reason: RejectReason; detail: string } => ({
  profile,
  reason: reasonOf(counts),
  detail: placeOf(origin)
})
