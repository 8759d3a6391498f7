/**
 * Port: what the links and sessions of the dashboard depend on (decision D26a). Layers: file and
 * memory (`@clawdbot/http`), a store that gateways share (`@clawdbot/postgres`).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { GatewayTokensUnavailable } from "./AccessTokens.ts"

/** How links work that any gateway of a store may open. */
export interface SharedLinks {
  /** The same for every gateway: a browser's session is good for all of them. */
  readonly cookie: string
  /**
   * Uses a link up for all gateways, by its hash; `until` is its end in epoch ms. False where it
   * was used, and where nobody can say whether it was.
   */
  readonly useOnce: (hash: string, until: number) => Effect.Effect<boolean>
}

/**
 * - `key` signs links and sessions; who takes it away ends them all. Synchronous: asked for with
 *   each request of a dashboard.
 * - `sharedLinks` is undefined where a link is known to the gateway alone that made it.
 * - `endSessions` ends every session and every unused link; false where there was no key.
 */
export class DashboardAccess extends Context.Tag("@clawdbot/domain/Client/DashboardAccess")<
  DashboardAccess,
  {
    readonly key: () => Uint8Array
    readonly sharedLinks: SharedLinks | undefined
    readonly endSessions: Effect.Effect<boolean, GatewayTokensUnavailable>
  }
>() {}
