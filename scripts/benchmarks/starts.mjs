// Measures starts of the bundled command against `node -e 0`, in pairs on one processor, in an
// environment that holds PATH and HOME alone. usage: node starts.mjs [--pairs N] [NODE...], the
// binaries of Node to measure with
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { loadavg } from "node:os"
import { pathToFileURL } from "node:url"
import { measureFirstAnswer } from "./firstAnswer.mjs"
import { lastCpu, median, pinned, start, stop } from "./processes.mjs"
import { middleHalf, noteOf, verdict } from "./quartiles.mjs"
import { markdown, row } from "./table.mjs"
import { cli, makeHome } from "./world.mjs"

/** Ticks that all processors had, and those that the host gave to others. */
const ticks = () => {
  try {
    const [, ...fields] = readFileSync("/proc/stat", "utf8").split("\n")[0].split(/\s+/).map(Number)
    return { all: fields.slice(0, 8).reduce((sum, value) => sum + value, 0), stolen: fields[7] }
  } catch {
    return { all: 0, stolen: 0 }
  }
}

/** Starts of the command with one binary of Node, as rows of the table. */
export const measureStarts = async (node, pairs) => {
  const person = makeHome()
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: person.home }
  const timed = (argv) => {
    const [file, ...rest] = pinned(lastCpu, [node, ...argv])
    const begun = performance.now()
    const done = spawnSync(file, rest, { env, encoding: "utf8" })
    if (done.status !== 0) throw new Error(`${argv.join(" ")}: ${done.stderr}`)
    return performance.now() - begun
  }
  const name = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim()
  const token = ["models", "auth", "print-token"]
  const against = (title, argv, limit) => {
    const first = timed([cli, ...argv])
    const samples = Array.from({ length: pairs }, () => {
      const bare = timed(["-e", "0"])
      const measured = timed([cli, ...argv])
      return { bare, measured, ratio: measured / bare }
    })
    const ratios = samples.map(({ ratio }) => ratio)
    const of = (key) => median(samples.map((sample) => sample[key])).toFixed(0)
    const value =
      `${median(ratios).toFixed(2)} (${middleHalf(ratios)}; ${of("measured")} against ` +
      `${of("bare")} ms; the first start ${first.toFixed(0)} ms)`
    const isHeld = verdict(ratios, limit)
    row(`${name}: ${title}, × \`node -e 0\``, value + noteOf(isHeld), `≤ ${limit}`, isHeld)
  }
  const before = ticks()
  against("`--version`", ["--version"], 1.3)
  against("`models status --json`", ["models", "status", "--json"], 3)
  against("`print-token`, no gateway", token, 3)
  const listening = (said) => (said.includes("Ctrl-C") ? said : undefined)
  const gateway = await start(0, [node, cli, "gateway", "--port", "0"], listening, env)
  against("`print-token`, with a running gateway", token, 2.5)
  await stop(gateway)
  person.remove()
  await measureFirstAnswer(node, pairs)
  const after = ticks()
  const steal = (100 * (after.stolen - before.stolen)) / Math.max(1, after.all - before.all)
  return (
    `${name}: environment PATH and HOME, ${pairs} pairs on one processor, load ` +
    `${loadavg()[0].toFixed(1)}, ${steal.toFixed(1)} % of the time stolen by the host.`
  )
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [flag, count, ...rest] = process.argv.slice(2)
  const hasCount = flag === "--pairs"
  const given = hasCount ? rest : process.argv.slice(2)
  const nodes = given.length > 0 ? given : [process.execPath]
  const conditions = []
  for (const node of nodes)
    conditions.push(await measureStarts(node, hasCount ? Number(count) : 21))
  console.log(markdown(conditions.join("\n")))
}
