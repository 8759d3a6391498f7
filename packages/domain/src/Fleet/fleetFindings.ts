/** What is to be said of the gateways that share a store. Pure. */
import * as Duration from "../Status/duration.ts"
import type { Finding } from "../Status/Finding.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import { type FleetReport, isSilent, type OtherGateway } from "./GatewayFleet.ts"

const named = ({ host, url }: OtherGateway): string => `${host} (${url})`
const names = (gateways: ReadonlyArray<OtherGateway>): string => gateways.map(named).join(", ")

const finding = (
  id: string,
  severity: Finding["severity"],
  gateways: ReadonlyArray<OtherGateway>,
  words: Pick<Finding, "what" | "why" | "fix">
): ReadonlyArray<Finding> => {
  if (gateways.length === 0) return []
  return [{ id, severity, ...words, details: gateways.map(described) }]
}

const described = (gateway: OtherGateway): string =>
  `${named(gateway)}: version ${gateway.version}, config ${gateway.configDigest}, heard ` +
  `${Duration.short(gateway.silentMs)} ago`

/** The gateways that are silent, and those that differ from this host. */
export const ofFleet = (
  report: FleetReport | undefined,
  version: string
): ReadonlyArray<Finding> => {
  if (report === undefined) return []
  const silent = report.others.filter(isSilent)
  const living = report.others.filter((gateway) => !isSilent(gateway))
  const otherConfig = living.filter(({ configDigest }) => configDigest !== report.configDigest)
  const otherVersion = living.filter((gateway) => gateway.version !== version)
  return [
    ...finding("gateway-silent", "warning", silent, {
      what: `gateways of the shared store are silent: ${names(silent)}`,
      why: "each was killed or cannot reach the database; it does not know of new cooldowns",
      fix: "start it again on its host: clawdbot gateway; one that is gone is forgotten in a day"
    }),
    ...finding("gateway-config-differs", "warning", otherConfig, {
      what: `gateways of the shared store have another config: ${names(otherConfig)}`,
      why: "they choose credentials and models in another way than this host",
      fix: "give every host the same config; compare them with: clawdbot config get auth"
    }),
    ...finding("gateway-version-differs", "note", otherVersion, {
      what: `gateways of the shared store have another version: ${names(otherVersion)}`,
      why: "that is expected while they are updated one after the other",
      fix: `update every host to the same version (here: ${version})`
    })
  ]
}

/** What stands behind a gateway's name where not all is as it should be. */
const remarks = (gateway: OtherGateway, report: FleetReport): ReadonlyArray<string> => {
  if (isSilent(gateway)) return [`silent for ${Duration.short(gateway.silentMs)}`]
  if (gateway.configDigest !== report.configDigest) return ["another config"]
  return []
}

/** The other gateways for people, one a line; none where no store is shared. */
export const fleetLines = (report: FleetReport | undefined): ReadonlyArray<string> => {
  if (report === undefined) return []
  const since = report.storeDownSince
  const store =
    since === undefined
      ? "Shared store: connected"
      : `Shared store: down since ${EpochMs.toIso(since).slice(0, 19)}Z`
  return [
    store,
    ...report.others.map((gateway) =>
      [`Other gateway: ${named(gateway)}`, gateway.version, ...remarks(gateway, report)].join(", ")
    )
  ]
}
