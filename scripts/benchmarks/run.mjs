// Measures the budgets of this project. Every figure is a ratio to a baseline of the same run,
// alternating with it; medians are quoted. usage: node run.mjs [--quick] [--json] [--plots FOLDER]
import { mkdirSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { join } from "node:path"
import { bundleSources } from "../bundleSources.mjs"
import { measureGateway, measureOpenStreams } from "./gateway.mjs"
import { plot } from "./plot.mjs"
import { pinned, start } from "./processes.mjs"
import { measureStarts } from "./starts.mjs"
import { json, markdown, row } from "./table.mjs"
import { measureTls } from "./tls.mjs"
import { makeHome } from "./world.mjs"

const quick = process.argv.includes("--quick")
const plotsFlag = process.argv.indexOf("--plots")
const plots = plotsFlag < 0 ? undefined : process.argv[plotsFlag + 1]
const bodies = quick && plots === undefined ? [262_000] : [10_000, 65_000, 262_000, 1_000_000]
/** `rounds` of `seconds` for what has a budget, `few` for what has none or an easy one. */
const timing = quick
  ? {
      rounds: 21,
      few: 5,
      seconds: 0.3,
      firstSeconds: 5,
      warmSeconds: 0.8,
      longWarmSeconds: 2.5,
      bodies
    }
  : { rounds: 9, few: 5, seconds: 2, firstSeconds: 15, warmSeconds: 3, longWarmSeconds: 5, bodies }
const here = new URL(".", import.meta.url).pathname
const person = makeHome()

console.error("==> Cold start")
const startConditions = await measureStarts(process.execPath, 21)

/**
 * Runs a benchmark that is written in TypeScript, in a process of its own, and gives what it
 * printed.
 */
const inside = async (name) => {
  const outfile = join(person.home, `${name}.mjs`)
  await bundleSources(join(here, `${name}.ts`), outfile)
  const ready = await start(0, ["node", outfile], (said) =>
    said.includes("\n") ? said : undefined
  )
  return JSON.parse(ready.found)
}

console.error("==> Order and resolution")
const orders = await inside("resolution")
for (const { orderUs, profiles, resolveUs } of orders) {
  const many = profiles === 10_000
  const named = profiles.toLocaleString("en")
  row(
    `resolve one request, ${named} profiles`,
    `${resolveUs.toFixed(0)} µs`,
    many ? "≤ 50 µs" : "",
    many ? resolveUs <= 50 : undefined
  )
  row(
    `order of ${named} profiles`,
    `${(orderUs / 1000).toFixed(3)} ms`,
    many ? "≤ 5 ms" : "",
    many ? orderUs <= 5_000 : undefined
  )
}

console.error("==> Configs")
for (const { agents, loadMs, parseMs } of await inside("configLoad")) {
  const ratio = (loadMs / parseMs).toFixed(1)
  row(
    `load a config of ${agents.toLocaleString("en")} agents`,
    `${loadMs.toFixed(1)} ms (${ratio} × parsing its text)`
  )
}

console.error("==> Gateway")
const series = await measureGateway(person, timing)
console.error("==> TLS to the provider")
await measureTls(timing)
console.error("==> Open streams")
await measureOpenStreams(person)
person.remove()

if (plots !== undefined) {
  mkdirSync(plots, { recursive: true })
  const us = (key) => orders.map((entry) => [entry.profiles, entry[key]])
  const draw = (name, title, x, y, lines) =>
    writeFileSync(join(plots, `${name}.svg`), plot({ title, x, y, lines }))
  draw("connections", "CPU per JSON request", "connections", "µs", series.connections)
  draw("body", "CPU per request by its body", "bytes", "µs", series.body)
  draw("profiles", "Choosing a credential", "profiles", "µs", {
    resolve: us("resolveUs"),
    "order all": us("orderUs")
  })
}

const pin =
  pinned(0, []).length > 0
    ? "pinned to one processor each"
    : "not pinned: this system has no taskset"
const conditions =
  `Node ${process.version}, ${cpus().length} processors, ${pin}; medians of ${timing.few} to ` +
  `${timing.rounds} rounds of ${timing.seconds} s, with the lowest and the highest round. ` +
  startConditions
console.log(
  process.argv.includes("--json")
    ? json(conditions, { ...series, profiles: orders })
    : `\n${markdown(conditions)}`
)
