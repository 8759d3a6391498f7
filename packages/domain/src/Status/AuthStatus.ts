/**
 * The part `auth` of the status document, without what a probe adds (docs/formats.md;
 * decisions D12a and D21). A schema, because the control plane and its clients exchange it; whoever
 * only makes or shows the document takes the types and does not load this. Keys stand in the
 * recorded order; `windows`, `explanation` and `refreshable` are our additions. Times in epoch ms.
 * No secret but masked ones.
 */
import * as Schema from "effect/Schema"
import { Explanation } from "../Auth/Explanation.ts"
import { Forecast } from "../Health/forecast.ts"

const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** Where a provider's credential comes from, as things really stand (decision D21). */
export const EffectiveAuth = Schema.Struct({
  kind: Schema.Literal("profiles", "env", "models.json", "missing"),
  detail: Schema.String
})
export type EffectiveAuth = typeof EffectiveAuth.Type

/** A key outside the stores, masked, and where it was found. */
const FoundKey = Schema.Struct({ value: Schema.String, source: Schema.String })

/** What there is for one provider. */
export const ProviderAuth = Schema.Struct({
  provider: Schema.String,
  effective: EffectiveAuth,
  profiles: Schema.Struct({
    count: Schema.Number,
    oauth: Schema.Number,
    token: Schema.Number,
    apiKey: Schema.Number,
    labels: Schema.Array(Schema.String)
  }),
  env: maybe(FoundKey),
  modelsJson: maybe(FoundKey)
})
export type ProviderAuth = typeof ProviderAuth.Type

/**
 * A profile that could not answer a request for the agent's default model now (decision D33): what
 * its pause is about, and whether the provider gave its end.
 */
export const UnusableProfile = Schema.Struct({
  profileId: Schema.String,
  provider: maybe(Schema.String),
  kind: Schema.Literal("cooldown", "disabled"),
  reason: maybe(Schema.String),
  until: Schema.Number,
  remainingMs: Schema.Number,
  scope: Schema.String,
  stated: Schema.Boolean
})
export type UnusableProfile = typeof UnusableProfile.Type

/** A known limit of a profile, in the way or not. */
export const ProfileWindow = Schema.Struct({
  profileId: Schema.String,
  scope: Schema.String,
  class: Schema.String,
  source: Schema.String,
  until: Schema.Number,
  remainingMs: Schema.Number,
  utilization: maybe(Schema.Number),
  /** When it will be used up at the present pace: only a gateway that runs can say that. */
  forecast: maybe(Forecast),
  /**
   * What it holds, in USD by list price: only a gateway that runs with `auth.scheduling: "economy"`
   * learns that, and only of the five hours of plans (decision D57).
   */
  holdsUsd: maybe(Schema.Number)
})
export type ProfileWindow = typeof ProfileWindow.Type

const ExpiryStatus = Schema.Literal("static", "ok", "expiring", "expired", "missing")

/** The expiry of one profile. */
export const ProfileExpiry = Schema.Struct({
  profileId: Schema.String,
  provider: Schema.String,
  type: Schema.Literal("api_key", "token", "oauth"),
  status: ExpiryStatus,
  expiresAt: maybe(Schema.Number),
  remainingMs: maybe(Schema.Number),
  source: Schema.Literal("claude-cli", "codex-cli", "store"),
  label: Schema.String,
  refreshable: Schema.Boolean
})
export type ProfileExpiry = typeof ProfileExpiry.Type

/** The expiry of a provider's profiles together. */
export const ProviderExpiry = Schema.Struct({
  provider: Schema.String,
  status: ExpiryStatus,
  profiles: Schema.Array(ProfileExpiry),
  expiresAt: maybe(Schema.Number),
  remainingMs: maybe(Schema.Number)
})
export type ProviderExpiry = typeof ProviderExpiry.Type

/** A `.env` file: of which folder, and the names of what came from it (decision D46). */
export const DotEnvFile = Schema.Struct({
  file: Schema.String,
  folder: Schema.Literal("state", "working"),
  names: Schema.Array(Schema.String)
})
export type DotEnvFile = typeof DotEnvFile.Type

/**
 * The whole part. `explanation` says who would answer a request for the default model now, and why.
 */
export const AuthStatus = Schema.Struct({
  storePath: Schema.String,
  shellEnvFallback: Schema.Struct({
    enabled: Schema.Boolean,
    appliedKeys: Schema.Array(Schema.String)
  }),
  providersWithOAuth: Schema.Array(Schema.String),
  missingProvidersInUse: Schema.Array(Schema.String),
  providers: Schema.Array(ProviderAuth),
  unusableProfiles: Schema.Array(UnusableProfile),
  windows: Schema.Array(ProfileWindow),
  oauth: Schema.Struct({
    warnAfterMs: Schema.Number,
    profiles: Schema.Array(ProfileExpiry),
    providers: Schema.Array(ProviderExpiry)
  }),
  explanation: Explanation,
  /** The `.env` files that variables in force came from. */
  dotEnv: Schema.Array(DotEnvFile)
})
export type AuthStatus = typeof AuthStatus.Type
