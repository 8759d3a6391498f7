/**
 * Logins that refresh themselves, in one process of this machine at a time (docs/architecture.md,
 * guarantee 1): the policy over this machine's files, locks and network. Loaded only where a login
 * may be refreshed; the gateway and `models auth refresh` are made of the same.
 */
import * as OAuthRefresh from "@clawdbot/domain/OAuth/OAuthRefresh"
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
