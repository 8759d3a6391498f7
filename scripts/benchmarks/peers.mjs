// Other gateways that run here, beside this one: the same load, the same provider, the same
// processor, one after the other in every round. usage: node peers.mjs [--json] → a table. Installs
// each into a temporary folder; one that cannot be had or does not answer is named, not counted.
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { firstAnswer } from "./firstAnswer.mjs"
import { freePort, nginxCommand } from "./nginx.mjs"
import { lastCpu, median, start, stop, treeCpuSeconds, treeResidentMb } from "./processes.mjs"
import {
  cli,
  clientToken,
  load,
  makeHome,
  startUpstream,
  startWorld,
  whileOpen,
  writeProvider
} from "./world.mjs"

const rounds = 3
const seconds = 1.5
/** So often each is started; the first starts of some prepare what later ones find. */
const starts = 7
/**
 * Streams held open at once when their memory is measured: as many as all of them take; one has 256
 * connections to its provider.
 */
const openStreams = 250

const run = (folder, command, ...rest) => {
  const done = spawnSync(command, rest, { cwd: folder, encoding: "utf8", timeout: 180_000 })
  if (done.status !== 0)
    throw new Error(`${command} ${rest[0]}: ${(done.stderr || String(done.error)).split("\n")[0]}`)
}

const fromNpm = (spec) => (folder) => {
  writeFileSync(join(folder, "package.json"), "{}\n")
  run(folder, "npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", spec)
}

const write = (folder, name, value) => {
  mkdirSync(join(folder, name, ".."), { recursive: true })
  writeFileSync(join(folder, name), typeof value === "string" ? value : JSON.stringify(value))
}

/**
 * Each: how it is had, and how it is started in `folder` on `port` in front of `upstream`.
 * `command` is pinned to the processor that is measured; `headers` go with every request.
 */
const peers = [
  {
    name: "nginx (no credentials, no failover)",
    get: (folder) => run(folder, "nginx", "-v"),
    start: (folder, port, upstream) => ({ command: nginxCommand(folder, port, upstream) })
  },
  {
    name: "teamclaude 1.1.13",
    get: (folder) => {
      const from = process.env.TEAMCLAUDE_REPOSITORY ?? "https://github.com/KarpelesLab/teamclaude"
      run(folder, "git", "clone", "-q", from, "teamclaude")
      run(join(folder, "teamclaude"), "git", "checkout", "-q", "1342e92")
    },
    start: (folder, port, upstream) => {
      write(folder, ".config/teamclaude.json", {
        proxy: { port, apiKey: "peer-token" },
        upstream: `http://127.0.0.1:${upstream}`,
        upstreamProxy: false,
        quotaProbeSeconds: 0,
        autoUpdate: false,
        accounts: [1, 2, 3].map((index) => ({
          name: `k${index}`,
          type: "apikey",
          apiKey: `sk-ant-api03-bench-${index}`
        }))
      })
      return { command: ["node", "teamclaude/src/index.js", "server", "--headless"] }
    }
  },
  {
    name: "claude-code-router 2.0.0",
    get: fromNpm("@musistudio/claude-code-router@2.0.0"),
    start: (folder, port, upstream) => {
      write(folder, ".claude-code-router/config.json", {
        PORT: port,
        HOST: "127.0.0.1",
        APIKEY: "peer-token",
        LOG: false,
        NON_INTERACTIVE_MODE: true,
        Providers: [
          {
            name: "bench",
            api_base_url: `http://127.0.0.1:${upstream}/v1/messages`,
            api_key: "sk-ant-api03-bench-1",
            models: ["claude-opus-4-5"],
            transformer: { use: ["Anthropic"] }
          }
        ],
        Router: { default: "bench,claude-opus-4-5" }
      })
      return {
        command: ["node", "node_modules/@musistudio/claude-code-router/dist/cli.js", "start"]
      }
    }
  },
  {
    name: "Portkey 1.15.2",
    get: fromNpm("@portkey-ai/gateway@1.15.2"),
    start: (_folder, port, upstream) => ({
      command: [
        "node",
        "node_modules/@portkey-ai/gateway/build/start-server.js",
        `--port=${port}`,
        "--headless"
      ],
      headers: {
        "x-portkey-provider": "anthropic",
        "x-portkey-custom-host": `http://127.0.0.1:${upstream}/v1`
      }
    })
  }
]

const homes = new Map()
const envOf = (folder) => ({
  HOME: folder,
  XDG_CONFIG_HOME: join(folder, ".config"),
  NO_COLOR: "1",
  DISABLE_TELEMETRY: "1"
})

/** Starts a peer and waits until it answers a request of the kind that is measured. */
const open = async (peer, root, upstream) => {
  const folder = homes.get(peer.name) ?? mkdtempSync(join(root, "peer-"))
  if (!homes.has(peer.name)) peer.get(folder)
  homes.set(peer.name, folder)
  const port = await freePort()
  const { command, headers = {} } = peer.start(folder, port, upstream)
  const begun = await start(lastCpu, command, undefined, envOf(folder), folder)
  const target = { ...begun, port: String(port), token: "peer-token", headers }
  for (let left = 100; ; left -= 1) {
    const answer = await load(target, 1, 0.05, "json").catch((error) => error)
    if (!(answer instanceof Error)) return target
    if (left === 0) {
      await stop(target)
      throw new Error(`does not answer: ${answer.message}`)
    }
    await sleep(100)
  }
}

const kinds = [
  { kind: "json", connections: 1 },
  { kind: "json", connections: 32 },
  { kind: "stream", connections: 1 },
  { kind: "stream", connections: 64 }
]

const sample = async (target, { connections, kind }) => {
  const before = treeCpuSeconds(target.child.pid)
  const result = await load(target, connections, seconds, kind)
  const used = treeCpuSeconds(target.child.pid) - before
  return { ...result, perSecond: result.requests / seconds, cpuUs: (used * 1e6) / result.requests }
}

const measureAll = async (subjects) => {
  const found = new Map(subjects.map(({ name }) => [name, {}]))
  for (const { connections, kind } of kinds) {
    const alive = []
    for (const { name, target } of subjects) {
      try {
        await load(target, connections, 1, kind)
        alive.push({ name, target })
      } catch (error) {
        found.get(name)[`${kind}-${connections}`] = error.message
      }
    }
    const samples = new Map(alive.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      for (const { name, target } of alive)
        samples.get(name).push(await sample(target, { kind, connections }))
    }
    for (const [name, taken] of samples) {
      const of = (key) => median(taken.map((one) => one[key]))
      found.get(name)[`${kind}-${connections}`] = {
        perSecond: of("perSecond"),
        p50: of("p50"),
        first50: of("first50"),
        cpuUs: of("cpuUs")
      }
    }
  }
  return found
}

/**
 * KB that one open stream costs a process that has just been started; one at work has memory to
 * spare, which would hide it.
 */
const memoryPerStream = async ({ target }) => {
  const before = treeResidentMb(target.child.pid)
  const during = async () => {
    await sleep(4_000)
    return treeResidentMb(target.child.pid)
  }
  return (((await whileOpen(target, openStreams, during)) - before) * 1024) / openStreams
}

/** Milliseconds from the start of each that answered until its first answer. */
const measureStarts = async () => {
  const upstream = await startUpstream()
  const origin = `http://127.0.0.1:${upstream.found}`
  const port = String(await freePort())
  writeProvider(person.home, origin)
  const token = clientToken(person.home)
  const own = { folder: process.cwd(), env: person.env, token }
  const bareProxy = join(import.meta.dirname, "bareProxy.mjs")
  const subjects = [
    { ...own, name: "bare proxy", command: ["node", bareProxy, origin, port] },
    { ...own, name: "clawdbot gateway", command: ["node", cli, "gateway", "--port", port] }
  ]
  for (const peer of peers.filter(({ name }) => !left.some((one) => one.name === name))) {
    const folder = homes.get(peer.name)
    const started = peer.start(folder, port, upstream.found)
    const env = envOf(folder)
    subjects.push({ name: peer.name, folder, env, token: "peer-token", ...started })
  }
  const found = new Map()
  for (const { command, env, folder: cwd, headers, name, token } of subjects) {
    const taken = []
    for (let round = 0; round < starts; round++) {
      const clean = { PATH: process.env.PATH, ...env }
      const one = await firstAnswer(command, clean, port, token, { cwd, headers }).catch(
        () => undefined
      )
      if (one !== undefined) taken.push(one.ms)
    }
    if (taken.length > 0) found.set(name, median(taken))
  }
  await stop(upstream)
  return found
}

const root = mkdtempSync(join(tmpdir(), "clawdbot-peers-"))
const person = makeHome()
const left = []
const withWorld = async (options, use) => {
  const world = await startWorld(person, options)
  const subjects = [
    { name: "bare proxy", target: world.bare },
    { name: "clawdbot gateway", target: world.gateway }
  ]
  for (const peer of peers.filter(({ name }) => !left.some((one) => one.name === name))) {
    try {
      subjects.push({ name: peer.name, target: await open(peer, root, world.upstreamPort) })
    } catch (error) {
      left.push({ name: peer.name, why: error.message })
    }
  }
  try {
    return await use(subjects)
  } finally {
    for (const { target } of subjects.slice(2)) await stop(target)
    await world.stop()
  }
}

console.error("==> Installing and starting the others")
const figures = await withWorld({}, measureAll)
console.error("==> Open streams")
const memories = new Map()
for (let round = 0; round < rounds; round++) {
  await withWorld({ gapMs: 1_000 }, async (subjects) => {
    for (const subject of subjects) {
      const found = await memoryPerStream(subject).catch(() => undefined)
      if (found !== undefined)
        memories.set(subject.name, [...(memories.get(subject.name) ?? []), found])
    }
  })
}
console.error("==> Starts")
const firstAnswers = await measureStarts()
const memory = new Map([...memories].map(([name, found]) => [name, median(found)]))
person.remove()
rmSync(root, { recursive: true, force: true })

const cell = (value, digits) =>
  value === undefined || Number.isNaN(value) ? "–" : value.toFixed(digits)
const line = ([name, found]) => {
  const of = (kind, key, digits) =>
    typeof found[kind] === "object" ? cell(found[kind][key], digits) : "fails"
  return `| ${[
    name,
    of("json-1", "p50", 2),
    of("json-32", "perSecond", 0),
    of("json-32", "cpuUs", 0),
    of("stream-1", "first50", 2),
    of("stream-64", "perSecond", 0),
    of("stream-64", "cpuUs", 0),
    cell(memory.get(name), 0),
    cell(firstAnswers.get(name), 0)
  ].join(" | ")} |`
}
const conditions =
  `Node ${process.version}, ${cpus().length} processors, medians of ${rounds} rounds of ` +
  `${seconds} s; ${openStreams} streams open for the memory.`
if (process.argv.includes("--json")) {
  console.log(
    JSON.stringify(
      {
        conditions,
        figures: Object.fromEntries(figures),
        memory: Object.fromEntries(memory),
        firstAnswers: Object.fromEntries(firstAnswers),
        left
      },
      null,
      2
    )
  )
} else {
  console.log(
    [
      "",
      "| Gateway | JSON, 1 connection, median ms | JSON, 32 connections, requests/s | CPU " +
        "µs/request | one stream, first event ms | 64 streams, streams/s | CPU µs/stream | KB " +
        "per open stream | start to first answer, ms |",
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
      ...[...figures].map(line),
      "",
      conditions,
      ...left.map(({ name, why }) => `Not measured: ${name} (${why}).`)
    ].join("\n")
  )
}
