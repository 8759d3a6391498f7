// Runs a bundled command in a home of its own and keeps the code that V8 compiled for it: what
// every start of that kind needs, and no more. usage: compile.mjs SCRIPT KIND COMPILED, a kind of
// `packages/cli/src/start/kinds.ts` and the file to keep it in
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { Script } from "node:vm"

const file = resolve(process.argv[2])
const kind = process.argv[3]
const compiled = resolve(process.argv[4])
const home = mkdtempSync(join(tmpdir(), "clawdbot-compile-"))
for (const name of Object.keys(process.env))
  if (/^(CLAWDBOT|CLAUDE|ANTHROPIC)_/.test(name)) delete process.env[name]
process.env.HOME = home
const state = join(home, ".clawdbot")
const agent = join(state, "agents/main/agent")
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
const writeConfig = (text) =>
  writeFileSync(join(state, "clawdbot.json"), `${text}\n`, { mode: 0o600 })
writeConfig("{ agents: { defaults: {} } }")
process.chdir(home)
const script = new Script(readFileSync(file, "latin1"), { filename: file })
process.on("exit", () => {
  writeFileSync(`${compiled}.new`, script.createCachedData())
  renameSync(`${compiled}.new`, compiled)
  rmSync(home, { recursive: true, force: true })
})
const run = (argv) =>
  script
    .runInThisContext()(createRequire(import.meta.url), {})
    .main(argv)
/** Resolves once nothing is left to do. */
const idle = () => new Promise((done) => process.once("beforeExit", done))

/** A gateway that answers for a token on its socket. */
const answering = async () => {
  const issued = {
    version: 1,
    agent: "main",
    provider: "anthropic",
    profile: "anthropic:key",
    kind: "api_key",
    token: "none",
    headers: { "x-api-key": "none" },
    baseUrl: "https://api.anthropic.com"
  }
  const server = createServer((asked, answer) => {
    asked.resume()
    answer.end(JSON.stringify(issued))
    server.close()
    server.closeAllConnections()
  })
  mkdirSync(join(state, "run"), { recursive: true, mode: 0o700 })
  await new Promise((done) => server.listen(join(state, "run/gateway.sock"), done))
}

/** One answer of a provider to a request through the gateway that runs in this process. */
const throughGateway = async () => {
  const provider = createServer((asked, answer) => {
    asked.resume()
    answer.setHeader("content-type", "application/json")
    answer.end(JSON.stringify({ type: "message", content: [], usage: {} }))
  })
  await new Promise((done) => provider.listen(0, "127.0.0.1", done))
  const baseUrl = `http://127.0.0.1:${provider.address().port}`
  writeConfig(`{ models: { providers: { anthropic: { baseUrl: "${baseUrl}" } } } }`)
  let said = ""
  const listening = new Promise((done) => {
    process.stdout.write = (text) => {
      said += text
      if (said.includes("Ctrl-C")) done()
      return true
    }
  })
  run(["gateway", "--port", "0"])
  await listening
  const { client } = JSON.parse(readFileSync(join(state, "gateway-tokens.json"), "utf8"))
  const [at] = /http:\/\/127\.0\.0\.1:\d+/.exec(said)
  const answer = await fetch(`${at}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": client, "content-type": "application/json" },
    body: JSON.stringify({ model: "claude-opus-4-5", max_tokens: 1, messages: [] })
  })
  if (answer.status !== 200) throw new Error(`the gateway answered ${answer.status}`)
  await answer.text()
  provider.close()
  provider.closeAllConnections()
  process.kill(process.pid, "SIGTERM")
}

if (kind === "gateway") await throughGateway()
else {
  run(["models", "status", "--json"])
  await idle()
  run(["models", "auth", "print-token"])
  await idle()
  await answering()
  run(["models", "auth", "print-token"])
}
