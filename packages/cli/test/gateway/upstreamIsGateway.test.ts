/** A base URL that is the gateway's own address, at the start and while it runs. */
import * as fs from "node:fs"
import { createServer } from "node:net"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted, run as runProcess } from "../clawdbot.ts"
import { runWhole as run } from "../commandLine.ts"
import { eventually } from "../eventually.ts"
import { gatewayHere, type ListeningGateway, writeState } from "./running.ts"

const freePort = Effect.async<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const ask = ({ token, url }: ListeningGateway) =>
  Effect.promise(() =>
    fetch(`${url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": token, "anthropic-version": "2023-06-01" },
      body: '{"model":"claude-opus-4-5","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}'
    }).then(async (response) => ({ status: response.status, text: await response.text() }))
  )

describe("a baseUrl that is this gateway itself", () => {
  it.scopedLive("is refused at the start and by doctor; the cure that is printed works", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const port = yield* freePort
      writeState(folder, `http://localhost:${port}`, [planted.apiKey])
      const set = yield* run(folder, ["config", "set", "gateway.port", String(port)])
      assert.strictEqual(set.status, 0, set.stderr)

      const started = yield* runProcess(folder, ["gateway"])
      assert.strictEqual(started.status, 1)
      assert.include(started.stderr, "clawdbot.json:")
      assert.include(started.stderr, `http://localhost:${port} is this gateway's own address`)
      const doctor = JSON.parse((yield* run(folder, ["doctor", "--json"])).stdout)
      const found = doctor.findings.find(({ id }: { id: string }) => id === "upstream-is-gateway")
      assert.strictEqual(found?.severity, "problem")
      assert.include(started.stderr, found.fix)

      const [, ...cure] = String(found.fix).split(" ")
      assert.strictEqual((yield* run(folder, cure)).status, 0)
      const again = JSON.parse((yield* run(folder, ["doctor", "--json"])).stdout)
      assert.isFalse(again.findings.some(({ id }: { id: string }) => id === "upstream-is-gateway"))
      assert.include((yield* gatewayHere(folder)).text(), "listening on")
    })
  )

  it.scopedLive("is not used when the config is changed to it, and no credential cools down", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
      writeState(folder, upstream.url, [planted.apiKey])
      const running = yield* gatewayHere(folder)
      assert.strictEqual((yield* ask(running)).status, 200)
      const file = `${folder}/.clawdbot/clawdbot.json`
      const before = fs.readFileSync(file, "utf8")
      fs.writeFileSync(file, before.replace(upstream.url, running.url))
      yield* eventually(() => running.text().includes("is not used"))
      assert.include(running.text(), `${running.url} is this gateway's own address`)
      assert.strictEqual((yield* ask(running)).status, 200)
      assert.strictEqual(upstream.requests.length, 2)
      fs.writeFileSync(file, `${before}\n`)
      yield* eventually(() => running.text().includes("config reloaded"))
      assert.strictEqual((yield* ask(running)).status, 200)
      assert.strictEqual(upstream.requests.length, 3)
    })
  )
})
