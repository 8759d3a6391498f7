// Gives every kind of input that others write to the code that reads it, and says what was not
// taken as it should. usage: see scripts/fuzz.
import * as fs from "node:fs"
import { Worker } from "node:worker_threads"
import * as Fuzz from "@clawdbot/testing/Fuzz/Fuzz"
import { commandLines } from "../../packages/cli/test/fuzz/commandLines.ts"
import { config } from "../../packages/cli/test/fuzz/config.ts"
import { answers } from "../../packages/http/test/fuzz/answers.ts"
import { requests } from "../../packages/http/test/fuzz/requests.ts"
import { health } from "../../packages/node/test/fuzz/health.ts"
import { journals } from "../../packages/node/test/fuzz/journals.ts"
import { stores } from "../../packages/node/test/fuzz/stores.ts"

const kinds = [config, stores, health, journals, requests, answers, commandLines]

interface Options {
  readonly kind: string | undefined
  readonly runs: number
  readonly seed: number
  readonly from: number
  readonly resume: boolean
}

const usage = `usage: scripts/fuzz [--kind KIND] [--runs N] [--seed S] [--from N] [--resume]

Gives inputs of any form to what reads them. Each run fails on a crash, more than
${Fuzz.limitMs / 1_000} s, a stack trace or a value of the language shown to a person, an unhandled
rejection, a lost field, or a planted secret shown.

KIND      one of ${kinds.map(({ name }) => name).join(", ")};
          all of them where none is named
--runs    how many of each kind; 1,000 where it is not said
--seed    the same seed gives the same runs; 1 where it is not said
--from    the first run, from 0
--resume  goes on where the runs of this kind and seed were ended, up to --runs of them

A finding says how it is had again. The exit status is 1 where there was one.`

const fail = (message: string): never => {
  process.stderr.write(`${message}\n${usage}\n`)
  process.exit(2)
}

const parse = (argv: ReadonlyArray<string>): Options => {
  if (argv.includes("--help")) {
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  }
  const given = new Map<string, string>()
  for (let index = 0; index < argv.length; index++) {
    const name = argv[index] ?? ""
    if (!["--kind", "--runs", "--seed", "--from", "--resume"].includes(name))
      fail(`unknown option: ${name}`)
    given.set(name, name === "--resume" ? "yes" : (argv[++index] ?? fail(`${name} needs a value`)))
  }
  const number = (name: string, fallback: number): number => {
    const value = Number(given.get(name) ?? fallback)
    return Number.isSafeInteger(value) && value >= 0 ? value : fail(`${name} needs a whole number`)
  }
  const kind = given.get("--kind")
  if (kind !== undefined && !kinds.some(({ name }) => name === kind)) fail(`unknown kind: ${kind}`)
  return {
    kind,
    runs: number("--runs", 1_000),
    seed: number("--seed", 1),
    from: number("--from", 0),
    resume: given.has("--resume")
  }
}

/** How far the runs of a kind came, for `--resume`. */
interface Progress {
  /** The next run. */
  readonly next: number
  /** How long the runs before it took. */
  readonly seconds: number
  /** Which of them found something. */
  readonly findings: ReadonlyArray<number>
}

const nothingYet: Progress = { next: 0, seconds: 0, findings: [] }

const folder = ".cache/fuzz"
const progressFile = (kind: string, seed: number): string => `${folder}/${kind}-${seed}.json`

const progressOf = (kind: string, seed: number): Progress => {
  try {
    return { ...nothingYet, ...JSON.parse(fs.readFileSync(progressFile(kind, seed), "utf8")) }
  } catch {
    return nothingYet
  }
}

/**
 * A loop that never ends keeps every timer of this thread from running: another thread looks at
 * which run is going on, and ends the process when it is the same for too long.
 */
const watch = (): { readonly current: Int32Array; readonly name: (kind: string) => void } => {
  const shared = new SharedArrayBuffer(4)
  Atomics.store(new Int32Array(shared), 0, -1)
  const worker = new Worker(
    `const { workerData, parentPort } = require("node:worker_threads")
     const fs = require("node:fs")
     const current = new Int32Array(workerData.shared)
     let kind = "", last = -1, since = Date.now()
     parentPort.on("message", (name) => { kind = name; last = -1 })
     setInterval(() => {
       const now = Atomics.load(current, 0)
       if (now !== last) { last = now; since = Date.now() }
       else if (kind !== "" && now >= 0 && Date.now() - since > workerData.limitMs) {
         fs.writeSync(2, "HANG " + kind + " run " + now + ": the program does not come back\\n")
         process.kill(process.pid, "SIGKILL")
       }
     }, 500)`,
    { eval: true, workerData: { shared, limitMs: 6 * Fuzz.limitMs } }
  )
  worker.unref()
  return {
    current: new Int32Array(shared),
    name: (kind) => worker.postMessage(kind)
  }
}

// The JSON5 library has remarks of its own about documents; the command is as deaf to them.
Object.assign(console, { warn: () => undefined })
const options = parse(process.argv.slice(2))
fs.mkdirSync(folder, { recursive: true })
const watcher = watch()
let found = 0
for (const kind of kinds) {
  if (options.kind !== undefined && options.kind !== kind.name) continue
  const before = options.resume ? progressOf(kind.name, options.seed) : nothingYet
  const from = options.resume ? before.next : options.from
  const to = options.resume ? Math.max(options.runs, from) : from + options.runs
  const findings = [...before.findings]
  const started = performance.now()
  const keep = (next: number): Progress => {
    const seconds = before.seconds + Math.round((performance.now() - started) / 1_000)
    const progress = { next, seconds, findings }
    // A look at single runs says nothing of how far all of them came.
    if (options.resume || from === 0)
      fs.writeFileSync(progressFile(kind.name, options.seed), JSON.stringify(progress))
    return progress
  }
  watcher.name(kind.name)
  await Fuzz.run(kind, {
    seed: options.seed,
    from,
    to,
    onRun: (index) => {
      Atomics.store(watcher.current, 0, index)
      if (index % 100 === 0) keep(index)
    },
    onFinding: ({ index, input, problem, seed }) => {
      findings.push(index)
      const again = `scripts/fuzz --kind ${kind.name} --seed ${seed} --from ${index} --runs 1`
      const why = problem.slice(0, 1_500).replaceAll("\n", "\n  ")
      process.stdout.write(
        `FOUND ${kind.name} (again: ${again})\n  ${why}\n  input: ${input.slice(0, 3_000)}\n`
      )
    }
  })
  Atomics.store(watcher.current, 0, -1)
  const { seconds } = keep(to)
  const runs = options.resume ? to : to - from
  const of = `${kind.name}: seed ${options.seed}`
  process.stdout.write(`${of}, ${runs} runs in ${seconds} s, ${findings.length} findings\n`)
  found += findings.length
}
process.exit(found === 0 ? 0 : 1)
