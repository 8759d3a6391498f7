/** The commands that wait for somebody, at a terminal whose others take their time. */
import * as fs from "node:fs"
import * as http from "node:http"
import * as net from "node:net"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { unitFile } from "../../src/gateway/service.ts"
import { systemdUnit } from "../../src/gateway/serviceUnit.ts"
import { entry, home, planted } from "../clawdbot.ts"
import { atTerminal, keys } from "./person.ts"

const answerMs = 900
const refusal = JSON.stringify({ error: "invalid_grant" })

/** Refuses everything, and nothing at once. */
const slow = (at: number | string) =>
  Effect.acquireRelease(
    Effect.async<http.Server>((resume) => {
      const server = http.createServer((request, response) => {
        request.resume()
        setTimeout(() => response.writeHead(400).end(refusal), answerMs)
      })
      server.listen(at, () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  )

/** A home with a key and a login, whose provider, token endpoint and gateway are slow. */
const slowHome = Effect.gen(function* () {
  const folder = yield* home
  const address = (yield* slow(0)).address()
  assert.isObject(address)
  const url = `http://127.0.0.1:${Object(address).port}`
  fs.mkdirSync(`${folder}/.clawdbot/agents/main/agent`, { recursive: true, mode: 0o700 })
  fs.mkdirSync(`${folder}/.clawdbot/run`, { mode: 0o700 })
  fs.writeFileSync(
    `${folder}/.clawdbot/clawdbot.json`,
    JSON.stringify({
      models: { providers: { anthropic: { baseUrl: url, oauth: { tokenUrl: `${url}/token` } } } },
      gateway: { port: 1 }
    })
  )
  fs.writeFileSync(
    `${folder}/.clawdbot/agents/main/agent/auth-profiles.json`,
    JSON.stringify({
      version: 1,
      profiles: {
        "anthropic:key": { type: "api_key", provider: "anthropic", key: planted.apiKey },
        "anthropic:me": {
          type: "oauth",
          provider: "anthropic",
          access: planted.setupToken,
          refresh: planted.setupToken.replace("oat01", "ort01"),
          expires: 4_102_444_800_000
        }
      }
    }),
    { mode: 0o600 }
  )
  return folder
})

/** A home whose credentials are in a shared store, the server of which takes its time to refuse. */
const slowStoreHome = Effect.gen(function* () {
  const folder = yield* slowHome
  const server = yield* Effect.acquireRelease(
    Effect.async<net.Server>((resume) => {
      const server = net.createServer((socket) => {
        socket.on("error", () => undefined)
        setTimeout(() => socket.destroy(), answerMs)
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  )
  const port = Object(server.address()).port
  const file = `${folder}/.clawdbot/clawdbot.json`
  const config = JSON.parse(fs.readFileSync(file, "utf8"))
  fs.writeFileSync(file, JSON.stringify({ ...config, store: { type: "postgres" } }))
  return {
    folder,
    variables: {
      CLAWDBOT_STORE_URL: `postgres://u:p@127.0.0.1:${port}/db`,
      CLAWDBOT_STORE_KEY: Buffer.alloc(32, 7).toString("base64")
    }
  }
})

/** Commands that ask the shared store. */
const storeWaits = [
  "models status",
  "models auth explain",
  "models auth order get --provider anthropic",
  "usage",
  "usage --cost",
  "doctor",
  "dashboard --revoke",
  "gateway token list",
  "gateway token add laptop",
  "store status",
  "store history",
  "store restore anthropic:key 1",
  "store import --dry-run",
  "store export --dry-run",
  "store migrate --dry-run"
]

/** No other line begins or ends on the row of what turns. */
const assertTurning = (screen: string, words: string) => {
  const turns = screen.split(/\r(?!\n)/).filter((row) => row.includes(words))
  assert.isAbove(turns.length, 2)
  const frames = ["|", "/", "-", "\\"].map((frame) => `${frame} ${words}\u001b[K`)
  for (const row of turns) assert.include(frames, row)
}

const waits: ReadonlyArray<readonly [argv: string, words: string]> = [
  ["models status --probe --probe-profile anthropic:key", "waiting for the provider"],
  ["models auth refresh anthropic:me", "waiting for the token endpoint"],
  ["models auth print-token", "waiting for the gateway"],
  ["doctor --network", "checking"],
  ["gateway status", "waiting for the gateway"],
  ["gateway token show", "waiting for the gateway"],
  ["dashboard", "waiting for the gateway"]
]

describe("a wait for somebody else", () => {
  for (const [argv, words] of waits)
    it.scopedLive(`is seen: clawdbot ${argv}`, () =>
      Effect.gen(function* () {
        const folder = yield* slowHome
        if (words.endsWith("gateway")) yield* slow(`${folder}/.clawdbot/run/gateway.sock`)
        const person = yield* atTerminal(folder, argv.split(" "))
        yield* person.sees(words)
        yield* person.sees("\r\u001b[K")
        yield* person.ended
        assertTurning(person.screen(), words)
      })
    )

  for (const argv of storeWaits)
    it.scopedLive(`is seen where a shared store is slow: clawdbot ${argv}`, () =>
      Effect.gen(function* () {
        const { folder, variables } = yield* slowStoreHome
        const person = yield* atTerminal(folder, argv.split(" "), variables)
        const words = "waiting for the shared store"
        yield* person.sees(words)
        yield* person.sees("\r\u001b[K")
        yield* person.ended
        assertTurning(person.screen(), words)
      })
    )

  it.scopedLive(
    "is seen in gateway start, until the gateway says where it is",
    () =>
      Effect.gen(function* () {
        const folder = yield* slowHome
        const stateDir = `${folder}/.clawdbot`
        const unit = unitFile("systemd", folder, undefined)
        fs.mkdirSync(path.dirname(unit), { recursive: true })
        const service = { node: "/n", entry: "/e", stateDir, drainSeconds: 1 }
        fs.writeFileSync(unit, systemdUnit(service))
        fs.mkdirSync(`${folder}/bin`)
        // The service is started at once, and its gateway takes its time.
        fs.writeFileSync(
          `${folder}/bin/systemctl`,
          `#!/bin/bash
sleep 0.9
echo "Warning: the unit file changed on disk"
(sleep 0.9; exec ${process.execPath} ${entry} gateway --port 0 >/dev/null 2>&1) &
echo $! > ${folder}/pid
`,
          { mode: 0o755 }
        )
        yield* Effect.addFinalizer(() =>
          Effect.sync(() => {
            if (fs.existsSync(`${folder}/pid`))
              process.kill(Number(fs.readFileSync(`${folder}/pid`, "utf8")))
          })
        )
        const variables = { PATH: `${folder}/bin:${process.env.PATH}` }
        const person = yield* atTerminal(folder, ["gateway", "start"], variables)
        yield* person.sees("waiting for systemctl")
        yield* person.sees("\r\u001b[KWarning: the unit file changed on disk\r\n")
        yield* person.sees("waiting for the gateway")
        yield* person.sees("\r\u001b[KGateway running at http")
        assert.strictEqual(yield* person.ended, 0)
        for (const words of ["waiting for systemctl", "waiting for the gateway"])
          assertTurning(person.screen(), words)
      }),
    90_000
  )

  it.scopedLive("is seen in onboard, which goes on below it", () =>
    Effect.gen(function* () {
      const folder = yield* slowHome
      const argv = ["onboard", "--auth-choice", "apiKey", "--probe", "--replace"]
      const person = yield* atTerminal(folder, argv)
      yield* person.sees("Paste your Anthropic API key")
      yield* person.types(planted.otherKey)
      yield* person.types(keys.enter)
      yield* person.sees("waiting for the provider")
      yield* person.sees("\r\u001b[K")
      yield* person.sees("Saved, but the test failed")
      assert.strictEqual(yield* person.ended, 1)
    })
  )

  for (const variables of [{ NO_COLOR: "1" }, { TERM: "dumb" }])
    it.scopedLive(`is not seen with ${JSON.stringify(variables)}`, () =>
      Effect.gen(function* () {
        const folder = yield* slowHome
        const argv = ["models", "status", "--probe", "--probe-profile", "anthropic:key"]
        const person = yield* atTerminal(folder, argv, variables)
        yield* person.ended
        assert.notInclude(person.screen(), "waiting for")
        assert.notInclude(person.screen(), "\u001b")
      })
    )
})
