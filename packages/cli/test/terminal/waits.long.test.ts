/** The commands that wait for somebody, at a terminal whose others take their time. */
import * as fs from "node:fs"
import * as http from "node:http"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted } from "../clawdbot.ts"
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
        const rows = person.screen().split(/\r(?!\n)/)
        const turns = rows.filter((row) => row.includes(words))
        assert.isAbove(turns.length, 2)
        // No other line begins or ends on the row of what turns.
        for (const row of turns)
          assert.include(
            ["|", "/", "-", "\\"].map((frame) => `${frame} ${words}\u001b[K`),
            row
          )
      })
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
