/**
 * When a store that several gateways share is there again after it was away: what could not be
 * refreshed meanwhile is to be refreshed soon, by one of them.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/**
 * `onReturn` has an effect run after each outage, when logins may be refreshed again; effects run
 * one after the other, in the order in which they were given, and must not wait for anything. A
 * store of files is never away: nothing runs where no layer gives another service.
 */
export class StoreReturns extends Context.Reference<StoreReturns>()(
  "@clawdbot/domain/OAuth/StoreReturns",
  {
    defaultValue: (): { readonly onReturn: (run: Effect.Effect<void>) => void } => ({
      onReturn: () => undefined
    })
  }
) {}
