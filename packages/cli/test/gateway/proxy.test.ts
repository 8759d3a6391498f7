/**
 * A gateway behind a proxy (decision D26c): requests and refreshes go through it to an https
 * provider whose certificate the person trusts; a proxy that cannot be used is an error with a
 * cure.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { createServer as createHttp } from "node:http"
import { createSecureServer } from "node:http2"
import { connect, type Server } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted, run as runProcess } from "../clawdbot.ts"
import { runWhole as run } from "../commandLine.ts"
import { gateway, gatewayHere, writeState } from "./running.ts"

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

const listen = (server: Server) =>
  Effect.acquireRelease(
    Effect.async<number>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(portOf(server))))
    }),
    () => Effect.sync(() => server.close())
  )

/** A certificate of its own authority for `provider.example`; undefined without openssl. */
const certificate = (folder: string) => {
  try {
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
        ...["-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`],
        ...["-subj", "/CN=provider.example", "-addext", "subjectAltName=DNS:provider.example"]
      ],
      { stdio: "ignore" }
    )
    const [key, cert] = ["key.pem", "cert.pem"].map((name) => fs.readFileSync(`${folder}/${name}`))
    return { key, cert }
  } catch {
    return undefined
  }
}

/**
 * The provider over TLS, which would speak HTTP/2 as well: answers messages with the secret it was
 * asked with, and refreshes.
 */
const provider = (tls: NonNullable<ReturnType<typeof certificate>>, asked: Array<string>) =>
  listen(
    createSecureServer({ ...tls, allowHTTP1: true }, (request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
      request.resume()
      request.on("end", () => {
        response.setHeader("content-type", "application/json")
        response.end(
          request.url === "/v1/oauth/token"
            ? JSON.stringify({
                access_token: planted.setupToken,
                refresh_token: "sk-ant-ort01-next",
                expires_in: 28_800
              })
            : JSON.stringify({ id: "msg_1", type: "message", content: [], usage: {} })
        )
      })
    })
  )

const proxy = (target: number, asked: Array<string>) => {
  const server = createHttp()
  server.on("connect", (request, socket, head) => {
    asked.push(`${request.url}`)
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
    const onward = connect(target, "127.0.0.1")
    onward.write(head)
    onward.pipe(socket).pipe(onward)
    onward.on("error", () => socket.destroy())
    socket.on("error", () => onward.destroy())
  })
  return listen(server)
}

const message = (url: string, token: string) =>
  Effect.promise(() =>
    fetch(`${url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": token, "anthropic-version": "2023-06-01" },
      body: '{"model":"claude-opus-4-5","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}'
    })
  )

describe("a proxy", () => {
  it.scopedLive(
    "carries requests and refreshes, also where the state folder's .env names it",
    (context) =>
      Effect.gen(function* () {
        const folder = yield* home
        const tls = certificate(folder)
        if (tls === undefined) return context.skip("needs openssl")
        const [seen, tunnels]: [Array<string>, Array<string>] = [[], []]
        const port = yield* proxy(yield* provider(tls, seen), tunnels)
        writeState(folder, "https://provider.example", [])
        fs.writeFileSync(
          `${folder}/.clawdbot/clawdbot.json`,
          JSON.stringify({
            models: {
              providers: {
                anthropic: {
                  baseUrl: "https://provider.example",
                  oauth: { tokenUrl: "https://provider.example/v1/oauth/token" }
                }
              }
            }
          })
        )
        fs.writeFileSync(`${folder}/.clawdbot/.env`, `HTTPS_PROXY=127.0.0.1:${port}\n`)
        fs.writeFileSync(
          `${folder}/.clawdbot/agents/main/agent/auth-profiles.json`,
          JSON.stringify({
            version: 1,
            profiles: {
              "anthropic:login": {
                type: "oauth",
                provider: "anthropic",
                access: "sk-ant-oat01-ended",
                refresh: "sk-ant-ort01-first",
                expires: 1
              }
            }
          }),
          { mode: 0o600 }
        )
        const { token, url } = yield* gateway(folder, [], {
          NODE_EXTRA_CA_CERTS: `${folder}/cert.pem`
        })
        assert.strictEqual((yield* message(url, token)).status, 200)
        assert.deepStrictEqual(seen, [
          "POST /v1/oauth/token undefined",
          `POST /v1/messages Bearer ${planted.setupToken}`
        ])
        assert.deepStrictEqual([...new Set(tunnels)], ["provider.example:443"])
      })
  )

  it.scopedLive("that cannot be used: the gateway does not start, and what is said cures it", () =>
    Effect.gen(function* () {
      const folder = yield* home
      writeState(folder, "http://127.0.0.1:9", [planted.apiKey])
      const env = { HTTPS_PROXY: "ftp://me:s3cret@proxy.example" }
      const refused = yield* runProcess(folder, ["gateway", "--port", "0"], { env })
      assert.strictEqual(refused.status, 1)
      assert.match(refused.stderr, /^clawdbot: the proxy in HTTPS_PROXY cannot be used/m)
      assert.match(refused.stderr, /^fix: set HTTPS_PROXY to an address such as /m)
      const found = yield* run(folder, ["doctor"], { variables: env })
      assert.match(found.stdout, /problem: the proxy in HTTPS_PROXY cannot be used/)
      for (const said of [refused.stderr, found.stdout]) assert.notInclude(said, "s3cret")
      // The cures: an address, or none.
      yield* gatewayHere(folder, { variables: { HTTPS_PROXY: "http://proxy.example:8080" } })
      const { stdout } = yield* run(folder, ["doctor"])
      assert.notInclude(stdout, "HTTPS_PROXY")
    })
  )
})
