/** How a gateway is started by its config, and by what it can tell of its stores. */
import type { Config } from "@clawdbot/domain/Config/Config"
import { defaults } from "@clawdbot/domain/Config/defaults"
import type { GatewayAddress } from "@clawdbot/domain/Config/gatewayAddress"
import { StatusReport } from "@clawdbot/domain/Status/StatusReport"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as UsageReport from "@clawdbot/domain/Usage/UsageReport"
import * as Effect from "effect/Effect"
import type { GatewayOptions } from "./GatewayOptions.ts"
import type { GatewayTokens } from "./gatewayTokens.ts"

/** Whether everybody who reaches loopback is served. */
export const isOpen = (config: Config): boolean => config.gateway?.auth?.mode === "none"

const clientTokens = (config: Config, { client }: Pick<GatewayTokens, "client">) => {
  if (isOpen(config)) return []
  const password = config.gateway?.auth?.password
  return password === undefined ? [client] : [client, password]
}

/** The part of a gateway's options that is the same for every gateway. */
export type Settings = Pick<
  GatewayOptions,
  | "host"
  | "port"
  | "hosts"
  | "clientTokens"
  | "clientTokenFrom"
  | "adminToken"
  | "status"
  | "usage"
  | "drainMs"
>

/** The tokens in force, and what sets the first of its clients'; undefined where it was made. */
export interface Settled extends Pick<GatewayTokens, "client" | "admin"> {
  readonly clientFrom: string | undefined
}

/** The options of a gateway at an address. */
export const gatewaySettings = (
  config: Config,
  { host, names, port }: GatewayAddress,
  tokens: Settled
): Effect.Effect<Settings, never, StatusReport | UsageLedger> =>
  Effect.gen(function* () {
    const reports = yield* StatusReport
    const ledger = yield* UsageLedger
    return {
      host,
      port,
      hosts: names,
      clientTokens: clientTokens(config, tokens),
      clientTokenFrom: tokens.clientFrom,
      adminToken: tokens.admin,
      status: (agent) => Effect.map(reports.report(agent), ({ document }) => document.auth),
      usage: (span, by) =>
        Effect.map(ledger.cells(span), (cells) => UsageReport.make(cells, span, by)),
      drainMs: (config.gateway?.drainSeconds ?? defaults["gateway.drainSeconds"]) * 1_000
    }
  })
