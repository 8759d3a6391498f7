// Type-checks and builds the workspace as `tsc -b` does, and looks over every source with the rules
// of the Effect language service: floating effects, wrong tag keys, global clocks and randomness.
// Both ask the compiler for the same types; the rules in a program of their own would have all of
// them worked out a second time, which takes longer than the rules do.
import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, relative } from "node:path"
import ts from "typescript"

const rulesPackage = "@effect/language-service"
const require = createRequire(import.meta.url)
const { checkSourceFileWorker } = require(`${rulesPackage}/effect-lsp-patch-utils`)

/** What `tsc -b` does not reach. */
const others = ["packages/http/src/dashboard/page/tsconfig.json"]

let problems = 0
const report = (diagnostic) => {
  const { Error, Warning } = ts.DiagnosticCategory
  if (diagnostic.category !== Error && diagnostic.category !== Warning) return
  problems += 1
  const text = ts.formatDiagnosticsWithColorAndContext([diagnostic], {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: ts.sys.getCurrentDirectory,
    getNewLine: () => "\n"
  })
  process.stderr.write(text)
}

const textOf = (file) => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}
const hashOf = (...texts) => createHash("sha256").update(texts.join("\0")).digest("hex")
/** The rules and their settings: what they found before says nothing once they are other ones. */
const rules = hashOf(
  textOf("tsconfig.base.json"),
  textOf(require.resolve(`${rulesPackage}/package.json`))
)
/**
 * The state of a project that was looked over without a finding: what the compiler wrote down of
 * all its files and of what they import.
 */
const stateOf = (project) => {
  const built = textOf(buildInfoOf(project))
  return built === undefined ? undefined : hashOf(rules, built)
}
const buildInfoOf = (project) => `${dirname(project)}/dist/src.tsbuildinfo`
const memory = ".cache/effectRules.json"
const clean = JSON.parse(textOf(memory) ?? "{}")

const sources = JSON.parse(readFileSync("tsconfig.json", "utf8")).references.map(
  ({ path }) => `${path}/tsconfig.src.json`
)
for (const project of sources) {
  // The compiler leaves out what is up to date for it, whoever built it: here it may not.
  if (clean[project] === undefined || clean[project] !== stateOf(project)) {
    delete clean[project]
    rmSync(buildInfoOf(project), { force: true })
  }
}

const lookedOver = new Set()
/** The rules say that one of them broke where others would throw: nothing was looked at then. */
const lookOver = (program, file) => {
  const { error } = console
  console.error = (...words) => {
    problems += 1
    error(`${file.fileName}: a rule of ${rulesPackage} broke:`, ...words)
  }
  try {
    checkSourceFileWorker(ts, program, file, program.getCompilerOptions(), report, "tsc")
  } finally {
    console.error = error
  }
}
const host = ts.createSolutionBuilderHost(ts.sys, undefined, report, () => {})
host.afterProgramEmitAndDiagnostics = (builder) => {
  const program = builder.getProgram()
  const project = relative(".", program.getCompilerOptions().configFilePath)
  if (!sources.includes(project)) return
  const before = problems
  for (const name of program.getRootFileNames()) {
    const file = program.getSourceFile(name)
    if (file !== undefined) lookOver(program, file)
  }
  if (problems === before) lookedOver.add(project)
}

const status = ts.createSolutionBuilder(host, ["tsconfig.json"], {}).build()
for (const config of others) {
  const parsed = ts.getParsedCommandLineOfConfigFile(
    config,
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: report }
  )
  if (parsed === undefined) continue
  const program = ts.createProgram({ rootNames: parsed.fileNames, options: parsed.options })
  for (const diagnostic of [...parsed.errors, ...ts.getPreEmitDiagnostics(program)]) {
    report(diagnostic)
  }
}

for (const project of lookedOver) clean[project] = stateOf(project)
mkdirSync(dirname(memory), { recursive: true })
writeFileSync(memory, JSON.stringify(clean))

const missed = sources.filter((project) => clean[project] === undefined)
if (problems === 0 && missed.length > 0) {
  console.error(`The rules of ${rulesPackage} have not looked at ${missed.join(", ")}.`)
}
if (problems > 0) console.error(`${problems} problems`)
if (status !== ts.ExitStatus.Success || problems > 0 || missed.length > 0) process.exitCode = 1
