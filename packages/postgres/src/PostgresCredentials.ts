/**
 * The credentials of a store that gateways share, as layers: what `@clawdbot/node` composes of
 * files, made of the database; and for gateways what they count together, and who created what.
 */
import { randomUUID } from "node:crypto"
import { ConversationHome } from "@clawdbot/domain/Auth/ConversationHome"
import { layerNone as nothingShared } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import type { ConfigSnapshot, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as LoginKeeper from "@clawdbot/domain/OAuth/LoginKeeper"
import * as OAuthRefresh from "@clawdbot/domain/OAuth/OAuthRefresh"
import { ofSharedStore, RefreshAhead } from "@clawdbot/domain/OAuth/RefreshAhead"
import type { UsageSpan } from "@clawdbot/domain/Usage/UsageLedger"
import * as TokenEndpointHttp from "@clawdbot/node/OAuth/TokenEndpointHttp"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ResourcePinsPostgres from "./Auth/ResourcePinsPostgres.ts"
import * as BudgetLeasesPostgres from "./Budget/BudgetLeasesPostgres.ts"
import * as AccessTokensPostgres from "./Client/AccessTokensPostgres.ts"
import * as DashboardAccessPostgres from "./Client/DashboardAccessPostgres.ts"
import * as Database from "./Database.ts"
import * as GatewayFleetPostgres from "./Fleet/GatewayFleetPostgres.ts"
import * as HealthPostgres from "./Health/HealthPostgres.ts"
import * as Keyring from "./Keyring.ts"
import * as Migrate from "./migrate.ts"
import * as Notices from "./Notices.ts"
import * as HeldLeases from "./OAuth/HeldLeases.ts"
import * as HeldStoresPostgres from "./OAuth/HeldStoresPostgres.ts"
import * as RefreshJournalPostgres from "./OAuth/RefreshJournalPostgres.ts"
import * as RefreshLeasePostgres from "./OAuth/RefreshLeasePostgres.ts"
import * as Spool from "./OAuth/Spool.ts"
import * as StoreReturnsPostgres from "./OAuth/StoreReturnsPostgres.ts"
import * as KeptAsidePostgres from "./Profile/KeptAsidePostgres.ts"
import * as ProfilePast from "./Profile/ProfilePast.ts"
import * as ProfileStorePostgres from "./Profile/ProfileStorePostgres.ts"
import type { StoreKey } from "./storeKey.ts"
import type { StoreSettings } from "./storeSettings.ts"
import * as UsageLedgerPostgres from "./Usage/UsageLedgerPostgres.ts"

/** A store, by its settings and key, and the version of this program. */
export interface SharedStore {
  readonly settings: StoreSettings
  readonly key: StoreKey
  readonly version: string
  /** What stands around each wait for the database; undefined where nobody sees it. */
  readonly around?: Database.AroundWait | undefined
  /** Other times of a refresh than those in use, for tests. */
  readonly times?: RefreshTimes | undefined
}

/** How long a refresh may take and be undecided. */
export interface RefreshTimes {
  readonly lease: RefreshLeasePostgres.LeaseTimes
  readonly journal: RefreshJournalPostgres.JournalTimes
}

const standardTimes: RefreshTimes = {
  lease: RefreshLeasePostgres.standardTimes,
  journal: RefreshJournalPostgres.standardTimes
}

/**
 * The database with its keys, after both were found to be usable: its format, its key, its
 * connection. A store that is not ready is refused before anything is read or written.
 */
const opened = ({ around, key, settings, version }: SharedStore) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      yield* Migrate.checkUsable(version)
      yield* (yield* Keyring.Keyring).keys
    })
  ).pipe(
    Layer.provideMerge(Keyring.layer(key)),
    Layer.provideMerge(Database.layer(settings.database, around))
  )

/** The ports of a refresh, the profiles and the config still to be given. */
const refreshPorts = ({ times = standardTimes }: SharedStore) =>
  Layer.mergeAll(
    HeldStoresPostgres.layer,
    RefreshJournalPostgres.layerWith(times.journal),
    RefreshLeasePostgres.layerWith(times.lease)
  ).pipe(Layer.provide(HeldLeases.layer), Layer.provide(Spool.layer))

/**
 * For commands: profiles, health, the journal, what is kept aside, and refreshes, as
 * `RefreshMachine` makes them of files.
 */
export const forCommands = (store: SharedStore) =>
  Layer.mergeAll(
    ProfileStorePostgres.layer,
    KeptAsidePostgres.layer,
    HealthPostgres.layer,
    ProfilePast.layerHistory,
    refreshPorts(store)
  ).pipe(Layer.provide(Notices.layerSilent), Layer.provide(opened(store)))

/** For commands about who may use the gateways: their tokens, and the dashboard's sessions. */
export const accessForCommands = (store: SharedStore) =>
  Layer.merge(AccessTokensPostgres.layer, DashboardAccessPostgres.layer).pipe(
    Layer.provide(Notices.layerSilent),
    Layer.provide(opened(store))
  )

/** For the commands about former versions of credentials. */
export const forHistory = (store: SharedStore) =>
  Layer.mergeAll(ProfileStorePostgres.layer, ProfilePast.layer).pipe(Layer.provide(opened(store)))

/** The gateways of a store, as a command finds them. */
export const fleet = (store: SharedStore, config: ConfigSnapshot) =>
  Effect.provide(GatewayFleetPostgres.look(config), opened(store))

/** Under a name that no other gateway has. */
const refreshAhead = Layer.effect(
  RefreshAhead,
  Effect.sync(() => ofSharedStore(randomUUID()))
)

/** What all gateways used in a span of time. */
export const usage = (store: SharedStore, span: UsageSpan) =>
  Effect.provide(UsageLedgerPostgres.cells(span), opened(store))

/**
 * For gateways, over a config of their own: watched, with every stored login kept alive, and with
 * the ledger and the pins of all gateways.
 */
export const forGateway = <E, R>(store: SharedStore, config: Layer.Layer<ConfigStore, E, R>) =>
  LoginKeeper.layer.pipe(
    Layer.provideMerge(Layer.provide(OAuthRefresh.layer, refreshAhead)),
    Layer.provide(StoreReturnsPostgres.layer),
    Layer.merge(Layer.succeed(ConversationHome, true)),
    Layer.provideMerge(
      Layer.mergeAll(
        ProfileStorePostgres.layerWatching,
        KeptAsidePostgres.layer,
        refreshPorts(store),
        HealthPostgres.layerWatching,
        AccessTokensPostgres.layer,
        Layer.provideMerge(BudgetLeasesPostgres.layer, UsageLedgerPostgres.layer),
        DashboardAccessPostgres.layerWatching,
        GatewayFleetPostgres.layer,
        ResourcePinsPostgres.layer,
        TokenEndpointHttp.layer,
        nothingShared
      )
    ),
    Layer.provide(Notices.layer(store.settings.listenOn)),
    Layer.provide(opened(store)),
    Layer.provideMerge(config)
  )
