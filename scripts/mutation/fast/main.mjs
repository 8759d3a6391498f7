// Judges the mutants of some files in one process: main.mjs SOURCE... -- TEST...
import { writeFileSync } from "node:fs"
import { basename, relative } from "node:path"
import { Worker } from "node:worker_threads"
import { writeLine } from "../resultLines.mjs"
import { bundle } from "./bundle.mjs"

const separator = process.argv.indexOf("--")
const sources = process.argv.slice(2, separator)
const tests = process.argv.slice(separator + 1)

/** In ms of processor time, for one test: a loop without an end is not left in any other way. */
const maxStuck = 30_000

const { code, mutants } = await bundle(sources, tests)
const sizes = new Map()
for (const { fileName } of mutants) sizes.set(fileName, (sizes.get(fileName) ?? 0) + 1)
const ordered = mutants.toSorted((a, b) => sizes.get(a.fileName) - sizes.get(b.fileName))
const byId = new Map(ordered.map((mutant) => [mutant.id, mutant]))

const judge = (id, result) => {
  const mutant = byId.get(id)
  const { start, end } = mutant.location
  // Counted from one, as in the reports of Stryker.
  const location = {
    start: { line: start.line + 1, column: start.column + 1 },
    end: { line: end.line + 1, column: end.column + 1 }
  }
  Object.assign(mutant, result)
  writeLine({ ...mutant, location })
}

/** The tests of the file that a mutant is in, by their place in the list. */
const ownOf = ({ fileName }) =>
  tests.findIndex((test) => basename(test) === `${basename(fileName, ".ts")}.test.ts`)

let known
/** One thread, until all are judged or it is stuck in one of them; which is then judged as well. */
const judgeIn = (left) =>
  new Promise((done) => {
    let at
    let since = process.cpuUsage()
    const given = left.map((mutant) => ({ id: mutant.id, own: ownOf(mutant) }))
    const worker = new Worker(new URL("judge.mjs", import.meta.url), {
      workerData: { code, known, count: tests.length, mutants: given },
      resourceLimits: { maxOldGenerationSizeMb: 2_000 }
    })
    const watch = setInterval(() => {
      if (at !== undefined && process.cpuUsage(since).user / 1_000 > maxStuck) worker.terminate()
    }, 1_000)
    worker.on("message", ({ reach, judging, id, ...result }) => {
      since = process.cpuUsage()
      if (reach !== undefined) {
        known = reach
        for (const { name, why } of reach.refused)
          console.error(`not used, it fails without any change: ${name}: ${why.slice(0, 200)}`)
        console.error(`${left.length} mutants, ${reach.tests.length} tests that reach some`)
      }
      if (judging !== undefined) at = judging
      if (id === undefined) return
      judge(id, result)
      at = undefined
    })
    worker.on("error", (error) => console.error(String(error)))
    worker.on("exit", () => {
      clearInterval(watch)
      if (at !== undefined) judge(at, { status: "Timeout", killedBy: "the watch over the thread" })
      done()
    })
  })

const open = () => ordered.filter(({ status }) => status === undefined)
while (open().length > 0) {
  const before = open().length
  await judgeIn(open())
  if (open().length === before) throw new Error("the tests cannot be run here")
}

const files = {}
for (const mutant of ordered) {
  files[relative(".", mutant.fileName)] ??= { mutants: [] }
  files[relative(".", mutant.fileName)].mutants.push(mutant)
}
writeFileSync(".cache/mutation/report.json", JSON.stringify({ files }))
console.error(`${Math.round(process.cpuUsage().user / 1_000_000)} s of processor time`)
