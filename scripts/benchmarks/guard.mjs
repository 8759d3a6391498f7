// Counts what a start loads and what a request allocates: figures that do not depend on how busy
// the machine is, for a test to hold. usage: node guard.mjs → one JSON document
import { execFileSync, spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { Agent, request } from "node:http"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { median } from "./processes.mjs"
import { cli, makeHome, startWorld } from "./world.mjs"

const asModule = (code) => `data:text/javascript,${encodeURIComponent(code)}`

const person = makeHome()

/** How many of Node's own modules a command has loaded at its end. */
const builtins = (argv) => {
  const file = join(person.home, "builtins")
  const count = `process.moduleLoadList.filter((name)=>name.startsWith("NativeModule")).length`
  const preload = asModule(
    `import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(${JSON.stringify(file)},String(${count})))`
  )
  execFileSync(process.execPath, ["--import", preload, cli, ...argv], {
    env: { ...process.env, ...person.env },
    stdio: "ignore"
  })
  return Number(readFileSync(file, "utf8"))
}

/**
 * How many calls of functions of the bundle `run` makes, those of the libraries among them: the
 * work of a start that no busy machine changes. Most of it is building layers and schemas. It is
 * given the environment in which its process counts.
 */
const calls = async (run) => {
  const folder = mkdtempSync(join(person.home, "coverage-"))
  await run({ ...process.env, ...person.env, NODE_V8_COVERAGE: folder })
  const scripts = readdirSync(folder).flatMap(
    (file) => JSON.parse(readFileSync(join(folder, file), "utf8")).result
  )
  rmSync(folder, { recursive: true })
  return scripts
    .filter(({ url }) => /command-[0-9a-f]+(\.short)?\.cjs$/.test(url))
    .flatMap(({ functions }) => functions.map(({ ranges }) => ranges[0].count))
    .reduce((sum, count) => sum + count, 0)
}

const ofStatus = (env) =>
  execFileSync(process.execPath, [cli, "models", "status", "--json"], { env, stdio: "ignore" })

/** A gateway that is stopped as soon as it has said that it serves. */
const ofGateway = (env) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, "gateway", "--port", "0"], {
      env,
      stdio: ["ignore", "pipe", "inherit"]
    })
    let said = ""
    child.stdout.on("data", (chunk) => {
      said += chunk
      if (said.includes("Ctrl-C")) child.kill("SIGTERM")
    })
    child.on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`the gateway ended with ${code}`))
    )
  })

/**
 * The bytes of the files that are the command: the one people start, and the two scripts it runs
 * for everything but its version.
 */
const bundle = () => {
  const [name] = /command-[0-9a-f]+/.exec(readFileSync(cli, "utf8"))
  const bytes = (ending) => statSync(join(dirname(cli), `${name}${ending}`)).size
  return { entry: statSync(cli).size, script: bytes(".cjs"), short: bytes(".short.cjs") }
}

/**
 * Tells at a signal how much memory is used: all of the heap, and the part for what lives long;
 * collects all garbage at another.
 */
const telling = [
  "--expose-gc",
  "--import",
  asModule(
    'process.on("SIGCONT",()=>gc());import v8 from "node:v8";process.on("SIGUSR2",()=>{const ' +
      'old=v8.getHeapSpaceStatistics().find((space)=>space.space_name==="old_space")' +
      '.space_used_size;process.stderr.write("heap ' +
      '"+process.memoryUsage().heapUsed+" "+old+"\\n")})'
  )
]

/**
 * Room for everything that is allocated between two looks, so that nothing is collected in between.
 */
const roomy = ["--min-semi-space-size=256", "--max-semi-space-size=256"]

const memory = ({ child }) =>
  new Promise((resolve) => {
    let said = ""
    const look = (chunk) => {
      said += chunk
      const found = /heap (\d+) (\d+)\n/.exec(said)
      if (found === null) return
      child.stderr.off("data", look)
      resolve({ heap: Number(found[1]), old: Number(found[2]) })
    }
    child.stderr.on("data", look)
    child.kill("SIGUSR2")
  })

const ask = (agent, { port, token }, body) =>
  new Promise((resolve, reject) => {
    const headers = {
      "x-api-key": token,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body)
    }
    const sent = request(
      { agent, host: "127.0.0.1", port, method: "POST", path: "/v1/messages", headers },
      (answer) => {
        answer.resume()
        answer.on("end", () =>
          answer.statusCode === 200 ? resolve() : reject(new Error(`status ${answer.statusCode}`))
        )
      }
    )
    sent.on("error", reject)
    sent.end(body)
  })

const askMany = async (target, count, stream, connections = 8) => {
  const agent = new Agent({ keepAlive: true })
  const body = JSON.stringify({
    model: "claude-opus-4-5",
    max_tokens: 100,
    messages: [{ role: "user", content: "hi" }],
    stream: stream || undefined
  })
  let left = count
  const worker = async () => {
    while (left-- > 0) await ask(agent, target, body)
  }
  await Promise.all(Array.from({ length: connections }, worker))
  agent.destroy()
}

/**
 * Bytes that one request allocates on the heap, once the code is warm. What is allocated in the
 * background meanwhile is not counted: as much time again without requests tells how much that is.
 * A round in which garbage was collected all the same says nothing.
 */
const allocated = async (target, stream) => {
  const count = stream ? 400 : 1_000
  await askMany(target, 2 * count, stream)
  const rounds = []
  for (let left = 12; left > 0 && rounds.length < 3; left--) {
    const begun = performance.now()
    const before = await memory(target)
    await askMany(target, count, stream)
    const after = await memory(target)
    await sleep(performance.now() - begun)
    const idle = await memory(target)
    if (after.heap < before.heap || idle.heap < after.heap) continue
    rounds.push((after.heap - before.heap - (idle.heap - after.heap)) / count)
  }
  if (rounds.length === 0) throw new Error("garbage was collected in each of twelve rounds")
  return Math.round(median(rounds))
}

/**
 * V8 guesses twice. It chooses the size of the space for what is young by how fast a program
 * allocates, which a busy machine makes slow. And what often was in flight when it collected, it
 * allocates among what lives long from then on, where it keeps whatever it refers to until the next
 * full collection: thousands of bytes of a request by chance. With one size, Node's largest, and
 * without that guess, the count depends on the requests alone.
 */
const steady = [
  "--min-semi-space-size=16",
  "--max-semi-space-size=16",
  "--no-allocation-site-pretenuring"
]

/**
 * Bytes of one request that are still there after its end, taken for something that lives long:
 * they make every later collection dearer. With many requests at a time. A full collection moves
 * what is under way to where only the next one reaches it: whatever leads from one request to the
 * one after it keeps all that follow from then on. The median of rounds: a full collection that V8
 * begins by itself makes one of them meaningless.
 */
const outliving = async (target) => {
  const count = 2_000
  const asked = askMany(target, 2 * count, false, 32)
  for (let turn = 0; turn < 4; turn++) {
    await sleep(100)
    target.child.kill("SIGCONT")
  }
  await asked
  const rounds = []
  for (let round = 0; round < 5; round++) {
    const before = await memory(target)
    await askMany(target, count, false, 32)
    rounds.push(((await memory(target)).old - before.old) / count)
  }
  return Math.round(median(rounds))
}

const ordinary = await startWorld(person, { flags: [...steady, ...telling] })
const outlives = {
  gateway: await outliving(ordinary.gateway),
  bare: await outliving(ordinary.bare)
}
await ordinary.stop()
const world = await startWorld(person, { flags: [...roomy, ...telling] })
const allocations = {
  json: {
    gateway: await allocated(world.gateway, false),
    bare: await allocated(world.bare, false)
  },
  stream: { gateway: await allocated(world.gateway, true), bare: await allocated(world.bare, true) }
}
await world.stop()
const accessLog = { gateway: { accessLog: "/dev/null" } }
const logging = await startWorld(person, { config: accessLog, flags: [...roomy, ...telling] })
const logged = await allocated(logging.gateway, false)
await logging.stop()
const starts = {
  version: builtins(["--version"]),
  status: builtins(["models", "status", "--json"]),
  statusCalls: await calls(ofStatus),
  gatewayCalls: await calls(ofGateway)
}
person.remove()
console.log(JSON.stringify({ allocations, logged, outlives, starts, bundle: bundle() }))
