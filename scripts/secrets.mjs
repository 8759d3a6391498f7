// Looks for credentials in everything the tests made this program say and leave behind
// (docs/architecture.md, guarantee 7). usage: node secrets.mjs FOLDER → names every place; ends
// with 1 where there is one. FOLDER is what vitest.setup.ts wrote.
import { readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"

/** A whole credential of the provider's kinds; masked ones have an ellipsis in the middle. */
const secret = /sk-ant-(?:api03|oat01|ort01|admin01)-[A-Za-z0-9_-]{12,}/g

/**
 * Files whose purpose is to hold credentials, and what tests hand to the command: files to read, a
 * key chain, other people's programs.
 */
const holders = [
  /(^|\/)auth-profiles\.json/,
  /(^|\/)(auth|oauth|credentials)\.json/,
  // Tokens of the provider's SDK, one file for each of its profiles.
  /(^|\/)credentials\/[^/]+\.json$/,
  /(^|\/)\.credentials\.json/,
  /(^|\/)clawdbot\.json/,
  /(^|\/)[^/]*\.env$/,
  /^left\/[^/]+\/(key|token|items\.json|next\.json|bin\/)/,
  // A checkout that a test installs from: its sources plant credentials for tests.
  /^left\/[^/]+\/(clone|build\/context)\/packages\/[^/]+\/(src|test)\/.*\.ts$/
]

const folder = process.argv[2]
const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
let files = 0
let found = 0
for (const entry of entries) {
  const file = join(entry.parentPath, entry.name)
  const name = relative(folder, file)
  const places = [...name.matchAll(secret)].map(() => "its name")
  if (entry.isFile()) {
    files += 1
    if (!holders.some((holder) => holder.test(name))) {
      const text = readFileSync(file, "latin1")
      for (const match of text.matchAll(secret)) {
        const command = name.endsWith(".said") ? text.lastIndexOf("\n== ", match.index) : -1
        const said =
          command < 0 ? "" : `: ${text.slice(command + 4, text.indexOf("\n", command + 1))}`
        places.push(`byte ${match.index} (${match[0].slice(0, 20)}…)${said}`)
      }
    }
  }
  for (const place of places) console.log(`${name}: ${place}`)
  found += places.length
}
console.log(`${files} files looked through, ${found} credentials found`)
process.exitCode = found > 0 || files === 0 ? 1 : 0
