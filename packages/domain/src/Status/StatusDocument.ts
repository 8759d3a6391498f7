/**
 * The document of `clawdbot models status --json`, which other programs read (config-and-cli.md §7.2; decisions D12a and D21). Keys stand in the
 * recorded order; `windows`, `explanation`, `agent` and `refreshable` are our additions. Times in epoch ms. No secret but masked ones.
 */
import type { Explanation } from "../Auth/Explanation.ts"
import type { ExpiryStatus } from "../Health/Expiry.ts"
import type { Kind } from "../Profile/Credential.ts"
import type { Probes } from "./Probe.ts"

/** Where a provider's credential comes from, as things really stand (decision D21). */
export interface EffectiveAuth {
  readonly kind: "profiles" | "env" | "models.json" | "missing"
  readonly detail: string
}

/** What there is for one provider. */
export interface ProviderAuth {
  readonly provider: string
  readonly effective: EffectiveAuth
  readonly profiles: {
    readonly count: number
    readonly oauth: number
    readonly token: number
    readonly apiKey: number
    readonly labels: ReadonlyArray<string>
  }
  readonly env?: { readonly value: string; readonly source: string }
  readonly modelsJson?: { readonly value: string; readonly source: string }
}

/** A profile that rests for every model. */
export interface UnusableProfile {
  readonly profileId: string
  readonly provider?: string
  readonly kind: "cooldown" | "disabled"
  readonly reason?: string
  readonly until: number
  readonly remainingMs: number
}

/** A known limit of a profile, resting or not. */
export interface ProfileWindow {
  readonly profileId: string
  readonly scope: string
  readonly class: string
  readonly source: string
  readonly until: number
  readonly remainingMs: number
  readonly utilization?: number
}

/** The expiry of one profile. */
export interface ProfileExpiry {
  readonly profileId: string
  readonly provider: string
  readonly type: Kind
  readonly status: ExpiryStatus
  readonly expiresAt?: number
  readonly remainingMs?: number
  readonly source: "claude-cli" | "codex-cli" | "store"
  readonly label: string
  readonly refreshable: boolean
}

/** The expiry of a provider's profiles together. */
export interface ProviderExpiry {
  readonly provider: string
  readonly status: ExpiryStatus
  readonly profiles: ReadonlyArray<ProfileExpiry>
  readonly expiresAt?: number
  readonly remainingMs?: number
}

/** The whole document. */
export interface StatusDocument {
  readonly configPath: string
  readonly agentDir: string
  readonly agent: string
  readonly defaultModel: string
  readonly resolvedDefault: string
  readonly fallbacks: ReadonlyArray<string>
  readonly imageModel: string | null
  readonly imageFallbacks: ReadonlyArray<string>
  readonly aliases: Readonly<Record<string, string>>
  readonly allowed: ReadonlyArray<string>
  readonly auth: {
    readonly storePath: string
    readonly shellEnvFallback: { readonly enabled: boolean; readonly appliedKeys: ReadonlyArray<string> }
    readonly providersWithOAuth: ReadonlyArray<string>
    readonly missingProvidersInUse: ReadonlyArray<string>
    readonly providers: ReadonlyArray<ProviderAuth>
    readonly unusableProfiles: ReadonlyArray<UnusableProfile>
    readonly windows: ReadonlyArray<ProfileWindow>
    readonly oauth: {
      readonly warnAfterMs: number
      readonly profiles: ReadonlyArray<ProfileExpiry>
      readonly providers: ReadonlyArray<ProviderExpiry>
    }
    /** Who would answer a request for the default model now, and why. */
    readonly explanation: Explanation
    /** What the provider said to each of them, with `--probe`. */
    readonly probes?: Probes
  }
}
