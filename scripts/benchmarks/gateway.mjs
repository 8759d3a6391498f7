// The gateway beside the bare proxy: alternating rounds on the same processor, after both have been
// warmed up.
import { setTimeout as sleep } from "node:timers/promises"
import { cpuSeconds, median, residentMb, stop } from "./processes.mjs"
import { ratioRow, row } from "./table.mjs"
import { load, startNginx, startWorld, whileOpen } from "./world.mjs"

/** What a load costs one of them. */
export const measured = async (target, connections, seconds, kind) => {
  const before = cpuSeconds(target.child.pid)
  const result = await load(target, connections, seconds, kind)
  const after = cpuSeconds(target.child.pid)
  const cpuUs = before === undefined ? Number.NaN : ((after - before) * 1e6) / result.requests
  return { ...result, perSecond: result.requests / seconds, cpuUs }
}

/**
 * Gives a function from a figure's name to its ratio to a baseline, with the spread over the
 * rounds.
 */
const compare = async (
  world,
  { rounds, seconds, warmSeconds },
  connections,
  kind,
  baseline = "bare"
) => {
  const names = [baseline, "gateway"]
  const samples = { [baseline]: [], gateway: [] }
  for (const name of names) await load(world[name], connections, warmSeconds, kind)
  for (let round = 0; round < rounds; round++) {
    for (const name of names)
      samples[name].push(await measured(world[name], connections, seconds, kind))
  }
  return (key) => {
    const of = (name) => samples[name].map((sample) => sample[key])
    const ratios = of("gateway").map((value, index) => value / of(baseline)[index])
    return {
      ratio: median(ratios),
      low: Math.min(...ratios),
      high: Math.max(...ratios),
      measured: median(of("gateway")),
      baseline: median(of(baseline))
    }
  }
}

const point = (series, name, at, { baseline, measured: ours }) => {
  series[name].gateway.push([at, ours])
  series[name]["bare proxy"].push([at, baseline])
}

/** Everything about requests and streams. Gives the figures for the plots. */
export const measureGateway = async (home, timing) => {
  const series = {
    connections: { gateway: [], "bare proxy": [] },
    body: { gateway: [], "bare proxy": [] }
  }
  const world = await startWorld(home)
  const shorter = { ...timing, rounds: timing.few }
  row(
    "gateway start to listening",
    `${world.gateway.startedMs.toFixed(0)} ms (bare proxy ${world.bare.startedMs.toFixed(0)} ms)`,
    "≤ 300 ms where the bare proxy takes 130",
    world.gateway.startedMs <= (300 / 130) * world.bare.startedMs
  )
  const idle = residentMb(world.gateway.child.pid)
  if (idle !== undefined)
    row("gateway, idle memory", `${idle.toFixed(0)} MB`, "≤ 100 MB", idle <= 100)

  world.nginx = await startNginx(home, world)
  // Most of a process's code is compiled by its first ten thousands of requests: they are over
  // before anything is measured.
  for (const name of ["bare", "gateway"]) await load(world[name], 32, timing.firstSeconds, "json")
  for (const connections of [1, 32, 256]) {
    const busy = connections === 32
    const figure = await compare(world, busy ? timing : shorter, connections, "json")
    const what = `JSON, ${connections} connection${connections === 1 ? "" : "s"}`
    const cpu = figure("cpuUs")
    point(series, "connections", connections, cpu)
    ratioRow(
      `${what}, CPU per request × bare`,
      cpu,
      "µs",
      0,
      connections === 32 ? { limit: 1.6 } : undefined
    )
    ratioRow(
      `${what}, median latency × bare`,
      figure("p50"),
      "ms",
      2,
      connections === 1 ? { limit: 1.5 } : undefined
    )
    ratioRow(`${what}, 99th percentile × bare`, figure("p99"), "ms", 2)
    ratioRow(`${what}, requests/s × bare`, figure("perSecond"), "", 0)
    if (!busy) continue
    point(series, "body", 100, cpu)
    if (world.nginx === undefined) continue
    const floor = await compare(world, shorter, connections, "json", "nginx")
    ratioRow(`${what}, CPU per request × nginx`, floor("cpuUs"), "µs", 0)
  }
  // What is larger than a short answer is handled by code that is not compiled yet, in memory that
  // both ask the system for and then keep.
  const warmed = {
    ...timing,
    rounds: Math.min(timing.rounds, 9),
    warmSeconds: timing.longWarmSeconds
  }
  for (const bytes of timing.bodies) {
    const cpu = (await compare(world, warmed, 32, bytes))("cpuUs")
    point(series, "body", bytes, cpu)
    const budget = bytes === 262_000 ? { limit: 2 } : undefined
    ratioRow(
      `bodies of ${Math.round(bytes / 1000)} KB, 32 connections, CPU per request × bare`,
      cpu,
      "µs",
      0,
      budget
    )
  }
  for (const streams of [1, 64]) {
    const many = streams === 64
    const figure = await compare(world, many ? warmed : shorter, streams, "stream")
    const what = streams === 1 ? "streams, one at a time" : `streams, ${streams} at once`
    ratioRow(
      `${what}, streams/s × bare`,
      figure("perSecond"),
      "",
      0,
      many ? { limit: 0.7, least: true } : undefined
    )
    ratioRow(
      `${what}, time to first event × bare`,
      figure("first50"),
      "ms",
      2,
      many ? { limit: 1.5 } : undefined
    )
    ratioRow(`${what}, CPU per stream × bare`, figure("cpuUs"), "µs", 0)
    if (!many || world.nginx === undefined) continue
    const floor = await compare(world, shorter, streams, "stream", "nginx")
    ratioRow(`${what}, CPU per stream × nginx`, floor("cpuUs"), "µs", 0)
  }
  const loaded = residentMb(world.gateway.child.pid)
  if (loaded !== undefined) row("gateway, memory after load", `${loaded.toFixed(0)} MB`)
  if (world.nginx !== undefined) await stop(world.nginx)
  await world.stop()
  return series
}

/** A thousand streams that are open at the same time, each with a part every second. */
export const measureOpenStreams = async (home) => {
  const world = await startWorld(home, { gapMs: 1_000 })
  const memory = async (target) => {
    const sample = async () => {
      await sleep(6_000)
      return residentMb(target.child.pid)
    }
    return await whileOpen(target, 1_000, sample)
  }
  const bare = await memory(world.bare)
  const ours = await memory(world.gateway)
  await world.stop()
  if (ours === undefined || bare === undefined) return
  row(
    "1,000 open streams, memory",
    `${ours.toFixed(0)} MB (bare proxy ${bare.toFixed(0)} MB)`,
    "≤ 250 MB",
    ours <= 250
  )
}
