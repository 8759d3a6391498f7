/**
 * Whether every process that reads the same config file would go by it as this one does. Pure.
 */
import type { ConfigSnapshot } from "./ConfigStore.ts"

/**
 * The version of a config file that a process may go by without reading it, because the gateway
 * did; undefined where reading it says or asks for more: old keys are announced, a shared store is
 * opened first.
 */
export const versionForAll = (snapshot: ConfigSnapshot | undefined): string | undefined => {
  if (snapshot === undefined || snapshot.migrations.length > 0) return undefined
  if (snapshot.config.store?.type === "postgres") return undefined
  return snapshot.version
}
