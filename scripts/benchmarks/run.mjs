// Measures the budgets of this project. Every figure is a ratio to a baseline of the same run, alternating with it; medians are quoted.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "esbuild"
import { cpuSeconds, measure, median, pinned, residentMb, start, stop } from "./processes.mjs"

const quick = process.argv.includes("--quick")
const rounds = quick ? 3 : 5
const seconds = quick ? 1.5 : 4
const cli = "packages/cli/dist/clawdbot.mjs"
const here = new URL(".", import.meta.url).pathname
const rows = []
const row = (what, value, budget, holds) => {
  rows.push({ what, value, budget, holds })
  console.error(`    ${what}: ${value}`)
}
const ratio = (one, other) => median(one.map((value, index) => value / other[index]))
const fixed = (value, digits = 2) => value.toFixed(digits)

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
const env = { HOME: home, NO_COLOR: "1" }

console.error("==> Cold start")
{
  const node = []
  const version = []
  const status = []
  for (let round = 0; round < rounds * 3; round++) {
    node.push(measure(["node", "-e", "0"], env))
    version.push(measure(["node", cli, "--version"], env))
    status.push(measure(["node", cli, "models", "status", "--json"], env))
  }
  const versionRatio = ratio(version, node)
  const statusRatio = ratio(status, node)
  row("`clawdbot --version`, × `node -e 0`", fixed(versionRatio), "≤ 1.4", versionRatio <= 1.4)
  row("`clawdbot models status --json`, × `node -e 0`", fixed(statusRatio), "≤ 2.5", statusRatio <= 2.5)
}

console.error("==> Order and resolution")
{
  const outfile = join(home, "resolution.mjs")
  await build({
    entryPoints: [join(here, "resolution.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["source"],
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
    logLevel: "error"
  })
  const ready = await start(0, ["node", outfile], (said) => (said.includes("\n") ? said : undefined))
  for (const { orderUs, profiles: count, resolveUs } of JSON.parse(ready.found)) {
    row(
      `resolve one request, ${count} profiles`,
      `${fixed(resolveUs, 0)} µs`,
      count === 10_000 ? "≤ 50 µs" : "",
      count < 10_000 || resolveUs <= 50
    )
    row(
      `order of ${count} profiles`,
      `${fixed(orderUs / 1000, 3)} ms`,
      count === 10_000 ? "≤ 5 ms" : "",
      count < 10_000 || orderUs <= 5_000
    )
  }
}

console.error("==> Gateway")
{
  const port = (said) => /^(\d+)$/m.exec(said)?.[1]
  const lastCpu = Math.max(0, cpus().length - 1)
  const upstream = await start(0, ["node", join(here, "upstream.mjs")], port)
  writeFileSync(
    join(home, ".clawdbot/clawdbot.json"),
    `{ models: { providers: { anthropic: { baseUrl: "http://127.0.0.1:${upstream.found}" } } } }\n`
  )
  const bare = await start(lastCpu, ["node", join(here, "bareProxy.mjs"), upstream.found], port)
  const gateway = await start(
    lastCpu,
    ["node", cli, "gateway", "--port", "0"],
    (said) => (said.includes("Ctrl-C") ? said : undefined),
    env
  )
  const url = new URL(/listens on (\S+)/.exec(gateway.found)[1])
  const token = /client token\s+(\S+)/.exec(gateway.found)[1]
  row(
    "gateway start to listening",
    `${fixed(gateway.startedMs, 0)} ms (bare proxy ${fixed(bare.startedMs, 0)} ms)`,
    "≤ 300 ms where the bare proxy takes 130",
    gateway.startedMs <= (300 / 130) * bare.startedMs
  )
  const idle = residentMb(gateway.child.pid)
  if (idle !== undefined) row("gateway, idle memory", `${fixed(idle, 0)} MB`, "≤ 100 MB", idle <= 100)

  const load = async (target, connections, kind) => {
    const before = cpuSeconds(target.child.pid)
    const command = ["node", join(here, "load.mjs"), target.port, String(connections), String(seconds), kind, token]
    const run = await start(0, command, (said) => (said.includes("\n") ? said : undefined))
    const result = JSON.parse(run.found)
    const after = cpuSeconds(target.child.pid)
    if (result.failed > 0) throw new Error(`${result.failed} requests failed (${kind}, ${connections} connections)`)
    return { ...result, cpuUs: before === undefined ? Number.NaN : ((after - before) * 1e6) / result.requests }
  }
  const targets = { bare: { ...bare, port: bare.found }, gateway: { ...gateway, port: url.port } }
  const compare = async (connections, kind) => {
    await load(targets.bare, connections, kind)
    await load(targets.gateway, connections, kind)
    const samples = { bare: [], gateway: [] }
    for (let round = 0; round < rounds; round++) {
      for (const name of ["bare", "gateway"]) samples[name].push(await load(targets[name], connections, kind))
    }
    const of = (name, key) => samples[name].map((sample) => sample[key])
    return (key) => ({
      ratio: ratio(of("gateway", key), of("bare", key)),
      gateway: median(of("gateway", key)),
      bare: median(of("bare", key))
    })
  }
  const json32 = await compare(32, "json")
  const cpu = json32("cpuUs")
  row(
    "JSON, 32 connections, CPU per request × bare",
    `${fixed(cpu.ratio)} (${fixed(cpu.gateway, 0)} µs against ${fixed(cpu.bare, 0)} µs)`,
    "≤ 1.6",
    cpu.ratio <= 1.6
  )
  row("JSON, 32 connections, requests × bare", fixed(json32("requests").ratio), "", true)
  const big = (await compare(32, "big"))("cpuUs")
  row(
    "262 KB bodies, CPU per request × bare",
    `${fixed(big.ratio)} (${fixed(big.gateway, 0)} µs against ${fixed(big.bare, 0)} µs)`,
    "≤ 2",
    big.ratio <= 2
  )
  const one = (await compare(1, "json"))("p50")
  row(
    "JSON, 1 connection, median latency × bare",
    `${fixed(one.ratio)} (${fixed(one.gateway)} ms against ${fixed(one.bare)} ms)`,
    "≤ 1.5",
    one.ratio <= 1.5
  )
  const stream = await compare(64, "stream")
  const streams = stream("requests")
  const first = stream("first50")
  row("streams, 64 at once, streams/s × bare", fixed(streams.ratio), "≥ 0.7", streams.ratio >= 0.7)
  row("streams, 64 at once, time to first event × bare", fixed(first.ratio), "≤ 1.5", first.ratio <= 1.5)
  const loaded = residentMb(gateway.child.pid)
  if (loaded !== undefined) row("gateway, memory after load", `${fixed(loaded, 0)} MB`, "", true)
  await stop(gateway)
  await stop(bare)
  await stop(upstream)
}
rmSync(home, { recursive: true, force: true })

const pin = pinned(0, []).length > 0 ? "pinned to one processor each" : "not pinned: this system has no taskset"
console.log(`\n| What | Measured | Budget | Holds |\n| --- | --- | --- | --- |`)
for (const { budget, holds, value, what } of rows)
  console.log(`| ${what} | ${value} | ${budget} | ${budget === "" ? "" : holds ? "yes" : "**no**"} |`)
console.log(
  `\nNode ${process.version}, ${cpus().length} processors, ${pin}; medians of ${rounds} rounds of ${seconds} s.`
)
