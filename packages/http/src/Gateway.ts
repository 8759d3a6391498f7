/**
 * The gateway of `clawdbot gateway` inside a program of one's own: the same state folder, the same
 * config, tokens and clients, and the same answers.
 *
 * @since 0.1.0
 */

import { layerOwn as budgetsOfLedger } from "@clawdbot/domain/Budget/BudgetLeases"
import { AccessTokens } from "@clawdbot/domain/Client/AccessTokens"
import { DashboardAccess } from "@clawdbot/domain/Client/DashboardAccess"
import { givenClientToken } from "@clawdbot/domain/Client/gatewaySecret"
import type { Config } from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { filesOnly } from "@clawdbot/domain/Config/filesOnly"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Policies from "@clawdbot/domain/policies"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import { version } from "@clawdbot/domain/version"
import * as PublicFingerprintFile from "@clawdbot/node/Auth/PublicFingerprintFile"
import * as ResourcePinsFile from "@clawdbot/node/Auth/ResourcePinsFile"
import * as AccessTokensFile from "@clawdbot/node/Client/AccessTokensFile"
import * as ProcessEnvironment from "@clawdbot/node/Environment/ProcessEnvironment"
import * as Paths from "@clawdbot/node/Environment/statePaths"
import * as Disk from "@clawdbot/node/File/Disk"
import { storesOver } from "@clawdbot/node/machineStores"
import * as UpstreamClient from "@clawdbot/node/Upstream/UpstreamClient"
import * as UsageFiles from "@clawdbot/node/Usage/UsageFiles"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Budgets from "./Budgets.ts"
import { socketPath } from "./control/ControlSocket.ts"
import * as DashboardAccessLocal from "./dashboard/DashboardAccessLocal.ts"
import { gatewaySettings, isOpen, type Settled } from "./gatewaySettings.ts"
import * as GatewayTokens from "./gatewayTokens.ts"
import { configFor, OwnAddress } from "./OwnAddress.ts"
import { start } from "./startGateway.ts"
import { startTelemetry } from "./telemetry/startTelemetry.ts"
import { usageEntries } from "./usageEntries.ts"

/**
 * What a program says of its gateway; the config says the rest.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The state folder. Default: `CLAWDBOT_STATE_DIR`, else `~/.clawdbot`. */
  readonly stateDir?: string | undefined
  /** The same as `--profile` of the command: the state folder `~/.clawdbot-NAME`. */
  readonly profile?: string | undefined
  /** Default: `gateway.port` of the config. 0 takes any free one. */
  readonly port?: number | undefined
  /** Who reaches it: this machine, or the network. Default: `gateway.bind` of the config. */
  readonly bind?: "loopback" | "lan" | undefined
  /** What its clients carry. Default: the token of the config, else that of the state folder. */
  readonly clientToken?: Redacted.Redacted | undefined
}

/**
 * The gateway was not started. `problem` says why; `code` is the `_tag` of `cause`.
 *
 * @since 0.1.0
 * @category errors
 */
export class GatewayNotStarted extends Schema.TaggedError<GatewayNotStarted>()(
  "GatewayNotStarted",
  { code: Schema.String, problem: Schema.String, cause: Schema.Defect }
) {
  override get message() {
    return this.problem
  }
}

/**
 * A gateway that listens for as long as its layer lives.
 *
 * @since 0.1.0
 * @category services
 */
export class Gateway extends Context.Tag("@clawdbot/http/Gateway")<
  Gateway,
  {
    /** Where clients of this machine reach it: their `ANTHROPIC_BASE_URL`. */
    readonly url: string
    readonly port: number
    /** What they carry; undefined where the config opens it to all of this machine. */
    readonly clientToken: Redacted.Redacted | undefined
  }
>() {}

/** The token of a program comes before every other one. */
const withOwn = ({ clientToken }: Options, tokens: Settled): Settled => {
  if (clientToken === undefined) return tokens
  return { ...tokens, client: clientToken, clientFrom: "the program that runs the gateway" }
}

/** What the dashboard may do; nothing of it is loaded where it is read-only. */
const dashboardActions = (config: Config) =>
  Effect.gen(function* () {
    if (config.gateway?.dashboard !== "manage") return undefined
    const { make } = yield* Effect.promise(() => import("./dashboard/actions/DashboardActions.ts"))
    return yield* make(() => undefined)
  })

const listening = (options: Options, own: OwnAddress) =>
  Effect.gen(function* () {
    const { stateDir } = yield* StatePaths
    const snapshot = yield* (yield* ConfigStore).load
    const { config, environment } = snapshot
    const ledger = yield* UsageLedger
    const given = givenClientToken(config, environment)
    const tokens = yield* GatewayTokens.load(config, given)
    const inForce = withOwn(options, tokens)
    const settings = yield* gatewaySettings(config, own.by(config), inForce)
    const { port, url } = yield* start({
      ...settings,
      clients: yield* (yield* AccessTokens).watchClients,
      practice: false,
      version,
      telemetry: yield* startTelemetry(snapshot),
      socketPath: socketPath(stateDir),
      dashboard: yield* DashboardAccess,
      actions: yield* dashboardActions(config),
      budgets: yield* Budgets.make,
      observe: (served) => {
        for (const entry of usageEntries(served)) ledger.record(entry)
        return undefined
      }
    })
    own.listensOn(port)
    return Gateway.of({ url, port, clientToken: isOpen(config) ? undefined : inForce.client })
  })

const notStarted = (cause: { readonly _tag: string; readonly message: string }) =>
  new GatewayNotStarted({ code: cause._tag, problem: cause.message, cause })

/**
 * The gateway over a state folder. When its scope closes, requests under way are finished within
 * `gateway.drainSeconds`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as Gateway from "@clawdbot/http/Gateway"
 * import { Effect, Layer } from "effect"
 *
 * const Announced = Layer.effectDiscard(
 *   Effect.flatMap(Gateway.Gateway, ({ url }) => Effect.log(`ANTHROPIC_BASE_URL=${url}`))
 * )
 *
 * export const main = Layer.launch(Layer.provide(Announced, Gateway.layer({ port: 18789 })))
 */
export const layer = (options: Options = {}): Layer.Layer<Gateway, GatewayNotStarted> =>
  Layer.suspend(() => {
    const own = new OwnAddress(options)
    const stores = Layer.mergeAll(
      AccessTokensFile.layer,
      DashboardAccessLocal.layerFile,
      PublicFingerprintFile.layer,
      ResourcePinsFile.layer,
      Layer.provideMerge(budgetsOfLedger, UsageFiles.layer)
    ).pipe(Layer.provideMerge(storesOver(configFor(own, filesOnly))))
    return Layer.scoped(Gateway, listening(options, own)).pipe(
      Layer.provide(Policies.layer),
      Layer.provide(UpstreamClient.layer),
      Layer.provide(stores),
      Layer.provide(ProcessEnvironment.layer),
      Layer.provide(Paths.layer(Paths.optionsOf(options))),
      Layer.provide(Disk.layer),
      Layer.mapError(notStarted)
    )
  })
