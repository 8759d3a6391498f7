// The Effect language service over every package's sources: floating effects, wrong tag keys, global clocks and randomness.
import { spawn } from "node:child_process"

const packages = ["domain", "node", "http", "testing", "cli"]
const check = (name) =>
  new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ["node_modules/@effect/language-service/cli.js", "diagnostics", "--project", `packages/${name}/tsconfig.src.json`, "--strict"],
      { stdio: ["ignore", "pipe", "pipe"] }
    )
    let said = ""
    child.stdout.on("data", (chunk) => (said += chunk))
    child.stderr.on("data", (chunk) => (said += chunk))
    child.on("close", (code) => resolve({ name, code, said }))
  })

const queue = [...packages]
let failed = false
await Promise.all(
  Array.from({ length: 2 }, async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const result = await check(name)
      if (result.code !== 0) {
        failed = true
        console.error(result.said)
      }
    }
  })
)
process.exitCode = failed ? 1 : 0
