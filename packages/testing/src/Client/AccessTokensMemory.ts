/** `AccessTokens` that end with the process. */
import { AccessTokens, type OwnTokens } from "@clawdbot/domain/Client/AccessTokens"
import * as ClientTokens from "@clawdbot/domain/Client/ClientTokens"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"

/** No client at first, and no token. */
export const layer: Layer.Layer<AccessTokens> = Layer.sync(AccessTokens, () => {
  let clients = ClientTokens.none
  let own: OwnTokens = {}
  let byHash = ClientTokens.byHash(clients)
  return AccessTokens.of({
    clients: Effect.sync(() => clients),
    modifyClients: (change) =>
      Effect.suspend(() =>
        Either.map(change(clients), (changed) => {
          clients = changed
          byHash = ClientTokens.byHash(changed)
        })
      ),
    watchClients: Effect.succeed(() => byHash),
    own: Effect.sync(() => own),
    completeOwn: (wanted) =>
      Effect.sync(() => {
        own = wanted(own)
        return own
      })
  })
})
