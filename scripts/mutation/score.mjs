// Writes what the last run found into the table of docs/mutation.md: a row for each file of it, in
// the place of the row that file had. Rows of files that are gone go.
import { existsSync, readFileSync, writeFileSync } from "node:fs"

const sources = "packages/domain/src/"
const document = "docs/mutation.md"
const head = "| File | Mutants | Killed | Survived | Score |\n| --- | --- | --- | --- | --- |\n"

const rowOf = (name, mutants) => {
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length
  const killed = count("Killed", "Timeout")
  const survived = count("Survived", "NoCoverage")
  const all = killed + survived
  const score = all === 0 ? "–" : `${Math.floor((killed * 100) / all)} %`
  return `| \`${name}\` | ${all} | ${killed} | ${survived} | ${score} |`
}

const { files } = JSON.parse(readFileSync(".cache/mutation/report.json", "utf8"))
const text = readFileSync(document, "utf8")
const [before, table] = text.split(head)
const end = table.search(/^(?!\|)/m)
const rows = new Map(
  [...table.slice(0, end).matchAll(/^\| `(.*?)` .*$/gm)].map(([row, name]) => [name, row])
)
for (const [path, { mutants }] of Object.entries(files))
  rows.set(path.replace(sources, ""), rowOf(path.replace(sources, ""), mutants))

const kept = [...rows].filter(([name]) => existsSync(`${sources}${name}`)).sort()
const written = kept.map(([, row]) => `${row}\n`).join("")
writeFileSync(document, `${before}${head}${written}${table.slice(end)}`)
