// What the benchmarks of the gateway run: the scripted provider, the bare proxy, and a gateway with
// a home of its own and three keys.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { freePort, hasNginx, nginxCommand } from "./nginx.mjs"
import { lastCpu, start, stop } from "./processes.mjs"

/** The bundled command. */
export const cli = "packages/cli/dist/clawdbot.cjs"
const here = new URL(".", import.meta.url).pathname
const port = (said) => /^(\d+)$/m.exec(said)?.[1]

/** A person's home with so many keys; `remove` takes it away. */
export const makeHome = (keys = 3) => {
  const home = mkdtempSync(join(tmpdir(), "clawdbot-bench-"))
  const folder = join(home, ".clawdbot/agents/main/agent")
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const profiles = Object.fromEntries(
    Array.from({ length: keys }, (_, index) => [
      `anthropic:k${index + 1}`,
      { type: "api_key", provider: "anthropic", key: `sk-ant-api03-bench-${index + 1}` }
    ])
  )
  writeFileSync(join(folder, "auth-profiles.json"), JSON.stringify({ version: 1, profiles }), {
    mode: 0o600
  })
  return {
    home,
    env: { HOME: home, NO_COLOR: "1" },
    remove: () => rmSync(home, { recursive: true, force: true })
  }
}

/** nginx in front of a provider, in the home of a person; undefined where it is not installed. */
export const startNginx = async ({ home }, { token, upstreamPort }) => {
  if (!hasNginx()) return undefined
  const found = String(await freePort())
  const nginx = await start(lastCpu, nginxCommand(home, found, upstreamPort))
  const target = { ...nginx, port: found, token }
  for (let left = 50; left > 0; left--) {
    const answer = await load(target, 1, 0.05, "json").catch((error) => error)
    if (!(answer instanceof Error)) return target
  }
  await stop(nginx)
  return undefined
}

/**
 * The provider, and both ways to it. `gapMs` is the pause between the parts of a stream; `flags`
 * are Node's own, for both proxies; `config` is what the gateway's config has beside the provider;
 * `tls` is a certificate for the provider, which both proxies trust.
 */
export const startWorld = async (person, { config = {}, flags = [], gapMs = 0, tls } = {}) => {
  const upstream = await startUpstream(gapMs, tls)
  const bare = await start(
    lastCpu,
    ["node", ...flags, join(here, "bareProxy.mjs"), originOf(upstream.found, tls)],
    port,
    trusting(tls)
  )
  const options = { config, flags, tls }
  const { token, ...gateway } = await startGateway(person, upstream.found, options)
  return {
    upstreamPort: upstream.found,
    token,
    bare: { ...bare, port: bare.found, token },
    gateway: { ...gateway, token },
    stop: async () => {
      await stop(gateway)
      await stop(bare)
      await stop(upstream)
    }
  }
}

const originOf = (upstreamPort, tls) =>
  `${tls === undefined ? "http" : "https"}://127.0.0.1:${upstreamPort}`
const trusting = (tls) => (tls === undefined ? {} : { NODE_EXTRA_CA_CERTS: tls.certificate })

/** The provider; `gapMs` is the pause between the parts of a stream, `tls` its certificate. */
export const startUpstream = (gapMs = 0, tls = undefined) =>
  start(0, ["node", join(here, "upstream.mjs")], port, {
    BENCH_GAP_MS: String(gapMs),
    ...(tls === undefined ? {} : { BENCH_TLS: JSON.stringify(tls) })
  })

/** A gateway in the home of a person, before the provider at a port. */
export const startGateway = async (
  { env, home },
  upstreamPort,
  { config = {}, flags = [], tls } = {}
) => {
  writeProvider(home, originOf(upstreamPort, tls), config)
  const ready = (said) => (said.includes("Ctrl-C") ? said : undefined)
  const gateway = await start(lastCpu, ["node", ...flags, cli, "gateway", "--port", "0"], ready, {
    ...env,
    ...trusting(tls)
  })
  const found = new URL(/listening on (\S+)/.exec(gateway.found)[1]).port
  return { ...gateway, port: found, token: clientToken(home) }
}

/** Writes the config of a home: where the provider is, and what else it has. */
export const writeProvider = (home, baseUrl, config = {}) =>
  writeFileSync(
    join(home, ".clawdbot/clawdbot.json"),
    JSON.stringify({ ...config, models: { providers: { anthropic: { baseUrl } } } })
  )

/** The token of a gateway's clients, which its first start makes. */
export const clientToken = (home) =>
  JSON.parse(readFileSync(join(home, ".clawdbot/gateway-tokens.json"), "utf8")).client

const loading = (target, connections, length, kind) => [
  "node",
  join(here, "load.mjs"),
  target.port,
  String(connections),
  typeof length === "number" ? String(length) : `${length.requests} requests`,
  String(kind),
  target.token,
  JSON.stringify(target.headers ?? {})
]
const line = (said) => (said.includes("\n") ? said : undefined)

const checked = (found, kind, connections) => {
  const result = JSON.parse(found)
  if (result.failed > 0)
    throw new Error(
      `${result.failed} requests failed (${kind}, ${connections} connections): ${result.failure}`
    )
  return result
}

/**
 * Load on one of them, for so many seconds or `{ requests }`: `kind` is `json`, `stream`, or the
 * size of a request's body in bytes.
 */
export const load = async (target, connections, length, kind) =>
  checked(
    (await start(0, loading(target, connections, length, kind), line)).found,
    kind,
    connections
  )

/**
 * What `look` finds while so many streams are open, which begin within `seconds`. They are left as
 * soon as it has looked.
 */
export const whileOpen = async (target, streams, look, seconds = 0.5) => {
  const begun = await start(0, loading(target, streams, seconds, "stream"))
  const found = await look()
  await stop(begun)
  // Its last words may still be in the pipe.
  for (let left = 100; left > 0 && !begun.said().includes("\n"); left--) await sleep(10)
  const { open } = checked(begun.said(), "stream", streams)
  if (open !== streams) throw new Error(`${open} of ${streams} streams were open`)
  return found
}
