/**
 * Logins that refresh themselves, in one process of this machine at a time (docs/architecture.md,
 * guarantee 1): the policy over this machine's files, locks and network. Loaded only where a login
 * may be refreshed; the gateway and `models auth refresh` are made of the same.
 */

import { SharedLogin } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import { HeldStores } from "@clawdbot/domain/OAuth/HeldStores"
import * as OAuthRefresh from "@clawdbot/domain/OAuth/OAuthRefresh"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { RefreshLease } from "@clawdbot/domain/OAuth/RefreshLease"
import { TokenEndpoint } from "@clawdbot/domain/OAuth/TokenEndpoint"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SharedLoginMachine from "../ClaudeCode/SharedLoginMachine.ts"
import * as HeldStoresFile from "./HeldStoresFile.ts"
import * as RefreshJournalFile from "./RefreshJournalFile.ts"
import * as RefreshLeaseSocket from "./RefreshLeaseSocket.ts"
import * as TokenEndpointHttp from "./TokenEndpointHttp.ts"

/**
 * The refresh with the ports it is made of, the stores and the config still to be given. `shared`
 * is how Claude Code's login is reached.
 */
export const layer = (shared: typeof SharedLoginMachine.layer = SharedLoginMachine.layer) =>
  OAuthRefresh.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        HeldStoresFile.layer,
        RefreshJournalFile.layer,
        RefreshLeaseSocket.layer,
        shared,
        TokenEndpointHttp.layer
      )
    )
  )

/**
 * Gives an effect the same without layers, which take a start many steps; Claude Code's login as
 * programs in the background reach it.
 */
export const provide = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.provideServiceEffect(OAuthRefresh.OAuthRefresh, OAuthRefresh.make),
    Effect.provideServiceEffect(HeldStores, HeldStoresFile.standard),
    Effect.provideServiceEffect(RefreshJournal, RefreshJournalFile.make),
    Effect.provideServiceEffect(RefreshLease, RefreshLeaseSocket.standard),
    Effect.provideServiceEffect(SharedLogin, SharedLoginMachine.inBackground),
    Effect.provideServiceEffect(TokenEndpoint, TokenEndpointHttp.make)
  )
