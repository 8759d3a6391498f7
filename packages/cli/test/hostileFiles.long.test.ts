/**
 * Every file that the command or the gateway reads by itself, with something else in its place: no
 * run hangs, ends in a stack trace or ends unexpectedly, and a gateway goes on with what it has.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { createServer } from "node:net"
import * as path from "node:path"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted, run } from "./clawdbot.ts"
import { gateway, writeState } from "./gateway/running.ts"

const agentFolder = ".clawdbot/agents/main/agent"

/** All but the config and the store, without which there is nothing to do. */
const places = [
  ".env",
  ".clawdbot/.env",
  `${agentFolder}/auth-health.json`,
  `${agentFolder}/auth.json`,
  `${agentFolder}/auth-profiles.json.gen-1`,
  `${agentFolder}/.auth-profiles.json.clawdbot-copy`,
  ".clawdbot/.clawdbot.json.clawdbot-copy",
  ".clawdbot/clawdbot.json.bak",
  ".clawdbot/credentials/oauth.json",
  ".clawdbot/gateway-tokens.json",
  ".clawdbot/gateway-clients.json",
  ".clawdbot/gateway-pins.jsonl",
  ".clawdbot/usage/2026-11-01.jsonl",
  `.clawdbot/run/refresh-journal/${"a".repeat(64)}.json`,
  ".clawdbot/run/last-trial.json",
  ".clawdbot/run/dashboard.key",
  ".claude/.credentials.json"
] as const

const kinds: ReadonlyArray<readonly [kind: string, put: (file: string) => void]> = [
  ["a pipe", (file) => execFileSync("mkfifo", [file])],
  ["a link to a device", (file) => fs.symlinkSync("/dev/urandom", file)],
  ["a folder", (file) => fs.mkdirSync(file)],
  ["a link to itself", (file) => fs.symlinkSync(path.basename(file), file)],
  ["a link to nothing", (file) => fs.symlinkSync("nothing-there", file)],
  [
    "a file of more than any limit",
    (file) => {
      fs.writeFileSync(file, "")
      fs.truncateSync(file, 2 ** 33)
    }
  ],
  ["a megabyte and a byte of a text", (file) => fs.writeFileSync(file, "{".repeat(2 ** 20 + 1))],
  ["201 levels", (file) => fs.writeFileSync(file, `${"[".repeat(201)}${"]".repeat(201)}\n`)],
  ["bytes that are no text", (file) => fs.writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00]))],
  ["a number", (file) => fs.writeFileSync(file, "1e999\n")]
]

const lines: ReadonlyArray<ReadonlyArray<string>> = [
  ["models", "status"],
  ["models", "auth", "sync"],
  ["doctor"],
  ["usage"],
  ["gateway", "token", "list"],
  ["dashboard", "--revoke"]
]

/** A home whose files are something else, except those in `except`. */
const homeWith = (put: (file: string) => void, upstream: string, except: ReadonlyArray<string>) =>
  Effect.map(home, (folder) => {
    writeState(folder, upstream, [planted.apiKey])
    for (const place of places) {
      if (except.includes(place)) continue
      const file = `${folder}/${place}`
      fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
      put(file)
    }
    return folder
  })

const quiet = (said: string, what: string) => {
  assert.notInclude(said, planted.apiKey, what)
  assert.notMatch(said, /^\s+at /m, what)
  assert.notInclude(said, "unexpected", what)
}

/** In place of all of them at once. */
const holds = (kind: string, put: (file: string) => void) =>
  Effect.gen(function* () {
    const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
    const folder = yield* homeWith(put, upstream.url, [])
    for (const argv of lines) {
      const what = `${kind}, ${argv.join(" ")}`
      const done = yield* Effect.timeout(run(folder, argv), "20 seconds")
      assert.include([0, 1, 2, 3], done.status, `${what}: ${done.stderr}`)
      quiet(done.stdout + done.stderr, what)
    }
  }).pipe(Effect.scoped)

/** The same for a gateway, whose tokens are in a file of their own that it has to make. */
const serves = (kind: string, put: (file: string) => void) =>
  Effect.gen(function* () {
    const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
    const folder = yield* homeWith(put, upstream.url, [
      ".clawdbot/gateway-tokens.json",
      ".clawdbot/gateway-clients.json"
    ])
    const running = yield* gateway(folder)
    const status = yield* Effect.promise(async () => {
      const answer = await fetch(`${running.url}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": running.token, "anthropic-version": "2023-06-01" },
        body: '{"model":"claude-opus-4-5","max_tokens":1,"messages":[]}'
      })
      return answer.status
    })
    assert.strictEqual(status, 200, `${kind}: ${running.text()}`)
    quiet(running.text(), kind)
  }).pipe(Effect.scoped, Effect.timeout("30 seconds"))

describe("in the place of every file that is read", () => {
  for (const [kind, put] of kinds) {
    it.live(`${kind}: every command ends by itself`, () => holds(kind, put), 60_000)
    it.live(`${kind}: a gateway serves`, () => serves(kind, put), 60_000)
  }

  it.live(
    "a socket: every command ends by itself, and a gateway serves",
    () =>
      Effect.gen(function* () {
        const servers: Array<ReturnType<typeof createServer>> = []
        yield* Effect.addFinalizer(() =>
          Effect.sync(() => {
            for (const server of servers) server.close()
          })
        )
        // A path of a socket has some hundred characters: a link leads to a short one.
        const folder = yield* home
        const socket = `${folder}/s`
        servers.push(createServer().listen(socket))
        const put = (file: string) => fs.symlinkSync(socket, file)
        yield* holds("a socket", put)
        yield* serves("a socket", put)
      }).pipe(Effect.scoped),
    90_000
  )
})

/** Twenty thousand levels, in the config, what it includes, the store, or all others. */
const nested = [
  [".clawdbot/clawdbot.json"],
  [".clawdbot/part.json5"],
  [`${agentFolder}/auth-profiles.json`],
  places
]

describe("nested 20,000 levels deep", () => {
  const deep = `{"version":1,"profiles":{"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}}`
  for (const names of nested) {
    it.live(
      `${names.length === 1 ? names[0] : "all others"}: no command ends unexpectedly`,
      () =>
        Effect.gen(function* () {
          const folder = yield* home
          for (const name of names) {
            fs.mkdirSync(path.dirname(`${folder}/${name}`), { recursive: true, mode: 0o700 })
            fs.writeFileSync(`${folder}/${name}`, deep, { mode: 0o600 })
          }
          if (fs.existsSync(`${folder}/.clawdbot/part.json5`))
            fs.writeFileSync(`${folder}/.clawdbot/clawdbot.json`, '{ $include: "./part.json5" }')
          for (const argv of lines) {
            const done = yield* Effect.timeout(run(folder, argv), "30 seconds")
            const what = `${names}, ${argv.join(" ")}`
            assert.include([0, 1, 2, 3], done.status, `${what}: ${done.stderr}`)
            quiet(done.stderr, what)
            if (names.length === 1 && argv.join(" ") === "models status")
              assert.match(done.stderr, /:1:\d+[\s\S]*more than 200 levels deep/, what)
          }
        }).pipe(Effect.scoped),
      120_000
    )
  }
})
