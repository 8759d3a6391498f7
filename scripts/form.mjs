// The form of the sources: the width of lines, conditional spreads, ternaries. Fails above a limit.
// Of names, imports and layout the linter knows; these it cannot count.
//   node scripts/form.mjs           the counts, and the places of what is over a limit
//   node scripts/form.mjs --places  every place
import { execFileSync } from "node:child_process"
import fs from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const WIDTH = 100
const limits = { "lines over 100 characters": 0, "conditional spreads": 5, "nested ternaries": 0 }
const TERNARIES_PER_1000_LINES = 15

const root = fileURLToPath(new URL("..", import.meta.url))
const code = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8"
})
  .split("\n")
  .filter((file) => /\.(ts|mjs|cjs|js|css)$/.test(file))
  // Answers of other programs, kept as they were sent.
  .filter((file) => !/(^|\/)(golden|fixtures|conformance)\//.test(file))
  .filter((file) => fs.existsSync(path.join(root, file)))

const places = Object.fromEntries(Object.keys(limits).map((what) => [what, []]))
let ternaries = 0
let lines = 0

const unwrapped = (node) =>
  ts.isParenthesizedExpression(node) || ts.isAsExpression(node) ? unwrapped(node.expression) : node
const isEmptyObject = (node) => ts.isObjectLiteralExpression(node) && node.properties.length === 0
/** `...(x === undefined ? {} : { x })`, or `...(x && { x })`. */
const isConditionalSpread = (node) => {
  if (!ts.isSpreadAssignment(node)) return false
  const value = unwrapped(node.expression)
  return (
    (ts.isConditionalExpression(value) &&
      [value.whenTrue, value.whenFalse].some((branch) => isEmptyObject(unwrapped(branch)))) ||
    (ts.isBinaryExpression(value) &&
      value.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken)
  )
}
const isNested = (node) => {
  let above = node.parent
  while (ts.isParenthesizedExpression(above)) above = above.parent
  return ts.isConditionalExpression(above)
}

/** Lines that hold what cannot be broken: a pattern, another language, a text without a blank. */
const dataLines = (source, text) => {
  const found = new Set()
  const lineOf = (position) => source.getLineAndCharacterOfPosition(position).line
  const visit = (node) => {
    const [first, last] = [lineOf(node.getStart(source)), lineOf(node.end)]
    const isText = ts.isStringLiteral(node) || ts.isTemplateLiteral(node)
    const literal = text.slice(node.getStart(source), node.end)
    const isData =
      isText && (first < last ? ts.isTemplateLiteral(node) : !/ (?!\}|\$)/.test(literal))
    if (isData || ts.isRegularExpressionLiteral(node) || isJson(literal, isText))
      for (let line = first; line <= last; line++) found.add(line)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}
const isJson = (literal, isText) => isText && /^['"`]\s*[[{]/.test(literal)

for (const file of code) {
  const text = fs.readFileSync(path.join(root, file), "utf8")
  const isScript = /\.(ts|mjs|cjs|js)$/.test(file)
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
  const data = isScript ? dataLines(source, text) : new Set()
  text.split("\n").forEach((line, index) => {
    // Counted in characters, not in UTF-16 units.
    const isLong = [...line].length > WIDTH && !data.has(index)
    if (isLong) places["lines over 100 characters"].push(`${file}:${index + 1}`)
  })
  if (!isScript) continue
  const at = (node) =>
    `${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`
  const inSources = /^packages\/[^/]+\/src\//.test(file)
  if (inSources) lines += text.split("\n").length - 1
  const visit = (node) => {
    if (isConditionalSpread(node)) places["conditional spreads"].push(at(node))
    if (ts.isConditionalExpression(node)) {
      if (inSources) ternaries += 1
      if (isNested(node)) places["nested ternaries"].push(at(node))
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
}

const all = process.argv.includes("--places")
let bad = false
for (const [what, limit] of Object.entries(limits)) {
  const over = places[what].length > limit
  bad ||= over
  if (over || all) for (const place of places[what]) console.error(`${place}: ${what}`)
  console.log(`${what}: ${places[what].length} (at most ${limit})`)
}
const rate = (ternaries * 1000) / lines
bad ||= rate > TERNARIES_PER_1000_LINES
console.log(
  `ternaries per 1,000 lines of sources: ${rate.toFixed(1)} (at most ${TERNARIES_PER_1000_LINES})`
)
console.log(`files: ${code.length}, lines of sources: ${lines}`)
if (bad) process.exit(1)
