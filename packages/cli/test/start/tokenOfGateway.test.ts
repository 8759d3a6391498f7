/** `models auth print-token` of the bundled command, answered by a gateway before it is loaded. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as http from "node:http"
import * as path from "node:path"
import { fileVersion } from "@clawdbot/domain/Document/fileVersion"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { plainStateDir, tokenIn } from "../../src/start/tokenOfGateway.ts"
import { home, planted, type RunOptions, run } from "../clawdbot.ts"
import { gatewayHere, writeState } from "../gateway/running.ts"

const command = ["models", "auth", "print-token"]

const issued = (token: string) => ({
  version: 1,
  agent: "main",
  profile: "anthropic:k0",
  provider: "anthropic",
  kind: "api_key",
  token,
  baseUrl: "https://api.anthropic.com",
  headers: { "x-api-key": token }
})

/** What the entry and the command get where both ask: which one was answered shows. */
const early = "sk-ant-api03-of-the-entry"
const late = "sk-ant-api03-of-the-command"

/** A gateway that tells who asked; `asked` is the version of the config that the entry named. */
const listener = (folder: string, answerEarly?: http.RequestListener) =>
  Effect.acquireRelease(
    Effect.async<{ readonly server: http.Server; readonly asked: ReadonlyArray<string> }>(
      (resume) => {
        const asked: Array<string> = []
        const file = path.join(folder, ".clawdbot/run/gateway.sock")
        fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
        const server = http.createServer((request, response) => {
          if (request.url === "/clawdbot/token") {
            request.resume()
            return void response.end(JSON.stringify(issued(late)))
          }
          let text = ""
          request.on("data", (chunk) => {
            text += chunk
          })
          request.on("end", () => {
            asked.push(JSON.parse(text).config)
            if (answerEarly !== undefined) return answerEarly(request, response)
            response.end(JSON.stringify(issued(early)))
          })
        })
        server.listen(file, () => resume(Effect.succeed({ server, asked })))
      }
    ),
    ({ server }) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

/** The status of a gateway's answer to a program that would read this version of the config. */
const ownToken = (folder: string, config: string) =>
  Effect.async<number | undefined>((resume) => {
    const options = {
      socketPath: path.join(folder, ".clawdbot/run/gateway.sock"),
      method: "POST",
      path: "/clawdbot/own-token",
      headers: { "content-type": "application/json" }
    }
    http
      .request(options, (response) => {
        response.resume()
        resume(Effect.succeed(response.statusCode))
      })
      .end(JSON.stringify({ config }))
  })

const printed = (token: string) => ({ status: 0, stdout: `${token}\n`, stderr: "" })

describe("what the gateway may answer for", () => {
  it("is the command without options, in a plain environment", () => {
    const plain = { HOME: "/home/me", PATH: "/bin", ANTHROPIC_BASE_URL: "http://127.0.0.1:1" }
    assert.strictEqual(plainStateDir(command, plain, "linux"), "/home/me/.clawdbot")
    const doubtful = [
      plainStateDir([...command, "--json"], plain, "linux"),
      plainStateDir(["--profile", "me", ...command], plain, "linux"),
      plainStateDir([command.join(" ")], plain, "linux"),
      plainStateDir(command, plain, "win32"),
      plainStateDir(command, { ...plain, HOME: "me" }, "linux"),
      plainStateDir(command, { ...plain, HOME: " /home/me" }, "linux"),
      plainStateDir(command, {}, "linux"),
      ...[
        "CLAWDBOT_STATE_DIR",
        "CLAWDBOT_CONFIG_PATH",
        "PI_CODING_AGENT_DIR",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_OAUTH_TOKEN"
      ].map((name) => plainStateDir(command, { ...plain, [name]: "" }, "linux"))
    ]
    assert.deepStrictEqual(
      doubtful.filter((stateDir) => stateDir !== undefined),
      []
    )
  })

  it("is a document that the command would take, and nothing else", () => {
    const answer = (document: unknown, head = "HTTP/1.1 200 OK\r\ncontent-length: 9") =>
      tokenIn(`${head}\r\n\r\n${JSON.stringify(document)}`)
    assert.strictEqual(answer(issued(early)), early)
    const others = [
      answer(issued(early), "HTTP/1.1 409 Conflict"),
      answer(issued("")),
      answer(issued("two\nlines")),
      answer({ ...issued(early), version: 2 }),
      answer({ ...issued(early), headers: undefined }),
      ...["agent", "profile", "provider", "kind", "token", "baseUrl"].map((name) =>
        answer({ ...issued(early), [name]: undefined })
      ),
      answer(null),
      answer([]),
      tokenIn("HTTP/1.1 200 OK\r\n\r\n{"),
      tokenIn("HTTP/1.1 200 OK\r\n"),
      tokenIn("")
    ]
    assert.deepStrictEqual(
      others.filter((token) => token !== undefined),
      []
    )
  })
})

describe("print-token beside a gateway", () => {
  it.scopedLive("prints the token that the command prints, while both read one config", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
      writeState(folder, upstream.url, [planted.otherKey])
      yield* gatewayHere(folder)
      const config = path.join(folder, ".clawdbot/clawdbot.json")
      const version = fileVersion(fs.statSync(config, { bigint: true }))
      assert.strictEqual(yield* ownToken(folder, version), 200)
      assert.strictEqual(yield* ownToken(folder, "missing"), 409)
      const full = yield* run(folder, [...command, "--format", "raw"])
      assert.deepStrictEqual(full, printed(planted.otherKey))
      assert.deepStrictEqual(yield* run(folder, command), full)
      // The gateway keeps the last good config; a command says what is wrong with the new one.
      fs.writeFileSync(config, "{ agents: 7 }")
      const broken = yield* run(folder, command)
      assert.deepStrictEqual([broken.status, broken.stdout], [1, ""])
      assert.include(broken.stderr, "agents")
    })
  )

  it.scopedLive("asks with the version of the config, or without one where there is none", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const { asked } = yield* listener(folder)
      assert.deepStrictEqual(yield* run(folder, command), printed(early))
      const file = path.join(folder, ".clawdbot/clawdbot.json")
      fs.writeFileSync(file, "{}")
      assert.deepStrictEqual(yield* run(folder, command), printed(early))
      const { ino, size } = fs.statSync(file)
      assert.strictEqual(asked[0], "missing")
      assert.match(String(asked[1]), new RegExp(`^\\d+ ${ino} ${size} \\d{19} \\d{19}$`))
    })
  )

  const doubts: ReadonlyArray<
    readonly [what: string, files: Readonly<Record<string, string>>, options: RunOptions]
  > = [
    ["a variable in the config", { "clawdbot.json": `{ env: { A: "\${HOME}" } }` }, {}],
    [
      "a config of other files too",
      { "clawdbot.json": '{ $include: "./a.json" }', "a.json": "{}" },
      {}
    ],
    ["variables of the state folder", { ".env": "A=b\n" }, {}],
    ["a variable that moves something", {}, { env: { CLAWDBOT_AGENT_DIR: "/nowhere" } }],
    ["a variable that is a credential", {}, { env: { ANTHROPIC_API_KEY: planted.apiKey } }]
  ]
  for (const [what, files, options] of doubts) {
    it.scopedLive(`leaves it to the command: ${what}`, () =>
      Effect.gen(function* () {
        const folder = yield* home
        const { asked } = yield* listener(folder)
        for (const [name, text] of Object.entries(files))
          fs.writeFileSync(path.join(folder, ".clawdbot", name), text, { mode: 0o600 })
        assert.deepStrictEqual(yield* run(folder, command, options), printed(late))
        assert.deepStrictEqual(asked, [])
      })
    )
  }

  it.scopedLive(
    "leaves it to the command: a config that is a pipe, or larger than people write",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const { asked } = yield* listener(folder)
        const config = path.join(folder, ".clawdbot/clawdbot.json")
        execFileSync("mkfifo", [config])
        const pipe = yield* run(folder, command)
        assert.deepStrictEqual([pipe.status, pipe.stdout], [1, ""])
        fs.rmSync(config)
        fs.writeFileSync(config, `{}${" ".repeat(1024 * 1024)}`)
        const large = yield* run(folder, command)
        assert.deepStrictEqual([large.status, large.stdout], [1, ""])
        assert.deepStrictEqual(asked, [])
      })
  )

  const answers: ReadonlyArray<readonly [what: string, answer: http.RequestListener]> = [
    ["goes by another config", (_request, response) => void response.writeHead(409).end("{}")],
    ["knows no such question", (_request, response) => void response.writeHead(404).end()],
    ["says something else", (_request, response) => void response.end('{"token":""}')],
    ["breaks off", (_request, response) => void response.destroy()],
    ["says nothing", () => undefined],
    [
      "never stops",
      (_request, response) =>
        void setInterval(() => response.destroyed || response.write("x".repeat(65_536)), 1).unref()
    ]
  ]
  for (const [what, answer] of answers) {
    it.scopedLive(`leaves it to the command beside one that ${what}`, () =>
      Effect.gen(function* () {
        const folder = yield* home
        const { asked } = yield* listener(folder, answer)
        assert.deepStrictEqual(yield* run(folder, command), printed(late))
        assert.lengthOf(asked, 1)
      })
    )
  }
})
