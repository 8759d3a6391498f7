// What the benchmarks of the gateway run: the scripted provider, the bare proxy, and a gateway with a home of its own and three keys.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { freePort, hasNginx, nginxCommand } from "./nginx.mjs"
import { start, stop } from "./processes.mjs"

/** The bundled command. */
export const cli = "packages/cli/dist/clawdbot.mjs"
const here = new URL(".", import.meta.url).pathname
const lastCpu = Math.max(0, cpus().length - 1)
const port = (said) => /^(\d+)$/m.exec(said)?.[1]

/** A person's home with three keys; `remove` takes it away. */
export const makeHome = () => {
  const home = mkdtempSync(join(tmpdir(), "clawdbot-bench-"))
  const folder = join(home, ".clawdbot/agents/main/agent")
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const profiles = Object.fromEntries(
    [1, 2, 3].map((index) => [
      `anthropic:k${index}`,
      { type: "api_key", provider: "anthropic", key: `sk-ant-api03-bench-${index}` }
    ])
  )
  writeFileSync(join(folder, "auth-profiles.json"), JSON.stringify({ version: 1, profiles }), { mode: 0o600 })
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

/** The provider, and both ways to it. `gapMs` is the pause between the parts of a stream; `flags` are Node's own, for both proxies. */
export const startWorld = async ({ env, home }, { flags = [], gapMs = 0 } = {}) => {
  const upstream = await start(0, ["node", join(here, "upstream.mjs")], port, { BENCH_GAP_MS: String(gapMs) })
  writeFileSync(
    join(home, ".clawdbot/clawdbot.json"),
    `{ models: { providers: { anthropic: { baseUrl: "http://127.0.0.1:${upstream.found}" } } } }\n`
  )
  const bare = await start(lastCpu, ["node", ...flags, join(here, "bareProxy.mjs"), upstream.found], port)
  const ready = (said) => (said.includes("Ctrl-C") ? said : undefined)
  const gateway = await start(lastCpu, ["node", ...flags, cli, "gateway", "--port", "0"], ready, env)
  const token = /client token\s+(\S+)/.exec(gateway.found)[1]
  return {
    upstreamPort: upstream.found,
    token,
    bare: { ...bare, port: bare.found, token },
    gateway: { ...gateway, port: new URL(/listens on (\S+)/.exec(gateway.found)[1]).port, token },
    stop: async () => {
      await stop(gateway)
      await stop(bare)
      await stop(upstream)
    }
  }
}

/** Load on one of them: `kind` is `json`, `stream`, or the size of a request's body in bytes. `during` is asked for its answer meanwhile. */
export const load = async (target, connections, seconds, kind, during = undefined) => {
  const command = [
    "node",
    join(here, "load.mjs"),
    target.port,
    String(connections),
    String(seconds),
    String(kind),
    target.token,
    JSON.stringify(target.headers ?? {})
  ]
  const begun = start(0, command, (said) => (said.includes("\n") ? said : undefined))
  const meanwhile = await during?.()
  const result = JSON.parse((await begun).found)
  if (result.failed > 0) throw new Error(`${result.failed} requests failed (${kind}, ${connections} connections)`)
  return { ...result, meanwhile }
}
