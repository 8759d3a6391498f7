/**
 * `GatewayFleet` over the shared database: every gateway says every few seconds that it lives, and
 * learns of the others by the same statement. The database's clock decides who is silent.
 */
import { randomUUID } from "node:crypto"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { type ConfigSnapshot, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import {
  type FleetReport,
  GatewayFleet,
  type OtherGateway
} from "@clawdbot/domain/Fleet/GatewayFleet"
import { sharedConfigText } from "@clawdbot/domain/Fleet/sharedConfig"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Database } from "../Database.ts"
import { Keyring, type Keys } from "../Keyring.ts"
import { Notices } from "../Notices.ts"
import { inRealTime, wallNow } from "../realTime.ts"
import * as GatewayTable from "./gatewayTable.ts"

/** How often a gateway says that it lives. */
const beatEvery = "5 seconds"
/** At its end a gateway waits this long to be forgotten. */
const lastWord = "2 seconds"
/** So much of a digest is enough to tell configs apart. */
const digestLength = 12

/** What stands for the config of now. Keyed: a config may hold passwords that can be guessed. */
const digestOf = (keys: Keys, { value }: ConfigSnapshot): string =>
  keys.mark(`config ${sharedConfigText(Redacted.value(value))}`).slice(0, digestLength)

/** The gateways as a command finds them, and the digest of its own config. */
export const look = Effect.fn("fleet.look")(function* (config: ConfigSnapshot) {
  const database = yield* Database
  const keys = yield* (yield* Keyring).keys
  const rows = yield* GatewayTable.over(database).all
  const report: FleetReport = {
    configDigest: digestOf(keys, config),
    others: GatewayTable.ofRows(rows)
  }
  return report
})

const make = Effect.gen(function* () {
  const database = yield* Database
  const keys = yield* (yield* Keyring).keys
  const configs = yield* ConfigStore
  const notices = yield* Notices
  const instance = randomUUID()
  const startedAt = wallNow()
  const table = GatewayTable.over(database)
  let digest = ""
  let others: ReadonlyArray<OtherGateway> = []

  const currentDigest = Effect.map(configs.load, (config) => digestOf(keys, config)).pipe(
    // A config that cannot be used leaves the last good one in force.
    Effect.orElseSucceed(() => digest)
  )

  return GatewayFleet.of({
    announce: (own) => {
      const beat = Effect.gen(function* () {
        digest = yield* currentDigest
        const rows = yield* table.beat({ ...own, instance, startedAt, configDigest: digest })
        others = GatewayTable.ofRows(rows)
      })
      const end = table
        .end(instance)
        .pipe(Effect.ignore, Effect.disconnect, Effect.timeoutOption(lastWord))
      return inRealTime(
        Effect.zipRight(
          Effect.addFinalizer(() => end),
          BackgroundLoop.start(
            {
              task: "telling other gateways of this one",
              every: beatEvery,
              startsAtOnce: true
            },
            // While the database is away that is said once, by the notices.
            Effect.catchTag(beat, "DatabaseUnavailable", () => Effect.void)
          )
        )
      )
    },
    report: () => ({ storeDownSince: notices.down().since, configDigest: digest, others }),
    storeDownMs: () => notices.down().totalMs
  })
})

/** The gateways of a store, for one of them. */
export const layer = Layer.effect(GatewayFleet, make)
