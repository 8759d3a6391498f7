/**
 * What `doctor` looks at beside the files: the disk below them, the gateway that runs, and, when
 * asked to, the network.
 */
import * as fs from "node:fs/promises"
import * as http from "node:http"
import * as net from "node:net"
import { upstream } from "@clawdbot/domain/Auth/upstreamOrigin"
import * as Config from "@clawdbot/domain/Config/Config"
import { gatewayAddress } from "@clawdbot/domain/Config/gatewayAddress"
import { Environment, trustedValues } from "@clawdbot/domain/Environment/Environment"
import { tokenUrl } from "@clawdbot/domain/OAuth/tokenUrl"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import type { Facts } from "@clawdbot/domain/Status/DoctorFacts"
import type { AtPort, MachineFacts } from "@clawdbot/domain/Status/machineFindings"
import * as ProxySettings from "@clawdbot/node/Upstream/proxySettings"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { NetworkCheck } from "./network.ts"

/** How long a program of this machine may take to answer, in ms. */
const maxWaitMs = 500

/** `f_type` of Linux for file systems that other machines may have open too (statfs(2)). */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xfe534d42, "SMB"],
  [0xff534d42, "CIFS"],
  [0x5346414f, "AFS"],
  [0x73757245, "Coda"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x01021997, "9P"]
])

/**
 * The kind of network file system a folder is on; undefined on a local one, where there is no
 * folder yet, and where nobody tells.
 */
export const networkFileSystem = (
  folder: string,
  statfs: (path: string) => Promise<{ readonly type: number }> = fs.statfs
): Effect.Effect<string | undefined> => {
  if (process.platform === "linux")
    return Effect.promise(() =>
      statfs(folder).then(
        ({ type }) => networkFileSystems.get(type >>> 0),
        () => undefined
      )
    )
  return Effect.succeed(undefined)
}

/** Who answers at a port of this machine. Nothing is told to whoever it is. */
const atPort = (port: number): Effect.Effect<AtPort> =>
  Effect.async((resume) => {
    let text = ""
    let practice = false
    const done = (found: AtPort) => {
      request.destroy()
      resume(Effect.succeed(found))
    }
    const finish = () => {
      if (!text.includes('"service":"clawdbot"')) return done("another program")
      return done(practice ? "practice gateway" : "gateway")
    }
    const request = http.get(
      { host: "127.0.0.1", port, path: "/healthz", timeout: maxWaitMs },
      (response) => {
        practice = response.headers["x-clawdbot-practice"] === "true"
        response.setEncoding("utf8")
        response.on("data", (chunk: string) => {
          text += chunk
          if (text.length > 1_000) finish()
        })
        response.on("end", finish)
        response.on("error", finish)
      }
    )
    request.on("timeout", () => done("another program"))
    request.on("error", (cause) =>
      done("code" in cause && cause.code === "ECONNREFUSED" ? "nothing" : "another program")
    )
    return Effect.sync(() => request.destroy())
  })

const listens = (file: string): Effect.Effect<boolean> =>
  Effect.async((resume) => {
    const socket = net.connect({ path: file })
    const done = (alive: boolean) => {
      socket.destroy()
      resume(Effect.succeed(alive))
    }
    socket.setTimeout(maxWaitMs, () => done(false))
    socket.once("connect", () => done(true))
    socket.once("error", () => done(false))
    return Effect.sync(() => socket.destroy())
  })

/** The addresses that requests depend on; the token endpoint only where a login is kept. */
const addresses = (facts: Facts): ReadonlyArray<NetworkCheck> => {
  if (Either.isLeft(facts.config)) return []
  const { config, path } = facts.config.right
  const provider = Either.map(
    upstream(config, ProviderId.anthropic, path),
    ({ basePath, origin }): NetworkCheck => ({
      what: "provider",
      address: `${origin}${basePath}`,
      path: "/v1/models"
    })
  )
  // What is in a store that cannot be opened is not known.
  const hasLogin =
    facts.unopenedStore !== undefined ||
    facts.agents.some(
      ({ store }) =>
        Either.isRight(store) &&
        [...store.right.document.profiles.values()].some(({ type }) => type === "oauth")
    )
  const endpoint = Either.map(
    tokenUrl(config, ProviderId.anthropic),
    (address): NetworkCheck => ({
      what: "token endpoint",
      address,
      path: ""
    })
  )
  return [
    ...(Either.isRight(provider) ? [provider.right] : []),
    ...(hasLogin && Either.isRight(endpoint) ? [endpoint.right] : [])
  ]
}

/** Looks. `network` says whether other machines may be asked. */
export const look = Effect.fn("doctor.look")(function* (facts: Facts, network: boolean) {
  const config = Either.isRight(facts.config) ? facts.config.right.config : Config.empty
  const port = gatewayAddress(config).port
  const asked = network ? addresses(facts) : []
  const { base } = yield* Environment
  const proxies = ProxySettings.fromVariables(trustedValues(yield* base))
  // Nobody can be asked where the proxy is not to be used; that is said by itself.
  const reaching =
    asked.length === 0 || Either.isLeft(proxies)
      ? Effect.succeed([])
      : Effect.flatMap(
          Effect.promise(() => import("./network.ts")),
          ({ reach }) => reach(asked)
        )
  const { found, fileSystem, reached, socket } = yield* Effect.all(
    {
      found: atPort(port),
      fileSystem: networkFileSystem(facts.paths.stateDir),
      reached: reaching,
      socket: listens(`${facts.paths.stateDir}/run/gateway.sock`)
    },
    { concurrency: "unbounded" }
  )
  const machine: MachineFacts = {
    paths: facts.paths,
    networkFileSystem: fileSystem,
    gateway: { url: `http://127.0.0.1:${port}`, port, atPort: found, atSocket: socket },
    proxy: Either.isLeft(proxies) ? proxies.left : undefined,
    reached
  }
  return machine
})
