/** The ports of one refresh, for tests of its parts; taken from a world. */
import { SharedLogin } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import type { Demand } from "@clawdbot/domain/OAuth/freshness"
import { HeldStores } from "@clawdbot/domain/OAuth/HeldStores"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { RefreshLease } from "@clawdbot/domain/OAuth/RefreshLease"
import type { LockedRefresh, RefreshPorts } from "@clawdbot/domain/OAuth/refreshPorts"
import { refreshFingerprint, type StoredLogin } from "@clawdbot/domain/OAuth/StoredLogin"
import { TokenEndpoint } from "@clawdbot/domain/OAuth/TokenEndpoint"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** All of them. */
export const ports = Effect.gen(function* () {
  const made: RefreshPorts = {
    configs: yield* ConfigStore,
    endpoint: yield* TokenEndpoint,
    healths: yield* HealthStore,
    journal: yield* RefreshJournal,
    lease: yield* RefreshLease,
    paths: yield* StatePaths,
    profiles: yield* ProfileStore,
    shared: yield* SharedLogin,
    stores: yield* HeldStores,
    unclaimed: new Map()
  }
  return made
})

/** A refresh of a login with the owner's store in its hands, and Claude Code's copy where asked. */
export const locked = (
  made: RefreshPorts,
  login: StoredLogin,
  demand: Demand,
  more: Partial<LockedRefresh> & { readonly withClaudeCode?: boolean } = {}
) =>
  Effect.gen(function* () {
    const { withClaudeCode = false, ...rest } = more
    const at: LockedRefresh = {
      login,
      fingerprint: refreshFingerprint(login.credential),
      demand,
      held: rest.held ?? [yield* made.stores.hold(login.owner)],
      copy: { _tag: "Newest" },
      mayAsk: () => true,
      shared: withClaudeCode ? Option.some(yield* made.shared.hold) : Option.none(),
      ...rest
    }
    return at
  })
