// One client with a valid token that does what it likes, beside one that works. See scripts/soak.
// --unread adds streams that are never read, whose chunks the C library keeps (docs/guarantees.md).
// --interleave stops the hostile client for 5 s after each 20 s, and compares with what the other
// one takes meanwhile: on a machine that others use, that is at the same load.
// usage: node hostile.mjs [--seconds N] [--after N] [--unread] [--interleave] → one JSON document;
// exit 1 when a promise is broken
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { Agent, createServer, request } from "node:http"
import { connect } from "node:net"
import { setPriority, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const self = fileURLToPath(import.meta.url)
const entry = fileURLToPath(new URL("../../packages/cli/dist/clawdbot.cjs", import.meta.url))
const [mode, ...rest] = process.argv.slice(2)
const argument = (name, preset) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? preset : Number(process.argv[at + 1])
}
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** The provider: answers at once; a stream goes on for as long as it is read. */
const upstream = () => {
  const event = (type, data) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
  const word = event("content_block_delta", {
    index: 0,
    delta: { type: "text_delta", text: "lorem ipsum ".repeat(80) }
  })
  const usage = { input_tokens: 3, output_tokens: 2 }
  const message = JSON.stringify({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5",
    content: [{ type: "text", text: "hi" }],
    stop_reason: "end_turn",
    usage
  })
  const server = createServer((asked, answer) => {
    let isStream = false
    asked.once("data", (chunk) => {
      isStream = chunk.subarray(0, 200).includes('"stream":true')
    })
    asked.resume()
    asked.on("end", () => {
      if (!isStream) {
        answer.writeHead(200, { "content-type": "application/json", "request-id": "req_1" })
        return answer.end(message)
      }
      answer.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_1" })
      answer.write(event("message_start", { message: { id: "msg_1", usage } }))
      answer.write(event("content_block_start", { index: 0, content_block: { type: "text" } }))
      // A bit at a time: the provider is not what is measured.
      const more = () => {
        if (answer.destroyed) return
        if (answer.write(word)) setImmediate(more)
        else answer.once("drain", more)
      }
      more()
    })
    answer.on("error", () => answer.destroy())
  })
  server.listen(0, "127.0.0.1", () => console.log(server.address().port))
  process.on("SIGTERM", () => process.exit())
}

/** The hostile client. Its parts run beside one another until the process is ended. */
const hostile = (port, token, unread) => {
  // It is another machine's: what it costs to be hostile is not the gateway's business.
  setPriority(19)
  process.on("uncaughtException", () => undefined)
  const counts = {}
  const count = (what) => (counts[what] = (counts[what] ?? 0) + 1)
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const ask = (part, { body = "{}", headers = {}, path = "/v1/messages", own = agent } = {}) =>
    new Promise((resolve) => {
      const asked = request(
        {
          host: "127.0.0.1",
          port,
          path,
          method: "POST",
          agent: own,
          headers: {
            "x-api-key": token,
            "anthropic-version": "2023-06-01",
            "content-length": Buffer.byteLength(body),
            ...headers
          }
        },
        (answer) => {
          count(`${part} ${answer.statusCode}`)
          answer.resume()
          answer.on("end", resolve)
          answer.on("error", resolve)
        }
      )
      asked.on("error", (error) => {
        count(`${part} ${error.code}`)
        setTimeout(resolve, 50)
      })
      asked.end(body)
    })
  const forever = (parallel, part) => {
    for (let index = 0; index < parallel; index++)
      (async () => {
        for (let round = 0; ; round++) await part(round * parallel + index)
      })()
  }
  const small = (model) => JSON.stringify({ model, max_tokens: 1, messages: [] })

  // Names of 30 MB: more of them at once than one client may hold.
  const name = Buffer.alloc(30_000_000, "m")
  const [begin, end] = ['{"model":"', '","max_tokens":1,"messages":[]}']
  forever(10, (number) => {
    const body = Buffer.concat([Buffer.from(begin), name, Buffer.from(`${number}${end}`)])
    return ask("names", { body })
  })

  // Bodies in chunks of one byte.
  const bytes = Buffer.from("1\r\nx\r\n".repeat(10_000))
  const head =
    `POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${token}\r\n` +
    "anthropic-version: 2023-06-01\r\ntransfer-encoding: chunked\r\n\r\n"
  forever(
    10,
    () =>
      new Promise((resolve) => {
        const socket = connect(port, "127.0.0.1")
        let sent = 0
        const more = () => {
          while (sent++ < 100) if (!socket.write(bytes)) return socket.once("drain", more)
          socket.write("0\r\n\r\n")
        }
        socket.on("connect", () => {
          socket.write(`${head}`)
          more()
        })
        socket.on("data", (chunk) => {
          count(`one byte ${chunk.toString("latin1", 9, 12)}`)
          socket.destroy()
        })
        socket.on("error", () => undefined)
        socket.on("close", () => setTimeout(resolve, 20))
      })
  )

  // Ten thousand conversations, agents and models that nobody heard of, paths without end.
  forever(8, (number) =>
    ask("conversations", {
      body: JSON.stringify({
        ...JSON.parse(small(`model-${number}`)),
        metadata: { user_id: `u${number}` }
      }),
      headers: {
        ...(number % 2 === 0
          ? { "x-clawdbot-session": `${number % 10_000}${"s".repeat(4_000)}` }
          : {}),
        ...(number % 50 === 0 ? { "x-clawdbot-agent": `agent-${number}` } : {}),
        "anthropic-beta": `beta-${number}-${"b".repeat(1_000)}`,
        [`x-name-${number}`]: "x"
      },
      path: number % 10 === 0 ? `/v1/${"p".repeat(4_000)}${number}` : "/v1/messages"
    })
  )

  // Two thousand connections: with a request now and then, and with none at all.
  const many = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  for (let index = 0; index < 1_000; index++)
    (async () => {
      await sleep(index * 5)
      for (;;) {
        await ask("connections", { body: small("claude-sonnet-4-5"), own: many })
        await sleep(2_000 + Math.random() * 6_000)
      }
    })()
  for (let index = 0; index < 1_000; index++)
    (async () => {
      await sleep(index * 5)
      for (;;)
        await new Promise((resolve) => {
          const socket = connect(port, "127.0.0.1")
          if (index % 2 === 0) socket.write("POST /v1/messages HTTP/1.1\r\nhost: lo")
          socket.on("error", () => undefined)
          socket.on("close", () => setTimeout(resolve, 1_000 + Math.random() * 4_000))
        })
    })()

  // Streams that are asked for and never read, and many requests in one go.
  for (let index = 0; index < (unread ? 100 : 0); index++)
    (async () => {
      await sleep(index * 20)
      for (;;)
        await new Promise((resolve) => {
          const body = JSON.stringify({ stream: true, model: "claude-sonnet-4-5", messages: [] })
          const socket = connect(port, "127.0.0.1", () => {
            socket.write(
              `${head.replace("transfer-encoding: chunked", `content-length: ${body.length}`)}${body}`
            )
            socket.pause()
          })
          socket.on("error", () => undefined)
          socket.on("close", () => setTimeout(resolve, 1_000))
          setTimeout(() => socket.destroy(), 5_000 + Math.random() * 10_000)
        })
    })()
  const piped = `${head.replace("transfer-encoding: chunked", "content-length: 2")}{}`.repeat(200)
  forever(
    2,
    () =>
      new Promise((resolve) => {
        const socket = connect(port, "127.0.0.1", () => socket.write(piped))
        let answers = 0
        socket.on("data", (chunk) => {
          answers += (chunk.toString("latin1").match(/HTTP\/1\.1 /g) ?? []).length
          if (answers >= 200) socket.destroy()
        })
        socket.on("error", () => undefined)
        socket.on("close", () => {
          count("in one go")
          setTimeout(resolve, 100)
        })
      })
  )
  process.on("SIGTERM", () => {
    console.log(JSON.stringify(counts))
    process.exit()
  })
}

/** What is measured goes before whatever else the machine does, as far as that may be asked for. */
const first = (pid) => {
  try {
    setPriority(pid, -10)
  } catch {
    // Only root may.
  }
}

const promises = async () => {
  first(process.pid)
  const seconds = argument("seconds", 600)
  const after = argument("after", 60)
  const aloneSeconds = Math.min(20, Math.max(5, seconds / 5))
  const children = []
  const start = (argv, options = {}) => {
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"], ...options })
    let said = ""
    child.stdout.on("data", (chunk) => (said += chunk))
    child.stderr.on("data", (chunk) => (said += chunk))
    child.said = () => said
    children.push(child)
    if (!argv.includes("client")) first(child.pid)
    return child
  }
  const found = async (child, pattern) => {
    for (let waited = 0; waited < 300; waited++) {
      const match = pattern.exec(child.said())
      if (match !== null) return match[1]
      if (child.exitCode !== null) break
      await sleep(100)
    }
    throw new Error(`it did not start: ${child.said()}`)
  }
  const home = mkdtempSync(join(tmpdir(), "clawdbot-hostile-"))
  const env = { HOME: home, PATH: process.env.PATH }
  try {
    const provider = start([self, "upstream"])
    const to = await found(provider, /^(\d+)$/m)
    mkdirSync(join(home, ".clawdbot/agents/main/agent"), { recursive: true, mode: 0o700 })
    writeFileSync(
      join(home, ".clawdbot/clawdbot.json"),
      JSON.stringify({
        models: { providers: { anthropic: { baseUrl: `http://127.0.0.1:${to}` } } }
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
    const gateway = start([entry, "gateway", "--port", "0"], { cwd: home, env })
    const url = new URL(await found(gateway, /listening on (\S+)[\s\S]*Ctrl-C/))
    const tokenOf = async (name) => {
      const made = start([entry, "gateway", "token", "add", name], { cwd: home, env })
      return found(made, /(cbt_\S+)/)
    }
    const [mine, theirs] = [await tokenOf("worker"), await tokenOf("hostile")]
    await sleep(1_500)

    /** Resident memory in MB. */
    const rss = () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, "utf8"))?.[1] ?? 0) /
      1024
    const agent = new Agent({ keepAlive: true, maxSockets: 4 })
    const body = JSON.stringify({ model: "claude-opus-4-5", max_tokens: 9, messages: [] })
    const refused = []
    /** How long one request of the worker took, in ms. */
    const work = () =>
      new Promise((resolve) => {
        const begun = performance.now()
        const end = (what) => {
          if (what !== 200) refused.push(what)
          resolve(performance.now() - begun)
        }
        const asked = request(
          {
            host: url.hostname,
            port: url.port,
            path: "/v1/messages",
            method: "POST",
            agent,
            headers: { "x-api-key": mine, "anthropic-version": "2023-06-01" }
          },
          (answer) => {
            answer.resume()
            answer.on("end", () => end(answer.statusCode))
            answer.on("error", (error) => end(error.code))
          }
        )
        asked.on("error", (error) => end(error.code))
        asked.end(body)
      })
    const samples = []
    /** Works for a while, a request each 20 ms; gives how long each took. */
    const worked = async (forSeconds) => {
      const times = []
      const end = performance.now() + forSeconds * 1_000
      for (let next = performance.now(); next < end; next += 20) {
        await sleep(Math.max(0, next - performance.now()))
        times.push(await work())
        if (times.length % 50 === 0) samples.push(rss())
      }
      return times.sort((one, other) => one - other)
    }
    const at = (times, part) => times[Math.min(times.length - 1, Math.floor(times.length * part))]
    const figures = (times) => ({
      requests: times.length,
      p50: Number(at(times, 0.5).toFixed(2)),
      p99: Number(at(times, 0.99).toFixed(2)),
      most: Number(at(times, 1).toFixed(2))
    })
    await worked(10)
    const alone = await worked(aloneSeconds)
    const before = rss()
    samples.length = 0
    const client = start([self, "client", url.port, theirs, ...process.argv.slice(2)])
    const beside = []
    const between = []
    const isInterleaved = process.argv.includes("--interleave")
    const roundSeconds = isInterleaved ? 20 : seconds
    for (let done = 0; done < seconds; done += roundSeconds) {
      beside.push(...(await worked(Math.min(roundSeconds, seconds - done))))
      if (!isInterleaved) continue
      client.kill("SIGSTOP")
      await worked(1)
      between.push(...(await worked(4)))
      client.kill("SIGCONT")
    }
    beside.sort((one, other) => one - other)
    between.sort((one, other) => one - other)
    const most = Math.max(...samples)
    client.kill("SIGTERM")
    await new Promise((resolve) => client.on("exit", resolve))
    // Alone is before and after: on a machine that others use, neither says enough by itself.
    const aloneAgain = await worked(after)
    const later = rss()
    alone.push(...aloneAgain)
    alone.sort((one, other) => one - other)
    const result = {
      seconds,
      alone: figures(alone),
      ...(isInterleaved ? { between: figures(between) } : {}),
      beside: figures(beside),
      refused: refused.length,
      refusals: [...new Set(refused)],
      rssMb: { before: Math.round(before), most: Math.round(most), after: Math.round(later) },
      hostile: JSON.parse(/^\{.*\}$/m.exec(client.said())?.[0] ?? "{}"),
      ended: gateway.exitCode
    }
    console.log(JSON.stringify(result))
    const compared = isInterleaved ? between : alone
    const broken = [
      ["a request of the worker was refused", refused.length > 0],
      ["the worker's p99 is 5 times what it is alone", at(beside, 0.99) >= 5 * at(compared, 0.99)],
      ["more than 512 + 200 MB are held", most > 712],
      ["50 MB are still held afterwards", later > before + 50],
      ["the gateway ended", gateway.exitCode !== null]
    ].filter(([, is]) => is)
    for (const [what] of broken) console.error(`broken: ${what}`)
    return broken.length === 0 ? 0 : 1
  } finally {
    for (const child of children) if (child.exitCode === null) child.kill("SIGTERM")
    await Promise.all(
      children.map((child) =>
        child.exitCode === null && child.signalCode === null
          ? new Promise((resolve) => child.on("exit", resolve))
          : undefined
      )
    )
    rmSync(home, { recursive: true, force: true })
  }
}

if (mode === "upstream") upstream()
else if (mode === "client") hostile(Number(rest[0]), rest[1], rest.includes("--unread"))
else process.exitCode = await promises()
