// The Effect language service over every source: floating effects, wrong tag keys, global clocks
// and randomness. One program, read once.
import { spawn } from "node:child_process"

const args = [
  "node_modules/@effect/language-service/cli.js",
  "diagnostics",
  "--project",
  "tsconfig.diagnostics.json",
  "--strict"
]
const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })
let said = ""
child.stdout.on("data", (chunk) => {
  said += chunk
})
child.stderr.on("data", (chunk) => {
  said += chunk
})
child.on("close", (code) => {
  if (code !== 0) console.error(said)
  process.exitCode = code ?? 1
})
