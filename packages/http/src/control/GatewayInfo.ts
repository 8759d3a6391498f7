/** What a gateway says of its own process: where it listens, and since when it runs. */
import { FleetReport } from "@clawdbot/domain/Fleet/GatewayFleet"
import * as Schema from "effect/Schema"

/** One running gateway. */
export class GatewayInfo extends Schema.Class<GatewayInfo>("GatewayInfo")({
  version: Schema.String,
  pid: Schema.Number,
  /** Epoch ms. */
  startedAt: Schema.Number,
  /** The address it listens on; `0.0.0.0` is every network interface. */
  host: Schema.String,
  port: Schema.Number,
  /** Where clients on the same machine reach it. */
  url: Schema.String,
  /** Where clients on other machines reach it; none where it listens on loopback. */
  networkUrls: Schema.Array(Schema.String),
  /** Further host names that it answers to (`gateway.hosts`). */
  hosts: Schema.Array(Schema.String),
  /** Whether a scripted provider answers, with credentials of its own. */
  practice: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** The shared store and its other gateways; absent where credentials are in files. */
  fleet: Schema.optional(FleetReport)
}) {}
