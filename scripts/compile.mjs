// Runs a bundled command once, in a home of its own, and keeps the code that V8 compiled for it:
// what every start needs, and no more.
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { Script } from "node:vm"

const file = resolve(process.argv[2])
const home = mkdtempSync(join(tmpdir(), "clawdbot-compile-"))
for (const name of Object.keys(process.env))
  if (/^(CLAWDBOT|CLAUDE|ANTHROPIC)_/.test(name)) delete process.env[name]
process.env.HOME = home
const agent = join(home, ".clawdbot/agents/main/agent")
mkdirSync(agent, { recursive: true, mode: 0o700 })
const profiles = {
  "anthropic:key": { type: "api_key", provider: "anthropic", key: "none" },
  "anthropic:token": {
    type: "token",
    provider: "anthropic",
    token: "none",
    expires: 4102444800000
  },
  "anthropic:login": {
    type: "oauth",
    provider: "anthropic",
    access: "none",
    refresh: "none",
    expires: 4102444800000
  }
}
writeFileSync(join(agent, "auth-profiles.json"), JSON.stringify({ version: 1, profiles }), {
  mode: 0o600
})
writeFileSync(join(home, ".clawdbot/clawdbot.json"), "{ agents: { defaults: {} } }\n", {
  mode: 0o600
})
process.chdir(home)
const script = new Script(readFileSync(file, "latin1"), { filename: file })
process.on("exit", () => {
  const compiled = file.replace(/cjs$/, "cache")
  writeFileSync(`${compiled}.new`, script.createCachedData())
  renameSync(`${compiled}.new`, compiled)
  rmSync(home, { recursive: true, force: true })
})
script
  .runInThisContext()(createRequire(import.meta.url), {})
  .main(["models", "status", "--json"])
