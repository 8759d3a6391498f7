/**
 * The document of `clawdbot models status --json`, which other programs read (docs/formats.md
 * §7.2). Keys stand in the recorded order; `agent` is our addition, as are those that
 * {@link AuthStatus} names.
 */
import type { AuthStatus } from "./AuthStatus.ts"
import type { Probes } from "./Probe.ts"

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
  readonly auth: AuthStatus & {
    /** What the provider said to each of them, with `--probe`. */
    readonly probes?: Probes
  }
}
