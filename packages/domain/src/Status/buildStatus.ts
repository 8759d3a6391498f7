/** Facts as the status document. Pure. */

import * as Option from "effect/Option"
import * as AmbientKey from "../Auth/AmbientKey.ts"
import type { Explanation } from "../Auth/Explanation.ts"
import type { Holding } from "../Auth/Roster.ts"
import type { ConfigSnapshot } from "../Config/ConfigStore.ts"
import { defined, ifDefined } from "../Document/defined.ts"
import { dotEnvFiles } from "../Environment/Environment.ts"
import { type Paths, shorten } from "../Environment/StatePaths.ts"
import * as Expiry from "../Health/Expiry.ts"
import { isMoney } from "../Health/FailureClass.ts"
import type { ProfileHealth } from "../Health/HealthDocument.ts"
import { obstacles } from "../Health/HealthPolicy.ts"
import { anyRequest, requestTarget } from "../Health/RequestTarget.ts"
import { partsOf } from "../Health/Scope.ts"
import { isBlocking, isStated, type Window } from "../Health/Window.ts"
import type { ModelCatalog } from "../Model/ModelCatalog.ts"
import { named } from "../Model/ModelCatalog.ts"
import * as ModelRef from "../Model/ModelRef.ts"
import * as Credential from "../Profile/Credential.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import type { ProfileSnapshot } from "../Profile/ProfileStore.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import * as Secret from "../Profile/Secret.ts"
import { textOf } from "../Text/textIf.ts"
import type * as Status from "./AuthStatus.ts"
import { byText } from "./byText.ts"
import * as Duration from "./duration.ts"
import type { StatusDocument } from "./StatusDocument.ts"

/** A stored profile with what is known of its health. */
export interface Known extends Holding {
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
  readonly known: ReadonlyArray<Known>
  /** For each provider, who would answer. */
  readonly explain: (provider: ProviderId.ProviderId) => Explanation
  readonly now: number
}

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

/** What stands in the way of messages to any model. */
const messageLimits = ({ windows }: ProfileHealth, now: number): ReadonlyArray<Window> =>
  windows.filter((window) => isBlocking(window, now) && partsOf(window.scope).kind !== "path")

/**
 * What stands in the way of a request for the agent's default model. Where the config names none,
 * clients choose the model, and a limit on any counts.
 */
const inTheWay = ({ catalog, now }: StatusFacts, known: Known): ReadonlyArray<Window> => {
  const { defaultConfigured, resolvedDefault } = catalog
  if (!defaultConfigured) return messageLimits(known.health, now)
  const isOfProvider = ProviderId.normalize(resolvedDefault.provider) === known.credential.provider
  const target = isOfProvider ? requestTarget({ model: resolvedDefault.model }) : anyRequest
  return obstacles(known.health, target, now)
}

/** Why a profile cannot answer such a request now: the pause that lasts longest. */
const coolingDown = (facts: StatusFacts, known: Known): Window | undefined =>
  inTheWay(facts, known).reduce<Window | undefined>(
    (longest, window) => (longest === undefined || window.until > longest.until ? window : longest),
    undefined
  )

const unusable = (facts: StatusFacts): ReadonlyArray<Status.UnusableProfile> => {
  const { now, store } = facts
  const entries = facts.known.flatMap((known): ReadonlyArray<Status.UnusableProfile> => {
    const window = coolingDown(facts, known)
    if (window === undefined) return []
    const stats =
      window.source === "usageStats" ? store.document.usageStats.get(known.profile) : undefined
    const disabled = stats !== undefined ? now < (stats.disabledUntil ?? 0) : isMoney(window.class)
    const foreignReason = disabled ? stats?.disabledReason : undefined
    const reason = stats === undefined ? window.class : foreignReason
    return [
      {
        profileId: known.profile,
        provider: known.credential.provider,
        kind: disabled ? "disabled" : "cooldown",
        ...defined({ reason }),
        until: window.until,
        remainingMs: window.until - now,
        scope: window.scope,
        stated: isStated(window)
      }
    ]
  })
  return entries.sort((a, b) => a.remainingMs - b.remainingMs)
}

const windows = (facts: StatusFacts): ReadonlyArray<Status.ProfileWindow> =>
  facts.known.flatMap((known) =>
    known.health.windows
      .filter((window) => window.until > facts.now)
      .map((window) => ({
        profileId: known.profile,
        scope: window.scope,
        class: window.class,
        source: window.source,
        until: window.until,
        remainingMs: window.until - facts.now,
        ...defined({ utilization: window.utilization })
      }))
  )

const emailOf = (facts: StatusFacts, known: Known): string | undefined =>
  facts.config.config.auth?.profiles?.[known.profile]?.email ?? known.credential.email

const labelOf = (
  facts: StatusFacts,
  known: Known,
  rests: ReadonlyMap<string, Status.UnusableProfile>
): string => {
  const email = emailOf(facts, known)
  const shown = ((): string => {
    switch (known.credential.type) {
      case "api_key":
        return Secret.mask(known.credential.key)
      case "token":
        return `token:${Secret.mask(known.credential.token)}`
      case "oauth":
        if (email === undefined) return "OAuth"
        return `OAuth (${email})`
    }
  })()
  const rest = rests.get(known.profile)
  const why = rest?.kind === "disabled" ? rest.reason : undefined
  const reason = textOf(why, (why) => `:${why}`)
  return `${known.profile}=${shown}${textOf(
    rest,
    (rest) => ` [${rest.kind}${reason} ` + `${Duration.short(rest.remainingMs)}]`
  )}`
}

const sourceOf = (key: AmbientKey.AmbientKey): string => {
  if (key.origin._tag === "Config") return key.origin.path
  return `${key.origin.source._tag === "LoginShell" ? "shell env" : "env"}: ${key.origin.name}`
}

const maskOf = ({ credential, origin }: AmbientKey.AmbientKey): string => {
  if (credential.type !== "api_key" && origin._tag === "Environment") return "OAuth (env)"
  return Secret.mask(Credential.secret(credential))
}

/** The real selection (D21): what would answer now, or first once its rest is over. */
const effective = (
  facts: StatusFacts,
  provider: ProviderId.ProviderId,
  keys: ReadonlyArray<AmbientKey.AmbientKey>
): Status.EffectiveAuth => {
  const explanation = facts.explain(provider)
  const answering = explanation.chosen ?? explanation.candidates[0]?.profile
  if (answering === undefined) return { kind: "missing", detail: "missing" }
  const key = keys.find((candidate) => candidate.profile === answering)
  if (key === undefined) return { kind: "profiles", detail: shorten(facts.paths, facts.storePath) }
  return { kind: key.origin._tag === "Environment" ? "env" : "models.json", detail: maskOf(key) }
}

const providerAuth = (
  facts: StatusFacts,
  provider: ProviderId.ProviderId,
  rests: ReadonlyMap<string, Status.UnusableProfile>
): ReadonlyArray<Status.ProviderAuth> => {
  const own = facts.known.filter((known) => known.credential.provider === provider)
  const keys = AmbientKey.inForce(
    AmbientKey.find(facts.config.config, facts.config.environment, provider),
    own.length > 0
  )
  if (own.length === 0 && keys.length === 0) return []
  const count = (kind: Credential.Kind) =>
    own.filter((known) => known.credential.type === kind).length
  const env = keys.find((key) => key.origin._tag === "Environment")
  const config = keys.find((key) => key.origin._tag === "Config")
  return [
    {
      provider,
      effective: effective(facts, provider, keys),
      profiles: {
        count: own.length,
        oauth: count("oauth"),
        token: count("token"),
        apiKey: count("api_key"),
        labels: own.map((known) => labelOf(facts, known, rests))
      },
      ...defined({
        env: ifDefined(env, (env) => ({ value: maskOf(env), source: sourceOf(env) })),
        modelsJson: ifDefined(config, (config) => ({
          value: maskOf(config),
          source: `models.json: ${shorten(facts.paths, `${facts.agentDir}/models.json`)}`
        }))
      })
    }
  ]
}

const expirySource = (profile: ProfileId.ProfileId): Status.ProfileExpiry["source"] => {
  if (profile === ProfileId.claudeCode) return "claude-cli"
  if (profile === "openai-codex:codex-cli") return "codex-cli"
  return "store"
}

/**
 * A login that is over, or that must not be refreshed beside its newer copy, does not renew itself.
 */
const renewsItself = ({ copy, health }: Known): boolean =>
  health.needsLogin === undefined && (copy === undefined || copy._tag === "Newest")

const profileExpiry = (facts: StatusFacts, known: Known): Status.ProfileExpiry => {
  const { expiresAt, refreshable, remainingMs, status } = Expiry.expiry(known.credential, facts.now)
  const email = emailOf(facts, known)
  return {
    profileId: known.profile,
    provider: known.credential.provider,
    type: known.credential.type,
    status,
    ...defined({ expiresAt, remainingMs }),
    source: expirySource(known.profile),
    label: `${known.profile}${textOf(email, (text) => ` (${text})`)}`,
    refreshable: refreshable && renewsItself(known)
  }
}

const providerExpiry = (
  facts: StatusFacts,
  provider: ProviderId.ProviderId,
  profiles: ReadonlyArray<Status.ProfileExpiry>
): Status.ProviderExpiry => {
  const own = profiles.filter((profile) => profile.provider === provider)
  const ends = own.flatMap(({ expiresAt, type }) =>
    type !== "api_key" && expiresAt !== undefined ? [expiresAt] : []
  )
  const expiresAt = ends.length === 0 ? undefined : Math.min(...ends)
  return {
    provider,
    status: Expiry.worst(own.map((profile) => ({ kind: profile.type, expiry: profile }))),
    profiles: own,
    ...defined({
      expiresAt,
      remainingMs: ifDefined(expiresAt, (expiresAt) => expiresAt - facts.now)
    })
  }
}

/** The document. */
export const build = (facts: StatusFacts): StatusDocument => {
  const { catalog, config } = facts
  const providers = considered(facts)
  const unusableProfiles = unusable(facts)
  const rests = new Map(unusableProfiles.map((entry) => [entry.profileId, entry]))
  const profiles = facts.known
    .map((known) => profileExpiry(facts, known))
    .sort((a, b) => byText(a.provider, b.provider) || byText(a.profileId, b.profileId))
  const providerAuths = providers.flatMap((provider) => providerAuth(facts, provider, rests))
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
      windows: windows(facts),
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
 * something ends within a day, 3 everything rests, 0 good. A login that renews itself is neither
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
