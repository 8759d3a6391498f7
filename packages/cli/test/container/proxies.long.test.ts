/**
 * The gateway behind nginx and Caddy with the files of `deploy/`: an event of a stream arrives
 * before the next one is sent, the proxy's name is admitted and no other, and nothing but the
 * clients' paths is passed on.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { createServer, type ServerResponse } from "node:http"
import { request } from "node:https"
import { createServer as createTcp } from "node:net"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted } from "../clawdbot.ts"
import { eventually } from "../eventually.ts"
import { gateway } from "../gateway/running.ts"

const project = fileURLToPath(new URL("../../../../", import.meta.url))
const name = "claude.example.com"
const token = "planted-token-of-a-team"

const listen = (server: ReturnType<typeof createTcp>) =>
  Effect.async<number>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

/** A port that nothing listens on. */
const freePort = Effect.suspend(() => {
  const server = createTcp()
  return Effect.tap(listen(server), () => Effect.sync(() => server.close()))
})

/** A provider whose streams go on only when the test says so. */
const provider = Effect.acquireRelease(
  Effect.suspend(() => {
    const open: Array<ServerResponse> = []
    const bodies: Array<number> = []
    const server = createServer((message, response) => {
      let bytes = 0
      message.on("data", (chunk: Buffer) => {
        bytes += chunk.length
      })
      message.on("end", () => {
        bodies.push(bytes)
        if (message.url !== "/v1/messages") {
          response.writeHead(200, { "content-type": "application/json" })
          return response.end(`{"id":"file_1","type":"file"}`)
        }
        response.writeHead(200, { "content-type": "text/event-stream" })
        return open.push(response)
      })
    })
    return Effect.map(listen(server), (port) => ({ server, open, bodies, port }))
  }),
  ({ server }) =>
    Effect.sync(() => {
      server.closeAllConnections()
      server.close()
    })
)

const event = (type: string, data: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
const beginning =
  event("message_start", {
    message: { id: "msg_1", type: "message", role: "assistant", content: [], usage: {} }
  }) + event("content_block_start", { index: 0, content_block: { type: "text", text: "" } })
const delta = (text: string) =>
  event("content_block_delta", { index: 0, delta: { type: "text_delta", text } })
const end = event("content_block_stop", { index: 0 }) + event("message_stop", {})

/** A proxy: how its file is put to work on this machine. */
interface Proxy {
  readonly version: ReadonlyArray<string>
  /** Writes what it needs into a folder; gives the command line that runs it. */
  readonly prepare: (folder: string, port: number, gateway: string) => ReadonlyArray<string>
}

/** Changes a text in every given place; each has to be there. */
const changed = (text: string, changes: Readonly<Record<string, string>>): string =>
  Object.entries(changes).reduce((so, [from, to]) => {
    assert.include(so, from)
    return so.replaceAll(from, to)
  }, text)

const textOf = (file: string) => fs.readFileSync(`${project}/deploy/${file}`, "utf8")

const proxies: Readonly<Record<string, Proxy>> = {
  nginx: {
    version: ["nginx", "-v"],
    prepare: (folder, port, upstream) => {
      const server = changed(textOf("nginx.conf"), {
        "gateway:18789": upstream,
        "listen 443 ssl": `listen 127.0.0.1:${port} ssl`,
        "/etc/nginx/tls/fullchain.pem": `${folder}/cert.pem`,
        "/etc/nginx/tls/privkey.pem": `${folder}/key.pem`
      })
      const scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map((of) => `${of}_temp_path ${folder}/${of};`)
        .join(" ")
      const main = `daemon off; pid ${folder}/pid; events {}`
      fs.writeFileSync(
        `${folder}/nginx.conf`,
        `${main}\nhttp { access_log off; ${scratch}\n${server}\n}\n`
      )
      return ["nginx", "-e", "stderr", "-p", folder, "-c", `${folder}/nginx.conf`]
    }
  },
  Caddy: {
    version: ["caddy", "version"],
    prepare: (folder, port, upstream) => {
      const site = changed(textOf("Caddyfile"), {
        "gateway:18789": upstream,
        [`\n${name} {`]:
          `\n:${port} {\n\tbind 127.0.0.1\n` + `\ttls ${folder}/cert.pem ${folder}/key.pem`
      })
      fs.writeFileSync(`${folder}/Caddyfile`, `{\n\tadmin off\n\tauto_https off\n}\n${site}`)
      return ["caddy", "run", "--adapter", "caddyfile", "--config", `${folder}/Caddyfile`]
    }
  }
}

const certificate = (folder: string) =>
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
      ...["-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`],
      ...["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`]
    ],
    { stdio: "ignore" }
  )

/** Runs it until the end of the scope. */
const running = (command: ReadonlyArray<string>, folder: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const [program = "", ...args] = command
      const env = { PATH: process.env.PATH, HOME: folder }
      const child = spawn(program, args, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] })
      let said = ""
      child.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString()
      })
      return { child, said: () => said }
    }),
    ({ child }) =>
      Effect.async<void>((resume) => {
        if (child.exitCode !== null) return resume(Effect.void)
        child.once("exit", () => resume(Effect.void))
        child.kill("SIGTERM")
      })
  )

/** What a client of the proxy got so far. */
interface Got {
  status: number | undefined
  text: string
  isEnded: boolean
  error: string | undefined
}

const send = (
  folder: string,
  port: number,
  options: {
    readonly path?: string
    readonly host?: string
    readonly body?: string | Buffer
    readonly method?: string
  }
): Got => {
  const got: Got = { status: undefined, text: "", isEnded: false, error: undefined }
  const sent = request(
    {
      host: "127.0.0.1",
      port,
      path: options.path ?? "/v1/messages",
      method: options.method ?? "POST",
      servername: name,
      ca: fs.readFileSync(`${folder}/cert.pem`),
      agent: false,
      headers: {
        host: options.host ?? name,
        "x-api-key": token,
        "anthropic-version": "2023-06-01"
      }
    },
    (response) => {
      got.status = response.statusCode
      response.on("data", (chunk: Buffer) => {
        got.text += chunk.toString()
      })
      response.on("end", () => {
        got.isEnded = true
      })
    }
  )
  sent.on("error", ({ message }) => {
    got.error = message
  })
  sent.end(options.body)
  return got
}

const message = JSON.stringify({
  model: "claude-opus-4-5",
  max_tokens: 9,
  stream: true,
  messages: [{ role: "user", content: "hi" }]
})

describe("a gateway behind a proxy", () => {
  for (const [title, proxy] of Object.entries(proxies)) {
    it.scopedLive(
      `${title}: streams unbuffered, its name admitted and no other, the control plane inside`,
      (context) =>
        Effect.gen(function* () {
          const [program = "", ...args] = proxy.version
          if (spawnSync(program, args).status !== 0) return context.skip(`needs ${program}`)
          const folder = yield* home
          certificate(folder)
          const upstream = yield* provider
          fs.mkdirSync(`${folder}/.clawdbot`)
          fs.writeFileSync(
            `${folder}/.clawdbot/clawdbot.json`,
            JSON.stringify({
              models: {
                providers: { anthropic: { baseUrl: `http://127.0.0.1:${upstream.port}` } }
              },
              gateway: { hosts: [name] }
            })
          )
          const started = yield* gateway(folder, [], {
            CLAWDBOT_GATEWAY_TOKEN: token,
            ANTHROPIC_API_KEY: planted.apiKey
          })
          const port = yield* freePort
          const command = proxy.prepare(folder, port, started.url.replace("http://", ""))
          const { said } = yield* running(command, folder)
          const answered = (options: Parameters<typeof send>[2]) =>
            Effect.suspend(() => {
              const got = send(folder, port, options)
              return Effect.as(
                eventually(() => got.isEnded || got.error !== undefined),
                got
              )
            })
          const isUp = Effect.map(
            answered({ path: "/healthz", method: "GET" }),
            ({ status }) => status === 200
          )
          for (let looks = 0; looks < 200 && !(yield* isUp); looks++)
            // real time: a look at another process, repeated until it listens.
            yield* Effect.sleep(50)

          // Each event is awaited before the provider sends the next one.
          const stream = send(folder, port, { body: message })
          yield* eventually(() => upstream.open.length === 1)
          const [response] = upstream.open
          response?.write(beginning)
          yield* eventually(() => stream.text.endsWith(beginning))
          for (const word of ["one", "two", "three"]) {
            response?.write(delta(word))
            yield* eventually(() => stream.text.endsWith(delta(word)))
          }
          response?.end(end)
          yield* eventually(() => stream.isEnded)
          assert.strictEqual(
            stream.text,
            `${beginning}${delta("one")}${delta("two")}${delta("three")}${end}`,
            said()
          )

          // More than any other route takes, and more than such proxies take by default.
          const file = Buffer.alloc(40 * 1024 * 1024, "x")
          const uploaded = yield* answered({ path: "/v1/files", body: file })
          assert.strictEqual(uploaded.status, 200, `${uploaded.text}${said()}`)
          assert.strictEqual(upstream.bodies.at(-1), file.length)

          // A name that leads here and is not the gateway's.
          const refused = yield* answered({ host: "evil.example", body: message })
          assert.strictEqual(refused.status, 403, refused.text)
          assert.include(refused.text, "evil.example")
          assert.include(refused.text, "gateway.hosts")

          for (const path of ["/clawdbot/status", "/clawdbot/", "/metrics", "/readyz"]) {
            const inside = yield* answered({ path, method: "GET" })
            assert.strictEqual(inside.status, 404, path)
          }
          assert.strictEqual(upstream.bodies.length, 2)
        }),
      90_000
    )
  }
})
