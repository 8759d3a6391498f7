/** Gateways of the built command over one store, and a provider that knows all granted tokens. */
import { execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs/promises"
import * as http from "node:http"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { defined } from "@clawdbot/domain/Document/defined"
import type { ScriptedTokenEndpoint } from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import * as Effect from "effect/Effect"
import { key, temporaryFolder } from "./workers.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const command = path.join(root, "packages/cli/dist/clawdbot.cjs")

/** Bundles the command as it is now. */
export const bundleCommand = (): void => {
  execFileSync(process.execPath, ["scripts/bundle.mjs"], { cwd: root, stdio: "pipe" })
}

/** A provider on loopback; `served` counts requests that came with a token it knows. */
export interface Provider {
  readonly url: string
  readonly served: () => number
  readonly refused: () => number
}

const answer = JSON.stringify({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-opus-4-5",
  content: [{ type: "text", text: "ok" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1 }
})

const refusal = JSON.stringify({
  type: "error",
  error: { type: "authentication_error", message: "invalid bearer token" }
})

/**
 * One that takes each access token that the endpoint has granted for as long as no token was used
 * twice: as at the real one, a new access token does not end the one before.
 */
export const makeProvider = ({ families }: ScriptedTokenEndpoint) =>
  Effect.acquireRelease(
    Effect.async<Provider & { readonly close: () => void }>((resume) => {
      const counted = { served: 0, refused: 0 }
      const server = http.createServer((request, response) => {
        request.resume()
        request.on("end", () => {
          const isKnown =
            /^Bearer sk-ant-oat01-\d+-\d+-x+$/.test(request.headers.authorization ?? "") &&
            families.counters().revokedFamilies === 0
          counted[isKnown ? "served" : "refused"] += 1
          response.writeHead(isKnown ? 200 : 401, { "content-type": "application/json" })
          response.end(isKnown ? answer : refusal)
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(
          Effect.succeed({
            url: `http://127.0.0.1:${port}`,
            served: () => counted.served,
            refused: () => counted.refused,
            close: () => {
              server.closeAllConnections()
              server.close()
            }
          })
        )
      })
    }),
    ({ close }) => Effect.sync(close)
  )

/** Where a host of the fleet finds its store and the provider. */
export interface HostOptions {
  readonly storeUrl: string | undefined
  readonly schema: string
  readonly tokenUrl: string
  readonly upstream: string
}

/** A host with its config, and the environment of the command there. */
export const makeHost = ({ schema, storeUrl = "", tokenUrl, upstream }: HostOptions) =>
  Effect.gen(function* () {
    const home = yield* temporaryFolder
    const config = {
      models: { providers: { anthropic: { baseUrl: upstream, oauth: { tokenUrl } } } },
      store: { type: "postgres", schema }
    }
    yield* Effect.promise(async () => {
      await fs.mkdir(`${home}/.clawdbot`, { mode: 0o700 })
      await fs.writeFile(`${home}/.clawdbot/clawdbot.json`, JSON.stringify(config))
    })
    const env = {
      PATH: process.env.PATH ?? "",
      TERM: "dumb",
      HOME: home,
      CLAWDBOT_STORE_URL: storeUrl,
      CLAWDBOT_STORE_KEY: key
    }
    const start = (argv: ReadonlyArray<string>) =>
      spawn(process.execPath, [command, ...argv], {
        cwd: home,
        env,
        stdio: ["ignore", "pipe", "pipe"]
      })
    return { start }
  })

type Host = Effect.Effect.Success<ReturnType<typeof makeHost>>

/** What a command of a host prints, and its exit status. */
export const run = ({ start }: Host, argv: ReadonlyArray<string>) =>
  Effect.async<{ readonly status: number | null; readonly text: string }>((resume) => {
    const child = start(argv)
    let text = ""
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()))
    child.once("close", (status) => resume(Effect.succeed({ status, text })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/**
 * A gateway of the built command; `ask` gives the status of one request, 0 where none came, and
 * `ready` what `/readyz` responds.
 */
export interface Gateway {
  readonly ask: (conversation?: string) => Promise<number>
  readonly ready: () => Promise<{ readonly status: number; readonly store: unknown }>
  readonly text: () => string
}

const body = JSON.stringify({
  model: "claude-opus-4-5",
  max_tokens: 8,
  messages: [{ role: "user", content: "hi" }]
})

/** Starts a gateway and waits until it listens; it ends with the scope. */
export const startGateway = ({ start }: Host) =>
  Effect.acquireRelease(
    Effect.async<Gateway & { readonly child: ReturnType<Host["start"]> }>((resume) => {
      const child = start(["gateway", "--port", "0", "--print-token"])
      let text = ""
      const look = (chunk: Buffer) => {
        text += chunk.toString()
        const url = /listening on (\S+)/.exec(text)?.[1]
        const token = /client token\s+(\S+)/.exec(text)?.[1]
        if (url === undefined || token === undefined || !text.includes("Ctrl-C")) return
        const headers = { "x-api-key": token, "anthropic-version": "2023-06-01" }
        const ask = async (conversation?: string) => {
          const named = defined({ "x-claude-code-session-id": conversation })
          const response = await fetch(`${url}/v1/messages`, {
            method: "POST",
            headers: { ...headers, ...named },
            body
          })
          await response.arrayBuffer()
          return response.status
        }
        const ready = async () => {
          const response = await fetch(`${url}/readyz`)
          const found: unknown = await response.json()
          const store: unknown =
            typeof found === "object" && found !== null ? Reflect.get(found, "store") : undefined
          return { status: response.status, store }
        }
        const asked = (conversation?: string) => ask(conversation).catch(() => 0)
        resume(Effect.succeed({ child, text: () => text, ask: asked, ready }))
      }
      child.stdout.on("data", look)
      child.stderr.on("data", look)
      child.once("exit", (code) =>
        resume(Effect.dieMessage(`the gateway ended with ${code}: ${text}`))
      )
    }),
    ({ child }) =>
      Effect.async<void>((resume) => {
        if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
        child.once("exit", () => resume(Effect.void))
        child.kill("SIGTERM")
      })
  )
