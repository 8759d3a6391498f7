// What each feature costs a request with a prompt of 49 KB: gateways that differ in one setting,
// each loaded in turn in every round, beside one with all of them off; every other round in the
// opposite order. A collector runs on the processor of the load.
// usage: node features.mjs [--quick] [--plots FOLDER] → a table
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { plot } from "./plot.mjs"
import { cpuSeconds, median, start, stop } from "./processes.mjs"
import { markdown, ratioRow } from "./table.mjs"
import { cli, load, makeHome, startGateway, startUpstream } from "./world.mjs"

const plotsFlag = process.argv.indexOf("--plots")
const plots = plotsFlag < 0 ? undefined : process.argv[plotsFlag + 1]
const quick = process.argv.includes("--quick")
const [rounds, seconds, warmSeconds] = quick ? [15, 0.4, 6] : [41, 0.8, 15]
/** So many requests are not measured at the beginning of a round. */
const unmeasured = quick ? 200 : 400
const connections = 8
const asked = 49_000
const sizes = plots === undefined ? [asked] : [10_000, asked, 200_000]

const collector = await start(
  0,
  ["node", join(new URL(".", import.meta.url).pathname, "collector.mjs")],
  (said) => /^(\d+)$/m.exec(said)?.[1]
)
const off = { cacheCauses: false }
const accessLog = "/dev/null"
const otel = { endpoint: `http://127.0.0.1:${collector.found}` }
const budget = ["--usd", "1000000/day", "--tokens", "1000000k/min", "--requests", "10000000/min"]
/**
 * The config of each, and what its client's token may spend. Metrics, the usage ledger and the
 * header with a request's id have no setting: all have them.
 */
const settings = {
  "all off": { gateway: off },
  "prompt cache": { gateway: {} },
  "access log": { gateway: { ...off, accessLog } },
  telemetry: { gateway: { ...off, otel } },
  "all but telemetry": {
    auth: { scheduling: "economy" },
    gateway: { accessLog, modelFallback: true },
    budget
  }
}
/** What a request may cost with them, × one without. */
const limits = { telemetry: 1.03 }
const names = Object.keys(settings)

const startWith = async (home, { budget, ...config }) => {
  const gateway = await startGateway(home, upstream.found, { config })
  if (budget === undefined) return gateway
  const added = await start(
    0,
    ["node", cli, "gateway", "token", "add", "bench", ...budget],
    (said) => /cbt_\S+/.exec(said)?.[0],
    home.env
  )
  return { ...gateway, token: added.found }
}

const cpuUs = async (target, kind) => {
  // What it may examine came back while the others were measured.
  await load(target, connections, { requests: unmeasured }, kind)
  const before = cpuSeconds(target.child.pid)
  const { requests } = await load(target, connections, seconds, kind)
  return ((cpuSeconds(target.child.pid) - before) * 1e6) / requests
}

const upstream = await startUpstream()
const homes = names.map(() => makeHome())
const gateways = []
for (const [index, name] of names.entries())
  gateways.push(await startWith(homes[index], settings[name]))
const series = { off: [], "prompt cache": [] }
for (const size of sizes) {
  const kind = `prompt:${size}`
  const measured = size === asked ? gateways : gateways.slice(0, 2)
  for (const gateway of measured) await load(gateway, connections, warmSeconds, kind)
  const samples = []
  for (let round = 0; round < rounds; round++) {
    const sample = []
    const order = measured.map((_, index) => index)
    for (const index of round % 2 === 0 ? order : order.reverse())
      sample[index] = await cpuUs(measured[index], kind)
    samples.push(sample)
  }
  const of = (index) => median(samples.map((sample) => sample[index]))
  series.off.push([size, of(0)])
  series["prompt cache"].push([size, of(1)])
  for (let index = 1; index < measured.length; index++) {
    const ratios = samples.map((sample) => sample[index] / sample[0]).sort((a, b) => a - b)
    ratioRow(
      `${names[index]}, prompt of ${size / 1_000} KB, CPU per request × all off`,
      {
        ratio: median(ratios),
        low: ratios[Math.floor(rounds / 4)],
        high: ratios[Math.floor((rounds * 3) / 4)],
        measured: of(index),
        baseline: of(0)
      },
      "µs",
      0,
      size === asked ? { limit: limits[names[index]] ?? 1.05 } : undefined
    )
  }
}
for (const target of [...gateways, upstream, collector]) await stop(target)
for (const home of homes) home.remove()
if (plots !== undefined)
  writeFileSync(
    join(plots, "cache.svg"),
    plot({ title: "CPU per request by its prompt", x: "bytes", y: "µs", lines: series })
  )
console.log(
  `\n${markdown(
    `Node ${process.version}; medians of ${rounds} rounds of ${seconds} s, ${connections} ` +
      "connections, with the middle half of the rounds."
  )}`
)
