/**
 * Takes a build of the command through everything that leaves traces in its state folder: a gateway
 * whose provider refuses six of seven credentials, each in another way, then answers, and creates a
 * batch.
 */
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as http from "node:http"
import * as path from "node:path"

/** The profiles, those that are refused first. */
export const names = ["plan", "limited", "tokens", "ladder", "refused", "credit", "ok"]
export const ids = names.map((name) => `anthropic:${name}`)

const key = (name: string) => `sk-ant-api03-${name.padEnd(80, "x")}-AAAAAAAA`
const token = (name: string) => `sk-ant-oat01-${name.padEnd(80, "x")}-AAAAAAAA`

/** What a run of a command said. */
export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A build of the command on a home. */
export const command = (entry: string, home: string) => {
  const env = { PATH: process.env.PATH, HOME: home, TERM: "dumb", NO_COLOR: "1" }
  return {
    run: (...argv: ReadonlyArray<string>): Ran =>
      spawnSync(process.execPath, [entry, ...argv], { env, encoding: "utf8", timeout: 60_000 }),
    spawn: (...argv: ReadonlyArray<string>) =>
      spawn(process.execPath, [entry, ...argv], { env, stdio: ["ignore", "pipe", "pipe"] })
  }
}

const error = (type: string, message: string) =>
  JSON.stringify({ type: "error", error: { type, message }, request_id: "req_1" })
const slow = error("rate_limit_error", "slow down")

type Answer = readonly [status: number, headers: Record<string, string>, body: string]

const refusals = (now: number): Readonly<Record<string, Answer>> => {
  const inSeconds = (seconds: number) => String(Math.floor(now / 1000) + seconds)
  return {
    [key("limited")]: [429, { "retry-after": "3600" }, slow],
    [key("tokens")]: [
      429,
      {
        "retry-after": "1800",
        "anthropic-ratelimit-input-tokens-limit": "1000",
        "anthropic-ratelimit-input-tokens-remaining": "0",
        "anthropic-ratelimit-input-tokens-reset": new Date(now + 3_600_000).toISOString()
      },
      slow
    ],
    [key("ladder")]: [429, {}, slow],
    [key("refused")]: [401, {}, error("authentication_error", "invalid x-api-key")],
    [key("credit")]: [
      400,
      {},
      error("invalid_request_error", "Your credit balance is too low to access the Anthropic API.")
    ],
    [token("plan")]: [
      429,
      {
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-representative-claim": "seven_day_opus",
        "anthropic-ratelimit-unified-reset": inSeconds(7_200),
        "anthropic-ratelimit-unified-5h-utilization": "0.4",
        "anthropic-ratelimit-unified-5h-reset": inSeconds(3_600),
        "anthropic-ratelimit-unified-7d-utilization": "0.9",
        "anthropic-ratelimit-unified-7d-reset": inSeconds(86_400)
      },
      slow
    ]
  }
}

const batch = { id: "msgbatch_01First", type: "message_batch", processing_status: "in_progress" }
const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-opus-4-5",
  content: [{ type: "text", text: "hi" }],
  stop_reason: "end_turn",
  usage: { input_tokens: 5, output_tokens: 2 }
}

/** A provider; `close` ends it. */
const provider = async () => {
  const refused = refusals(Date.now())
  const server = http.createServer((request, response) => {
    request.resume().on("end", () => {
      const { authorization, "x-api-key": secret } = request.headers
      const sent = String(secret ?? authorization?.replace("Bearer ", ""))
      const good = request.url?.startsWith("/v1/messages/batches") === true ? batch : message
      const [status, headers, body] = refused[sent] ?? [200, {}, JSON.stringify(good)]
      response.writeHead(status, {
        "content-type": "application/json",
        "request-id": "req_1",
        ...headers
      })
      response.end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const port = typeof address === "object" ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}

const writeFile = (file: string, value: unknown): void => {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  fs.writeFileSync(file, JSON.stringify(value), { mode: 0o600 })
}

const write = (home: string, upstream: string): void => {
  writeFile(`${home}/.clawdbot/clawdbot.json`, {
    models: { providers: { anthropic: { baseUrl: upstream } } },
    gateway: { auth: { mode: "token", token: "client-token" } }
  })
  const profiles = Object.fromEntries(
    names.map((name) => [
      `anthropic:${name}`,
      name === "plan"
        ? { type: "token", provider: "anthropic", token: token(name), expires: 4_102_444_800_000 }
        : { type: "api_key", provider: "anthropic", key: key(name) }
    ])
  )
  writeFile(`${home}/.clawdbot/agents/main/agent/auth-profiles.json`, {
    version: 1,
    profiles,
    order: { anthropic: ids },
    usageStats: { "anthropic:ok": { lastUsed: 1_700_000_000_000 } }
  })
}

/** Leaves the traces of a build in a home. */
export const leaveTraces = async (entry: string, home: string): Promise<void> => {
  const upstream = await provider()
  write(home, upstream.url)
  const gateway = command(entry, home).spawn("gateway", "--port", "0")
  const ended = new Promise<void>((resolve) => gateway.on("exit", () => resolve()))
  try {
    let said = ""
    const url = await new Promise<string>((resolve, reject) => {
      const look = (chunk: Buffer): void => {
        said += chunk.toString()
        const found = /listen\w+ on (http\S+)/.exec(said)?.[1]
        if (found !== undefined) resolve(found)
      }
      gateway.stdout.on("data", look)
      gateway.stderr.on("data", look)
      gateway.on("exit", () => reject(new Error(`the gateway ended: ${said}`)))
      // real time: bounds a wait that is in vain.
      setTimeout(() => reject(new Error(`the gateway does not listen: ${said}`)), 30_000).unref()
    })
    const ask = async (where: string, body: unknown) => {
      const response = await fetch(url + where, {
        method: "POST",
        headers: {
          "x-api-key": "client-token",
          "content-type": "application/json",
          "anthropic-version": "2023-06-01"
        },
        body: JSON.stringify(body)
      })
      if (!response.ok) throw new Error(`${where}: ${response.status} ${await response.text()}`)
      await response.text()
    }
    const messages = [{ role: "user", content: "hi" }]
    await ask("/v1/messages", { model: "claude-opus-4-5", max_tokens: 8, messages })
    await ask("/v1/messages", { model: "claude-sonnet-4-5", max_tokens: 8, messages })
    await ask("/v1/messages/batches", { requests: [] })
  } finally {
    gateway.kill("SIGTERM")
    await ended
    upstream.close()
  }
}
