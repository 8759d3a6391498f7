// Many streams open at once through the bundled gateway, for a while. See scripts/soak.
// usage: node soak.mjs [--streams N] [--seconds N] → one JSON document
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { Agent, createServer, request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const argument = (name, preset) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? preset : Number(process.argv[at + 1])
}
const streams = argument("streams", 1_000)
const seconds = argument("seconds", 600)
const entry = fileURLToPath(new URL("../../packages/cli/dist/clawdbot.cjs", import.meta.url))
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const event = (type, data) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
const opening =
  event("message_start", {
    message: { id: "msg_soak", type: "message", role: "assistant", content: [], usage: {} }
  }) + event("content_block_start", { index: 0, content_block: { type: "text", text: "" } })
const closing = event("content_block_stop", { index: 0 }) + event("message_stop", {})

/** The provider: a numbered word each second on every stream. */
const open = new Map()
const upstream = createServer((asked, answer) => {
  asked.resume()
  asked.on("end", () => {
    answer.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_soak" })
    answer.write(opening)
    open.set(answer, 0)
  })
  answer.on("close", () => open.delete(answer))
})
await new Promise((resolve) => upstream.listen(0, "127.0.0.1", resolve))
const words = setInterval(() => {
  for (const [answer, number] of open) {
    answer.write(
      event("content_block_delta", { index: 0, delta: { type: "text_delta", text: `<${number}>` } })
    )
    open.set(answer, number + 1)
  }
}, 1_000)

const home = mkdtempSync(join(tmpdir(), "clawdbot-soak-"))
mkdirSync(join(home, ".clawdbot/agents/main/agent"), { recursive: true, mode: 0o700 })
writeFileSync(
  join(home, ".clawdbot/clawdbot.json"),
  JSON.stringify({
    models: { providers: { anthropic: { baseUrl: `http://127.0.0.1:${upstream.address().port}` } } }
  })
)
writeFileSync(
  join(home, ".clawdbot/agents/main/agent/auth-profiles.json"),
  JSON.stringify({
    version: 1,
    profiles: { "anthropic:soak": { type: "api_key", provider: "anthropic", key: "soak" } }
  }),
  { mode: 0o600 }
)
const gateway = spawn(process.execPath, [entry, "gateway", "--port", "0"], {
  cwd: home,
  env: { HOME: home, PATH: process.env.PATH },
  stdio: ["ignore", "pipe", "pipe"]
})
let said = ""
gateway.stdout.on("data", (chunk) => (said += chunk))
gateway.stderr.on("data", (chunk) => (said += chunk))
const found = async (pattern) => {
  for (let waited = 0; waited < 300 && gateway.exitCode === null; waited++) {
    const match = pattern.exec(said)
    if (match !== null && said.includes("Ctrl-C")) return match[1]
    await sleep(100)
  }
  throw new Error(`the gateway did not start: ${said}`)
}

/** Resident memory in MB. */
const rss = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, "utf8"))?.[1] ?? 0) /
  1024

let failed = 1
try {
  const url = new URL(await found(/listening on (\S+)/))
  const { client: token } = JSON.parse(
    readFileSync(`${home}/.clawdbot/gateway-tokens.json`, "utf8")
  )
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
  const body = JSON.stringify({
    model: "claude-opus-4-5",
    max_tokens: 9,
    stream: true,
    messages: []
  })
  /** Whether a stream came whole: every word in its order, and its end. */
  const listen = () =>
    new Promise((resolve) => {
      let next = 0
      let tail = ""
      let ordered = true
      const asked = request(
        {
          host: url.hostname,
          port: url.port,
          path: "/v1/messages",
          method: "POST",
          agent,
          headers: { "x-api-key": token }
        },
        (answer) => {
          answer.setEncoding("utf8")
          answer.on("data", (text) => {
            tail = (tail + text).slice(-4_096)
            for (const [, number] of text.matchAll(/<(\d+)>/g))
              ordered = ordered && Number(number) === next++
          })
          answer.on("end", () =>
            resolve(ordered && next > 0 && tail.includes("event: message_stop"))
          )
          answer.on("error", () => resolve(false))
        }
      )
      asked.on("error", () => resolve(false))
      asked.end(body)
    })
  const whole = Array.from({ length: streams }, listen)
  for (let waited = 0; open.size < streams && waited < 600; waited++) await sleep(100)
  const opened = open.size
  const samples = []
  for (let passed = 0; passed < 20; passed++) {
    await sleep((seconds * 1_000) / 20)
    samples.push(rss())
  }
  const stillOpen = open.size
  clearInterval(words)
  for (const answer of open.keys()) answer.end(closing)
  const came = (await Promise.all(whole)).filter(Boolean).length
  const mean = (list) => Math.round(list.reduce((sum, one) => sum + one, 0) / list.length)
  // The first quarter is warming up; after it memory must stay where it is, give or take what a
  // collection leaves.
  const [before, after] = [mean(samples.slice(5, 10)), mean(samples.slice(15))]
  const result = {
    streams,
    seconds,
    opened,
    lost: streams - came,
    closedEarly: opened - stillOpen,
    rssMb: { before, after, most: Math.round(Math.max(...samples)) }
  }
  console.log(JSON.stringify(result))
  failed =
    result.lost > 0 || result.closedEarly > 0 || after > before * 1.1 + 8 || result.rssMb.most > 250
      ? 1
      : 0
} finally {
  clearInterval(words)
  gateway.kill("SIGTERM")
  await new Promise((resolve) =>
    gateway.exitCode === null ? gateway.on("exit", resolve) : resolve()
  )
  upstream.closeAllConnections()
  upstream.close()
  rmSync(home, { recursive: true, force: true })
}
process.exitCode = failed
