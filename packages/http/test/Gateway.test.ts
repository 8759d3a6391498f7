/** The gateway as a layer, over the files of a state folder. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Gateway from "../src/Gateway.ts"
import { body } from "./world.ts"

/** A state folder with a key for each secret, before a provider. */
const stateFolder = (baseUrl: string, gateway: unknown, ...secrets: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const stateDir = fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-gateway-"))
      const agent = path.join(stateDir, "agents/main/agent")
      fs.mkdirSync(agent, { recursive: true })
      const profiles = Object.fromEntries(
        secrets.map((key) => [`anthropic:${key}`, { type: "api_key", provider: "anthropic", key }])
      )
      const document = JSON.stringify({ version: 1, profiles })
      fs.writeFileSync(path.join(agent, "auth-profiles.json"), document)
      const models = { providers: { anthropic: { baseUrl, models: [] } } }
      fs.writeFileSync(path.join(stateDir, "clawdbot.json"), JSON.stringify({ models, gateway }))
      return stateDir
    }),
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  )

const started = (options: Gateway.Options) =>
  Effect.map(Layer.build(Gateway.layer(options)), Context.get(Gateway.Gateway))

const ask = (url: string, token: string) =>
  Effect.promise(async () => {
    const headers = { "anthropic-version": "2023-06-01", "x-api-key": token }
    const init = { method: "POST", headers, body: JSON.stringify(body) }
    const response = await fetch(`${url}/v1/messages`, init)
    return `${response.status} ${await response.text()}`
  })

describe("layer", () => {
  it.scopedLive("serves the credentials of a state folder, with the token of that folder", () =>
    Effect.gen(function* () {
      const limited = Script.inTurn(Script.rateLimited({ "retry-after": "120" }))
      const upstream = yield* make({ credentials: { ka: limited, kb: () => Script.ok() } })
      const stateDir = yield* stateFolder(upstream.url, {}, "ka", "kb")
      const { clientToken, port, url } = yield* started({ stateDir, port: 0 })
      assert.strictEqual(url, `http://127.0.0.1:${port}`)
      assert(clientToken !== undefined)
      assert.match(yield* ask(url, Redacted.value(clientToken)), /^200 .*"type":"message"/s)
      assert.match(yield* ask(url, "another"), /^401 /)
      const kept = fs.readFileSync(path.join(stateDir, "gateway-tokens.json"), "utf8")
      const { admin, client } = JSON.parse(kept)
      assert.strictEqual(Redacted.value(clientToken), client)
      const headers = { authorization: `Bearer ${admin}` }
      const page = yield* Effect.promise(() => fetch(`${url}/clawdbot/dashboard.css`, { headers }))
      assert.strictEqual(page.headers.get("content-type"), "text/css; charset=utf-8")
    })
  )

  it.scopedLive("takes the token that the program gives, or none where the config says so", () =>
    Effect.gen(function* () {
      const upstream = yield* make({ credentials: { ka: () => Script.ok() } })
      const named = yield* stateFolder(upstream.url, {}, "ka")
      const own = Redacted.make("a-token-of-the-program")
      const first = yield* started({ stateDir: named, port: 0, clientToken: own })
      assert.match(yield* ask(first.url, Redacted.value(own)), /^200 /)
      const open = yield* stateFolder(upstream.url, { auth: { mode: "none" } }, "ka")
      const second = yield* started({ stateDir: open, port: 0 })
      assert.isUndefined(second.clientToken)
      assert.match(yield* ask(second.url, ""), /^200 /)
    })
  )

  it.scopedLive("says by one error why it does not listen", () =>
    Effect.gen(function* () {
      const upstream = yield* make({ credentials: { ka: () => Script.ok() } })
      const failing = (gateway: unknown, options: Gateway.Options) =>
        Effect.gen(function* () {
          const stateDir = yield* stateFolder(upstream.url, gateway, "ka")
          return yield* Effect.flip(started({ stateDir, ...options }))
        })
      const { port } = yield* started({ stateDir: yield* stateFolder(upstream.url, {}), port: 0 })
      const taken = yield* failing({}, { port })
      assert.strictEqual(taken._tag, "GatewayNotStarted")
      assert.strictEqual(taken.code, "PortInUse")
      assert.include(taken.message, `port ${port} on 127.0.0.1 is in use by another clawdbot`)
      const open = yield* failing({ auth: { mode: "none" } }, { port: 0, bind: "lan" })
      assert.strictEqual(open.code, "OpenOffLoopback")
    })
  )
})
