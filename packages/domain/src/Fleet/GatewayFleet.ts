/**
 * Port: the gateways that share a store, as each of them knows the others. Layers: none where
 * credentials are in files, and the shared store (`@clawdbot/postgres`).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { lazily } from "../Document/lazily.ts"

/** A gateway that has been silent for longer than this was killed, or is cut off, in ms. */
export const silentAfterMs = 15_000

/**
 * Another gateway of the store. `startedAt` is epoch ms; `silentMs` is for how long it had said
 * nothing when the gateways were looked at last.
 */
export const OtherGateway = lazily(() =>
  Schema.Struct({
    instance: Schema.String,
    /** The name of its host. */
    host: Schema.String,
    /** Where clients on its host reach it. */
    url: Schema.String,
    version: Schema.String,
    configDigest: Schema.String,
    startedAt: Schema.Number,
    silentMs: Schema.Number
  }).annotations({ identifier: "OtherGateway" })
)
export interface OtherGateway extends Schema.Schema.Type<typeof OtherGateway> {}

/** The store and its gateways, as they are known now. */
export const FleetReport = lazily(() =>
  Schema.Struct({
    /** Since when the store's database is away, in epoch ms; absent while it is there. */
    storeDownSince: Schema.optional(Schema.Number),
    /** Of this gateway's own config. Gateways with the same digest serve in the same way. */
    configDigest: Schema.String,
    /** As they were known when the database was there last. */
    others: Schema.Array(OtherGateway)
  }).annotations({ identifier: "FleetReport" })
)
export interface FleetReport extends Schema.Schema.Type<typeof FleetReport> {}

/** What a gateway says of itself to the others. */
export interface Announced {
  readonly host: string
  readonly url: string
  readonly version: string
}

/**
 * - `announce` tells the others of this gateway until the scope closes; a gateway that ends in
 *   order is forgotten at once.
 * - `report` is undefined where no store is shared. It asks nobody.
 * - `storeDownMs` is how long the database was away in all, since the start, in ms.
 */
export class GatewayFleet extends Context.Tag("@clawdbot/domain/Fleet/GatewayFleet")<
  GatewayFleet,
  {
    readonly announce: (own: Announced) => Effect.Effect<void, never, Scope.Scope>
    readonly report: () => FleetReport | undefined
    readonly storeDownMs: () => number
  }
>() {}

/** A gateway of its own, over files or in memory. */
export const none = GatewayFleet.of({
  announce: () => Effect.void,
  report: () => undefined,
  storeDownMs: () => 0
})

/** The layer of {@link none}. */
export const layerNone: Layer.Layer<GatewayFleet> = Layer.succeed(GatewayFleet, none)

/** Whether a gateway was killed, or is cut off. */
export const isSilent = ({ silentMs }: OtherGateway): boolean => silentMs > silentAfterMs
