// How long the gateways of a shared store take to hear of each other, to refresh a login, and to go
// on after an outage, beside the limits.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bundleSources } from "../bundleSources.mjs"
import { median, start } from "./processes.mjs"
import { ratioRow, row } from "./table.mjs"

const program = new URL("../postgres/times.ts", import.meta.url).pathname

const at = (numbers, part) =>
  [...numbers].sort((a, b) => a - b)[Math.ceil(numbers.length * part) - 1] ?? Number.NaN
const ms = (number) => number.toFixed(0)

/** A row with the median and what nearly all stay below, which has to be within the limit. */
const within = (what, samples, part, limitMs) => {
  const high = at(samples, part)
  const name = part === 1 ? "longest" : `p${part * 100}`
  row(
    `${what}, of ${samples.length}`,
    `p50 ${ms(median(samples))} ms, ${name} ${ms(high)} ms`,
    `${name} ≤ ${limitMs} ms`,
    high <= limitMs
  )
}

/** Measures, and adds the rows. */
export const sharedTimes = async (quick) => {
  const folder = mkdtempSync(join(tmpdir(), "clawdbot-times-"))
  try {
    const file = join(folder, "times.mjs")
    await bundleSources(program, file)
    const rounds = quick ? [30, 5, 3] : [200, 30, 15]
    const line = (said) => (said.includes("\n") ? said : undefined)
    const { news, refresh, returns } = JSON.parse(
      (await start(undefined, ["node", file, ...rounds.map(String)], line)).found
    )
    within("news: a cooldown, until each of three other gateways knows of it", news, 0.99, 250)
    const ratios = refresh.shared.map((value, index) => value / refresh.files[index])
    ratioRow(
      `refresh: one expiry, until all four gateways have the token × files, of ${ratios.length}`,
      {
        ratio: median(ratios),
        low: Math.min(...ratios),
        high: Math.max(...ratios),
        measured: median(refresh.shared),
        baseline: median(refresh.files)
      },
      "ms",
      0,
      { limit: 1.5 }
    )
    const back = "recovery: from the database's return until"
    within(`${back} the usage of all four gateways is stored`, returns.write, 1, 2_000)
    within(`${back} a login is refreshed, and all four know it`, returns.refresh, 1, 2_000)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
