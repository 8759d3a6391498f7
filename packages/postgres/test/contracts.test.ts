/**
 * The shared store keeps what every other one keeps: the suites of the ports, unchanged, for a role
 * that may change rows and nothing else.
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { resourcePinsContract } from "@clawdbot/testing/Auth/resourcePinsContract"
import { accessTokensContract } from "@clawdbot/testing/Client/accessTokensContract"
import { healthStoreContract } from "@clawdbot/testing/Health/healthStoreContract"
import { healthTrialContract } from "@clawdbot/testing/Health/healthTrialContract"
import { refreshJournalContract } from "@clawdbot/testing/OAuth/refreshJournalContract"
import { refreshLeaseContract } from "@clawdbot/testing/OAuth/refreshLeaseContract"
import { keptAsideContract } from "@clawdbot/testing/Profile/keptAsideContract"
import { profileStoreContract } from "@clawdbot/testing/Profile/profileStoreContract"
import { usageLedgerContract } from "@clawdbot/testing/Usage/usageLedgerContract"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ResourcePinsPostgres from "../src/Auth/ResourcePinsPostgres.ts"
import * as AccessTokensPostgres from "../src/Client/AccessTokensPostgres.ts"
import * as Database from "../src/Database.ts"
import * as HealthPostgres from "../src/Health/HealthPostgres.ts"
import * as Keyring from "../src/Keyring.ts"
import * as Notices from "../src/Notices.ts"
import * as HeldLeases from "../src/OAuth/HeldLeases.ts"
import * as RefreshJournalPostgres from "../src/OAuth/RefreshJournalPostgres.ts"
import * as RefreshLeasePostgres from "../src/OAuth/RefreshLeasePostgres.ts"
import * as Spool from "../src/OAuth/Spool.ts"
import * as DocumentRows from "../src/Profile/documentRows.ts"
import * as KeptAsidePostgres from "../src/Profile/KeptAsidePostgres.ts"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import { StoreRows } from "../src/Profile/storeRows.ts"
import { describeWithServer, gatewayStore, keyOf, newSchema, optionsForGateway } from "./store.ts"
import { ledgerLayer, stateFolder } from "./usage.ts"

/** Stores a value for the agent `main`, whatever it is. */
const given = (content: unknown) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      if (content === undefined) return
      const database = yield* Database.Database
      const rows = new StoreRows(database, yield* (yield* Keyring.Keyring).keys)
      const before = { rows: DocumentRows.none, version: 0, writtenAt: 0 }
      yield* rows.write(database.query, AgentId.main, before, DocumentRows.ofValue(content))
    })
  )

const notices = { listening: Notices.layer(undefined), silent: Notices.layerSilent }

describeWithServer("PostgreSQL", () => {
  profileStoreContract("for commands", (content) =>
    ProfileStorePostgres.layer.pipe(
      Layer.provide(notices.silent),
      Layer.provide(Layer.provideMerge(given(content), gatewayStore()))
    )
  )
  profileStoreContract("for gateways", (content) =>
    ProfileStorePostgres.layerWatching.pipe(
      Layer.provide(notices.listening),
      Layer.provide(Layer.provideMerge(given(content), gatewayStore()))
    )
  )
  keptAsideContract("in the database", () =>
    KeptAsidePostgres.layer.pipe(Layer.provide(gatewayStore()), Layer.orDie)
  )
  for (const [name, health, notice] of [
    ["for commands", HealthPostgres.layer, notices.silent],
    ["for gateways", HealthPostgres.layerWatching, notices.listening]
  ] as const) {
    healthStoreContract(name, health.pipe(Layer.provide(notice), Layer.provide(gatewayStore())))
    healthTrialContract(
      name,
      Effect.gen(function* () {
        const schema = newSchema()
        yield* Effect.orDie(Layer.build(gatewayStore(schema)))
        return health.pipe(
          Layer.provide(notice),
          Layer.provide(Keyring.layer(keyOf())),
          Layer.provide(Database.layer(optionsForGateway(schema)))
        )
      })
    )
  }
  accessTokensContract(
    "in the database",
    AccessTokensPostgres.layer.pipe(
      Layer.provide(notices.listening),
      Layer.provide(gatewayStore()),
      Layer.orDie
    )
  )
  resourcePinsContract(
    "in the database",
    ResourcePinsPostgres.layer.pipe(Layer.provide(gatewayStore()))
  )
  usageLedgerContract(() =>
    Layer.unwrapScoped(Effect.map(stateFolder, (folder) => ledgerLayer(folder))).pipe(
      Layer.provide(gatewayStore()),
      Layer.orDie
    )
  )
  refreshLeaseContract(
    "a row",
    RefreshLeasePostgres.layer.pipe(
      Layer.provide(HeldLeases.layer),
      Layer.provide(notices.listening),
      Layer.provide(gatewayStore()),
      Layer.orDie
    )
  )
  refreshJournalContract(
    "in the database",
    RefreshJournalPostgres.layer.pipe(
      Layer.provide(Layer.mergeAll(HeldLeases.layer, Spool.layerNone, notices.listening)),
      Layer.provide(gatewayStore()),
      Layer.orDie
    )
  )
})
