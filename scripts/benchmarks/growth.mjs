// How a request's cost and the memory grow with what there is much of: profiles, open streams,
// conversations, agents in the config, months of the ledger. Every figure is taken beside the bare
// proxy's of the same round. usage: node growth.mjs [--plots FOLDER] [--only PART] → a table; PART
// is profiles, conversations, agents, ledger or streams
import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { plot } from "./plot.mjs"
import { cpuSeconds, median, residentMb } from "./processes.mjs"
import { markdown, row } from "./table.mjs"
import { cli, load, makeHome, startWorld, whileOpen } from "./world.mjs"

const plotsFlag = process.argv.indexOf("--plots")
const plots = plotsFlag < 0 ? undefined : process.argv[plotsFlag + 1]
const onlyFlag = process.argv.indexOf("--only")
const isAsked = (part) => onlyFlag < 0 || process.argv[onlyFlag + 1] === part
const [rounds, seconds, warmSeconds] = [9, 1, 4]
const named = (count) => count.toLocaleString("en")

const cpuUs = async (target) => {
  const before = cpuSeconds(target.child.pid)
  const { requests } = await load(target, 8, seconds, "json")
  return ((cpuSeconds(target.child.pid) - before) * 1e6) / requests
}

/** The processor time of a request beside the bare proxy's, and the memory after them. */
const costIn = async (world, headers = {}) => {
  const [bare, gateway] = [world.bare, { ...world.gateway, headers }]
  for (const target of [bare, gateway]) await load(target, 8, warmSeconds, "json")
  const pairs = []
  for (let round = 0; round < rounds; round++) pairs.push([await cpuUs(bare), await cpuUs(gateway)])
  return {
    ratio: median(pairs.map(([theirs, ours]) => ours / theirs)),
    us: median(pairs.map(([, ours]) => ours)),
    mb: residentMb(world.gateway.child.pid),
    startMs: world.gateway.startedMs
  }
}

const inWorld = async (person, look, options) => {
  const world = await startWorld(person, options)
  try {
    return await look(world)
  } finally {
    await world.stop()
    person.remove()
  }
}

const series = {}
const note = (what, count, { mb, ratio, startMs, us }) => {
  row(
    `${named(count)} ${what}`,
    `${ratio.toFixed(2)} × the bare proxy's CPU a request (${us.toFixed(0)} µs), ` +
      `${mb.toFixed(0)} MB, start ${startMs.toFixed(0)} ms`
  )
  series[what] ??= []
  series[what].push([count, ratio])
}

for (const count of isAsked("profiles") ? [10, 1_000, 10_000] : [])
  note("profiles", count, await inWorld(makeHome(count), (world) => costIn(world)))

for (const count of isAsked("conversations") ? [10, 1_000, 100_000] : []) {
  // Digits that the load replaces by the number of the request.
  const headers = { "x-clawdbot-session": "conversation-######", "": String(count) }
  const found = await inWorld(makeHome(10), async (world) => {
    await load({ ...world.gateway, headers }, 8, 15, "json")
    return costIn(world, headers)
  })
  note("conversations", count, found)
}

for (const count of isAsked("agents") ? [10, 1_000] : []) {
  const more = Array.from({ length: count - 1 }, (_, index) => ({ id: `agent-${index}` }))
  const list = [{ id: "main" }, ...more]
  note(
    "agents in the config",
    count,
    await inWorld(makeHome(10), (world) => costIn(world), { config: { agents: { list } } })
  )
}

const writeLedger = ({ home }, days) => {
  const folder = join(home, ".clawdbot/usage")
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const today = Math.floor(Date.now() / 86_400_000)
  for (let ago = 0; ago < days; ago++) {
    const day = today - ago
    const lines = Array.from({ length: 24 * 20 }, (_, index) =>
      JSON.stringify({
        h: day * 24 + Math.floor(index / 20),
        a: "main",
        p: `anthropic:k${index % 5}`,
        m: `claude-model-${index % 4}`,
        c: "",
        t: "",
        n: 3,
        x: 0,
        u: [1, 2, 3, 4, 5, 6],
        d: [0.5, 0, 3]
      })
    )
    const name = `${new Date(day * 86_400_000).toISOString().slice(0, 10)}.jsonl`
    writeFileSync(join(folder, name), `${lines.join("\n")}\n`, { mode: 0o600 })
  }
}
for (const days of isAsked("ledger") ? [1, 30, 365] : []) {
  const person = makeHome(10)
  writeLedger(person, days)
  const begun = performance.now()
  const env = { PATH: process.env.PATH, ...person.env }
  const ran = spawnSync("node", [cli, "usage", "--since", "365d", "--json"], { env })
  if (ran.status !== 0) throw new Error(String(ran.stderr))
  row(`usage over ${days} days`, `${(performance.now() - begun).toFixed(0)} ms`)
  note("days in the ledger", days, await inWorld(person, (world) => costIn(world)))
}

// Two descriptors each: with a limit of 20,000, which is common, 10,000 streams are a few too many.
const descriptors = Number(spawnSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).stdout)
const most = descriptors > 20_200 ? 10_000 : 9_900

/** A client may have 2,048 requests under way: many streams are of several clients. */
const perClient = 2_000
const openStreams = async (world, tokens, count) => {
  const { gateway } = world
  const before = residentMb(gateway.child.pid)
  const sample = async () => {
    // Until all have begun, and before the first one ends.
    await sleep(10_000 + count)
    return residentMb(gateway.child.pid)
  }
  const rest = (left, index) => {
    const streams = Math.min(left, perClient)
    const target = { ...gateway, token: tokens[index] }
    const next = async () => {
      if (left <= perClient) return sample()
      // More connections in one go than the system's queue of a listener holds are reset by it.
      await sleep(4_000)
      return rest(left - perClient, index + 1)
    }
    return whileOpen(target, streams, next, 60)
  }
  const during = await rest(count, 0)
  row(
    `${named(count)} open streams`,
    `${during.toFixed(0)} MB${count < 1_000 ? "" : `, ${(((during - before) * 1_024) / count).toFixed(0)} KB each`}; none lost`,
    count === most ? "≤ 1,024 MB" : "",
    count === most ? during <= 1_024 : undefined
  )
  series["open streams"] ??= []
  series["open streams"].push([count, during])
}
for (const count of isAsked("streams") ? [10, 1_000, most] : []) {
  const person = makeHome(10)
  const env = { PATH: process.env.PATH, ...person.env }
  const tokens = Array.from({ length: Math.ceil(count / perClient) }, (_, index) => {
    const made = spawnSync("node", [cli, "gateway", "token", "add", `client-${index}`], { env })
    return /cbt_\S+/.exec(String(made.stdout))?.[0]
  })
  await inWorld(person, (world) => openStreams(world, tokens, count), { gapMs: 10_000 })
}

if (plots !== undefined) {
  mkdirSync(plots, { recursive: true })
  const draw = (name, title, x, y, line) =>
    writeFileSync(join(plots, `${name}.svg`), plot({ title, x, y, lines: { gateway: line } }))
  for (const what of [
    "profiles",
    "conversations",
    "agents in the config",
    "days in the ledger"
  ].filter((part) => series[part]))
    draw(
      `growth-${what.split(" ")[0]}`,
      `CPU a request, × the bare proxy's, with ${what}`,
      what,
      "×",
      series[what]
    )
  if (series["open streams"] !== undefined)
    draw("growth-streams", "Memory with open streams", "open streams", "MB", series["open streams"])
}
console.log(
  `\n${markdown(`Node ${process.version}; medians of ${rounds} rounds of ${seconds} s.`)}`
)
