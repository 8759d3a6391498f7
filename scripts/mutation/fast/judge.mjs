// Judges mutants in a thread, without Vitest: tells main.mjs of each before and after.
import { createRequire } from "node:module"
import { performance } from "node:perf_hooks"
import { Script } from "node:vm"
import { parentPort, workerData } from "node:worker_threads"

const { code, mutants, known } = workerData
const require = createRequire(new URL("../../../package.json", import.meta.url))
const script = new Script(`(function(require, module, handOver){${code}\n})`)

const fc = require("fast-check")
fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: 25 })
// What a test leaves running after it failed is no result of another one.
process.on("unhandledRejection", () => {})
process.on("uncaughtException", () => {})

// What Stryker's mutants read and write.
const stryker = { mutantCoverage: { static: {}, perTest: {} } }
globalThis.__stryker__ = stryker

/** What Effect keeps of a module by a key: the default of a `Context.Reference`. */
const { globalValue } = require("effect/GlobalValue")
const kept = globalValue("effect/Context/defaultValueCache", () => new Map())

/** The modules loaded anew: `testsOf(i)` loads a test file of them, once. */
const load = () => {
  kept.clear()
  const module = { exports: {} }
  let tests = []
  script.runInThisContext()(require, module, (name, run) => tests.push({ name, run }))
  const loaded = new Map()
  return (file) => {
    if (!loaded.has(file)) {
      tests = []
      module.exports.files[file]()
      loaded.set(file, tests)
    }
    return loaded.get(file)
  }
}

/** In ms: how long a test has nothing to do, which is never over, and how long it computes. */
const most = { idle: 10_000, busy: 60_000 }

/** A change that waits for what never comes, or goes on without an end, is found by these. */
const mostOf = ({ idle, busy }) => ({ idle: 500 + 10 * idle, busy: 4_000 + 10 * busy })

/** Runs a test: why it fails, or nothing, and what it took. */
const ran = async ({ run }, { idle, busy }) => {
  const ended = new AbortController()
  const began = { loop: performance.eventLoopUtilization(), cpu: process.cpuUsage() }
  const took = () => ({
    idle: performance.eventLoopUtilization(began.loop).idle,
    busy: process.cpuUsage(began.cpu).user / 1_000
  })
  let timer
  const never = new Promise((_, reject) => {
    timer = setInterval(() => {
      const now = took()
      if (now.idle > idle || now.busy > busy) reject(new Error("does not end"))
    }, 100)
  })
  try {
    const context = { signal: ended.signal, onTestFinished: () => {}, skip: () => {} }
    await Promise.race([Promise.resolve().then(() => run(context)), never])
    return { took: took() }
  } catch (error) {
    return { failure: error ?? new Error("no reason"), took: took() }
  } finally {
    clearInterval(timer)
    ended.abort()
  }
}

/** Each test with the mutants it reaches and what it takes, the quick ones first. */
const look = async (count) => {
  const found = []
  const refused = []
  for (let file = 0; file < count; file++) {
    let tests = load()(file)
    for (const [index, { name }] of tests.entries()) {
      // What is made once must count as reached by each test that needs it.
      if (index > 0) tests = load()(file)
      stryker.currentTestId = name
      stryker.mutantCoverage.perTest = {}
      const { failure, took } = await ran(tests[index], most)
      stryker.currentTestId = undefined
      const reached = stryker.mutantCoverage.perTest[name] ?? {}
      if (failure !== undefined) refused.push({ name, why: String(failure.message ?? failure) })
      else if (Object.keys(reached).length > 0) found.push({ file, index, name, took, reached })
    }
  }
  const quickFirst = found.toSorted((a, b) => a.took.busy - b.took.busy)
  return { tests: quickFirst, refused, statics: Object.keys(stryker.mutantCoverage.static) }
}

/**
 * In ms of processor time: a change that the tests of so long do not notice is a survivor. The
 * file's own tests come first, then the quick ones; all tests would often take half a minute.
 */
const enough = Number(process.env.MUTATE_ENOUGH ?? 1_000)

const statusOf = async (id, tests) => {
  stryker.activeMutant = id
  stryker.hitCount = 0
  stryker.hitLimit = 100 * tests.reduce((sum, { reached }) => sum + reached[id], 0)
  try {
    const testsOf = load()
    let spent = 0
    for (const { file, index, name, took } of tests) {
      parentPort.postMessage({ judging: id })
      const { failure, took: now } = await ran(testsOf(file)[index], mostOf(took))
      spent += now.busy
      if (failure === undefined && spent < enough) continue
      if (failure === undefined) break
      const endless = /does not end|Hit count limit/.test(failure.message)
      return { status: endless ? "Timeout" : "Killed", killedBy: name }
    }
    return { status: "Survived" }
  } catch (error) {
    return { status: "Killed", killedBy: `loading the modules: ${error}` }
  } finally {
    stryker.activeMutant = undefined
  }
}

const reach = known ?? (await look(workerData.count))
if (known === undefined) parentPort.postMessage({ reach })
const statics = new Set(reach.statics)
for (const { id, own } of mutants) {
  const reaching = reach.tests.filter(({ reached }) => reached[id] > 0)
  const tests = [
    ...reaching.filter(({ file }) => file === own),
    ...reaching.filter(({ file }) => file !== own)
  ]
  const outside = statics.has(id) ? "Ignored" : "NoCoverage"
  const judged = tests.length > 0 ? await statusOf(id, tests) : { status: outside }
  parentPort.postMessage({ id, ...judged })
}
process.exit(0)
