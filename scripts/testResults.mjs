// What runs of the tests came to, from the JSON that Vitest writes.
//   node scripts/testResults.mjs files FIRST         the files with a failure, a line each
//   node scripts/testResults.mjs count FIRST AGAIN   `count PASSED FAILED`, then what to name
// AGAIN holds the files of FIRST that failed, run once more; it may be missing or empty.
import { readFileSync } from "node:fs"
import { relative } from "node:path"

const [, , question, first, again] = process.argv

/** The report of one run, or undefined when the run wrote none. */
const reportOf = (path) => {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch {
    return undefined
  }
}
const nameOf = (file) => relative(process.cwd(), file.name)
const hasFailed = (file) => file.status === "failed" || file.assertionResults.some(isFailed)
const isFailed = (test) => test.status === "failed"
/** The names of what failed in a file: its tests, or the file itself when it could not run. */
const failuresOf = (file) => {
  const tests = file.assertionResults
    .filter(isFailed)
    .map((test) => `${nameOf(file)} > ${test.fullName}`)
  return tests.length > 0 || !hasFailed(file) ? tests : [nameOf(file)]
}

const files = reportOf(first)?.testResults
if (question === "files") {
  for (const file of (files ?? []).filter(hasFailed)) console.log(nameOf(file))
} else if (files === undefined) {
  console.log("count 0 1\nFAILED the run of the tests: it wrote no results")
} else {
  const second = new Map((reportOf(again)?.testResults ?? []).map((file) => [file.name, file]))
  const final = files.map((file) => second.get(file.name) ?? file)
  const passed = final
    .flatMap((file) => file.assertionResults)
    .filter((test) => test.status === "passed").length
  const failures = final.flatMap(failuresOf)
  console.log(`count ${passed} ${failures.length}`)
  for (const name of failures) console.log(`FAILED ${name}`)
  const stillFailing = new Set(failures)
  for (const name of files.flatMap(failuresOf)) {
    if (!stillFailing.has(name)) console.log(`PASSED ONLY ALONE ${name}`)
  }
}
