// The budgets of a shared store, as ratios to files in the same run. usage: node postgres.mjs
// [--quick] [--json] [--times]. Two gateways over one database, and one over files, in alternating
// rounds; `--times` leaves their requests out, and measures only how long gateways take to hear of
// each other, to refresh a login, and to go on after an outage.
import { copyFileSync, readFileSync } from "node:fs"
import { cpus } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"
import pg from "pg"
import { makeSharedStore } from "../postgres/sharedStore.mjs"
import { cpuSeconds, lastCpu, median, start, stop } from "./processes.mjs"
import { sharedTimes } from "./sharedTimes.mjs"
import { json, markdown, ratioRow, row } from "./table.mjs"
import { cli, load, makeHome, startWorld } from "./world.mjs"

const quick = process.argv.includes("--quick")
const isJson = process.argv.includes("--json")
const conditions = `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}.`
const print = () => console.log(isJson ? json(conditions, {}) : markdown(conditions))
if (process.argv.includes("--times")) {
  await sharedTimes(quick)
  print()
  process.exit()
}
const [rounds, seconds, warmSeconds] = quick ? [5, 1, 3] : [9, 2, 10]
const ready = (said) => (said.includes("Ctrl-C") ? said : undefined)
const person = makeHome()
const files = await startWorld(person)
const store = await makeSharedStore()
const client = new pg.Client({ connectionString: store.postgres })
await client.connect()

/** A gateway of the store, on the processor where the one over files runs. */
const gatewayOn = async (host) => {
  const argv = ["node", cli, "gateway", "--port", "0", "--print-token"]
  const gateway = await start(lastCpu, argv, ready, host.env)
  const { port } = new URL(/listening on (\S+)/.exec(gateway.found)[1])
  return { ...gateway, port, token: /client token\s+(\S+)/.exec(gateway.found)[1] }
}

const upstream = `http://127.0.0.1:${files.upstreamPort}`
const hosts = ["a", "b"].map((name) => store.hostOf(name, upstream))
const profiles = JSON.parse(
  readFileSync(`${person.home}/.clawdbot/agents/main/agent/auth-profiles.json`, "utf8")
).profiles
for (const [id, { key }] of Object.entries(profiles))
  store.run(
    hosts[0].env,
    ["models", "auth", "paste-token", "--provider", "anthropic", "--profile-id", id],
    key
  )

console.error("==> Start")
const spare = makeHome()
copyFileSync(`${person.home}/.clawdbot/clawdbot.json`, `${spare.home}/.clawdbot/clawdbot.json`)
const starting = { files: spare, shared: store.hostOf("spare", upstream) }
const starts = { files: [], shared: [] }
for (let round = 0; round < 5; round++)
  for (const [name, host] of Object.entries(starting)) {
    const gateway = await gatewayOn(host)
    starts[name].push(gateway.startedMs)
    await stop(gateway)
  }
spare.remove()
const later = median(starts.shared) - median(starts.files)
const shared = await gatewayOn(hosts[0])
const other = await gatewayOn(hosts[1])
row("start to listening, later than over files", `${later.toFixed(0)} ms`, "≤ 150 ms", later <= 150)

const connections = async () => {
  const { rows } = await client.query(
    "select count(*)::int as n from pg_stat_activity where backend_type = 'client backend' " +
      "and pid <> pg_backend_pid()"
  )
  return rows[0].n
}
/** Transactions of the database so far, each statement outside of one included. */
const transactions = async () => {
  const { rows } = await client.query(
    "select xact_commit::int as n from pg_stat_database where datname = current_database()"
  )
  return rows[0].n
}

console.error("==> Requests")
const measured = async (target, count) => {
  const before = cpuSeconds(target.child.pid)
  const result = await load(target, count, seconds, "json")
  const cpuUs = ((cpuSeconds(target.child.pid) - before) * 1e6) / result.requests
  return { ...result, cpuUs }
}
const targets = { files: files.gateway, shared }
for (const target of Object.values(targets)) await load(target, 32, warmSeconds, "json")
const samples = { files: [], shared: [] }
for (let round = 0; round < rounds; round++)
  for (const [name, target] of Object.entries(targets))
    samples[name].push(await measured(target, 32))
for (const [key, what, unit] of [
  ["cpuUs", "CPU per request", "µs"],
  ["p50", "median latency", "ms"]
]) {
  const of = (name) => samples[name].map((sample) => sample[key])
  const ratios = of("shared").map((value, index) => value / of("files")[index])
  ratioRow(
    `JSON, 32 connections, ${what} × files`,
    {
      ratio: median(ratios),
      low: Math.min(...ratios),
      high: Math.max(...ratios),
      measured: median(of("shared")),
      baseline: median(of("files"))
    },
    unit,
    2,
    { limit: 1.05 }
  )
}

console.error("==> The database")
const before = await transactions()
const { requests } = await load(shared, 32, quick ? 5 : 15, "json")
await sleep(1_000)
const sent = (await transactions()) - before
row(
  "requests for each transaction of the database, both gateways",
  (requests / Math.max(1, sent)).toFixed(0),
  "≥ 50",
  requests / Math.max(1, sent) >= 50
)
// Connections of the pool that nobody uses are closed after half a minute.
await sleep(quick ? 5_000 : 35_000)
const open = (await connections()) / 2
row("connections at rest, for each gateway", open.toFixed(1), "≤ 2", quick ? undefined : open <= 2)

await client.end()
await stop(shared)
await stop(other)
await store.remove()
await files.stop()
person.remove()

console.error("==> Between gateways")
await sharedTimes(quick)
print()
