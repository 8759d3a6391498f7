/**
 * How a command refreshes logins: over this machine's files, or over the shared store whose ports
 * it was given. Loaded only where a login may be refreshed.
 */
import { layerNone as nothingShared } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import { HeldStores } from "@clawdbot/domain/OAuth/HeldStores"
import * as OAuthRefresh from "@clawdbot/domain/OAuth/OAuthRefresh"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { RefreshLease } from "@clawdbot/domain/OAuth/RefreshLease"
import * as RefreshMachine from "@clawdbot/node/OAuth/RefreshMachine"
import * as TokenEndpointHttp from "@clawdbot/node/OAuth/TokenEndpointHttp"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { place } from "./claudeCode/place.ts"

/** What both need of a command. */
type RefreshLayer = Layer.Layer<
  OAuthRefresh.OAuthRefresh,
  never,
  RefreshJournal | Layer.Layer.Context<ReturnType<typeof RefreshMachine.layer>>
>

/**
 * The refresh with its ports. `interactive`: somebody is there whom the macOS Keychain may ask. A
 * shared store never holds Claude Code's login.
 */
export const refreshLogins = (interactive: boolean): RefreshLayer =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const ofFiles: RefreshLayer = RefreshMachine.layer(place(interactive))
      const lease = yield* Effect.serviceOption(RefreshLease)
      const stores = yield* Effect.serviceOption(HeldStores)
      if (Option.isNone(lease) || Option.isNone(stores)) return ofFiles
      const ports = Layer.mergeAll(
        Layer.succeed(RefreshLease, lease.value),
        Layer.succeed(HeldStores, stores.value),
        Layer.effect(RefreshJournal, RefreshJournal),
        nothingShared,
        TokenEndpointHttp.layer
      )
      const ofStore: RefreshLayer = OAuthRefresh.layer.pipe(Layer.provide(ports))
      return ofStore
    })
  )
