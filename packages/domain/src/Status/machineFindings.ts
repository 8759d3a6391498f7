/**
 * What `clawdbot doctor` finds about the machine around the files: where they lie, the gateway that
 * runs, the clock and the network. Pure.
 */
import { otherPort } from "../Config/gatewayAddress.ts"
import { type Paths, shorten } from "../Environment/StatePaths.ts"
import * as Duration from "./duration.ts"
import type { Finding } from "./Finding.ts"

/** What responds at the address that the config gives the gateway. */
export type AtPort = "nothing" | "gateway" | "practice gateway" | "another program"

/** The gateway as it is found. */
export interface GatewayFacts {
  readonly url: string
  readonly port: number
  readonly atPort: AtPort
  /** Whether a gateway listens at the socket of this state folder. */
  readonly atSocket: boolean
}

/**
 * An address that requests depend on, and what came of asking it without any credential. `skewMs`:
 * how far its clock is ahead of ours.
 */
export interface Reached {
  readonly what: "provider" | "token endpoint"
  /** Without user, query or fragment. */
  readonly address: string
  readonly outcome:
    | { readonly _tag: "Answered"; readonly skewMs: number | undefined }
    | { readonly _tag: "Failed"; readonly code: string }
}

/** Everything that is judged here. */
export interface MachineFacts {
  readonly paths: Paths
  /** The kind of network file system the state folder is on, such as `NFS`. */
  readonly networkFileSystem: string | undefined
  readonly gateway: GatewayFacts
  /** A proxy variable that cannot be used; its value is not told. */
  readonly proxy: { readonly variable: string; readonly problem: string } | undefined
  /** Empty where nobody was asked. */
  readonly reached: ReadonlyArray<Reached>
}

/**
 * A clock that is further off than this makes ends and pauses wrong, in ms. A `date` header has
 * whole seconds, and travels.
 */
const tolerableSkewMs = 60_000

const finding = (
  id: string,
  severity: Finding["severity"],
  what: string,
  why: string,
  fix: string
): Finding => ({
  id,
  severity,
  what,
  why,
  fix,
  details: []
})

const ofFileSystem = ({ networkFileSystem, paths }: MachineFacts): ReadonlyArray<Finding> => {
  if (networkFileSystem === undefined) return []
  return [
    finding(
      "network-file-system",
      "warning",
      `the state folder ${shorten(paths, paths.stateDir)} is on a network file system ` +
        `(${networkFileSystem})`,
      "only programs on one machine take turns to refresh a login; a second machine " +
        "could use its refresh token as well, which ends the login",
      "move it to a local disk and set CLAWDBOT_STATE_DIR to the new path"
    )
  ]
}

const ofGateway = ({ gateway }: MachineFacts): ReadonlyArray<Finding> => {
  const { atPort, atSocket, port, url } = gateway
  if (atSocket && (atPort === "nothing" || atPort === "another program")) {
    return [
      finding(
        "gateway-other-settings",
        "warning",
        `a gateway runs on this state folder, but ${atPort} responds at ${url}, its ` +
          "address in the config",
        "it was started with settings that differ from the config, so clients that " +
          "follow the config cannot reach it",
        "stop it and start it again: clawdbot gateway"
      )
    ]
  }
  if (atPort === "gateway" && !atSocket) {
    return [
      finding(
        "gateway-elsewhere",
        "note",
        `a gateway responds at ${url}, but not at the socket of this state folder`,
        "it may serve another state folder; changes made here then do not affect it",
        "stop the gateway you do not need, or choose another port: clawdbot config set " +
          `gateway.port ${otherPort(port)}`
      )
    ]
  }
  if (atPort === "practice gateway") {
    return [
      finding(
        "gateway-practice",
        "note",
        `the gateway at ${url} is in practice mode`,
        "it answers requests itself and does not use your credentials",
        "stop it and start the real one: clawdbot gateway"
      )
    ]
  }
  if (atPort === "another program")
    return [
      finding(
        "gateway-port-taken",
        "warning",
        `another program responds at ${url}, the gateway's address in the config`,
        "the gateway cannot start there",
        `clawdbot config set gateway.port ${otherPort(port)}`
      )
    ]
  return []
}

const ofProxy = ({ proxy }: MachineFacts): ReadonlyArray<Finding> => {
  if (proxy === undefined) return []
  return [
    finding(
      "proxy-unusable",
      "problem",
      `the proxy in ${proxy.variable} cannot be used: ${proxy.problem}`,
      "the gateway does not start and logins are not refreshed, because clawdbot never " +
        "bypasses a proxy",
      `set ${proxy.variable} to an address such as http://proxy.example:8080, or unset it`
    )
  ]
}

const reachCure = (code: string, setting: string): string => {
  if (/CERT|TLS|SSL|SELF_SIGNED|ISSUER/.test(code))
    return (
      "if a proxy of your network inspects TLS, set NODE_EXTRA_CA_CERTS to the file of " +
      "its certificate"
    )
  return `check the network, HTTPS_PROXY and NO_PROXY, and ${setting}`
}

const ofReach = ({ reached }: MachineFacts): ReadonlyArray<Finding> =>
  reached.flatMap(({ address, outcome, what }) => {
    if (outcome._tag === "Answered") return []
    return [
      finding(
        what === "provider" ? "provider-unreachable" : "token-endpoint-unreachable",
        "problem",
        `the ${what} ${address} cannot be reached (${outcome.code})`,
        what === "provider" ? "requests fail" : "logins cannot be refreshed and will expire",
        reachCure(
          outcome.code,
          `models.providers.anthropic.${what === "provider" ? "baseUrl" : "oauth.tokenUrl"}`
        )
      )
    ]
  })

const ofClock = ({ reached }: MachineFacts): ReadonlyArray<Finding> => {
  const skews = reached.flatMap(({ address, outcome }) => {
    if (
      outcome._tag === "Answered" &&
      outcome.skewMs !== undefined &&
      Math.abs(outcome.skewMs) > tolerableSkewMs
    )
      return [{ address, skewMs: outcome.skewMs }]
    return []
  })
  const [first] = skews
  if (first === undefined) return []
  return [
    finding(
      "clock-skew",
      "warning",
      `this machine's clock is ${Duration.short(Math.abs(first.skewMs))} ` +
        `${first.skewMs > 0 ? "behind" : "ahead of"} that of ${first.address}`,
      "logins may seem valid or expired when they are not, and cooldowns end too early or too late",
      "set the clock, for example: sudo timedatectl set-ntp true"
    )
  ]
}

/** The findings about the machine. */
export const ofMachine = (facts: MachineFacts): ReadonlyArray<Finding> => [
  ...ofFileSystem(facts),
  ...ofGateway(facts),
  ...ofProxy(facts),
  ...ofReach(facts),
  ...ofClock(facts)
]
