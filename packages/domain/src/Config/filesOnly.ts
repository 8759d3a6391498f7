/**
 * A config whose credentials are in a store that gateways share, for a program that reads files:
 * it would find none, or older ones that are no longer refreshed. Pure.
 */
import { ConfigInvalid } from "./ConfigError.ts"
import type { ConfigSnapshot } from "./ConfigStore.ts"

/** Why such a program cannot work with a config; undefined where it can. */
export const filesOnly = (snapshot: ConfigSnapshot): ConfigInvalid | undefined => {
  if (snapshot.config.store?.type !== "postgres") return undefined
  const source = snapshot.source(["store", "type"])
  return new ConfigInvalid({
    path: snapshot.path,
    issues: [
      {
        path: "store.type",
        problem: "this program reads files, and the config keeps credentials in PostgreSQL",
        cure: "let it send its requests to a gateway of the store",
        place: "place" in source ? source.place : undefined
      }
    ]
  })
}
