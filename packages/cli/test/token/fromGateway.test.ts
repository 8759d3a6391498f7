/** `models auth print-token` beside a gateway, well or not. */
import * as fs from "node:fs"
import type * as http from "node:http"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "../clawdbot.ts"
import { run } from "../commandLine.ts"
import { atGatewaySocket } from "../gateway/atGatewaySocket.ts"
import { world } from "../oauth/logins.ts"

const command = ["models", "auth", "print-token"]
const key = { type: "api_key", provider: "anthropic", key: planted.apiKey }
const handed = {
  version: 1,
  agent: "main",
  profile: "anthropic:gateway",
  provider: "anthropic",
  kind: "oauth",
  token: planted.setupToken,
  baseUrl: "https://api.anthropic.com",
  headers: { authorization: `Bearer ${planted.setupToken}` },
  expiresAt: 4_102_444_800_000
}

describe("print-token beside a gateway", () => {
  it.scopedLive("asks it, with the agent and the profile that are meant", () =>
    Effect.gen(function* () {
      const { home, putProfiles } = yield* world
      yield* putProfiles({ "anthropic:key": key })
      const asked: Array<unknown> = []
      yield* atGatewaySocket(home, (request, response) => {
        let text = ""
        request.on("data", (chunk) => {
          text += chunk
        })
        request.on("end", () => {
          asked.push({ ...JSON.parse(text), at: `${request.method} ${request.url}` })
          response.end(JSON.stringify(handed))
        })
      })
      assert.deepStrictEqual(yield* run(home, command), {
        status: 0,
        stdout: planted.setupToken,
        stderr: ""
      })
      const json = yield* run(home, [
        ...command,
        "--profile-id",
        "anthropic:gateway",
        "--format",
        "json"
      ])
      assert.deepInclude(JSON.parse(json.stdout), {
        profile: "anthropic:gateway",
        expiresAt: handed.expiresAt
      })
      assert.deepStrictEqual(asked, [
        { agent: "main", at: "POST /clawdbot/token" },
        { agent: "main", profile: "anthropic:gateway", at: "POST /clawdbot/token" }
      ])
    })
  )

  const unwell: ReadonlyArray<readonly [what: string, answer: http.RequestListener]> = [
    [
      "says no",
      (_request, response) => void response.writeHead(401).end('{"_tag":"NoCredentials"}')
    ],
    [
      "is of an older version, which names no address",
      (_request, response) =>
        void response.end(JSON.stringify({ ...handed, baseUrl: undefined, version: undefined }))
    ],
    ["says something else", (_request, response) => void response.end('{"token":""}')],
    [
      "breaks off",
      (_request, response) =>
        void response.writeHead(200, { "content-length": 9 }).write("{}", () => response.destroy())
    ],
    ["says nothing", () => undefined],
    [
      "never stops",
      (_request, response) =>
        void setInterval(() => response.destroyed || response.write("x".repeat(65_536)), 1).unref()
    ]
  ]
  for (const [what, answer] of unwell) {
    it.scopedLive(`one that ${what} is no failure: the stores are asked`, () =>
      Effect.gen(function* () {
        const { home, putProfiles } = yield* world
        yield* putProfiles({ "anthropic:key": key })
        yield* atGatewaySocket(home, answer)
        assert.deepStrictEqual(yield* run(home, command), {
          status: 0,
          stdout: planted.apiKey,
          stderr: ""
        })
      })
    )
  }

  it.scopedLive("a socket that a dead gateway left behind is no failure", () =>
    Effect.gen(function* () {
      const { home, putProfiles } = yield* world
      yield* putProfiles({ "anthropic:key": key })
      const file = path.join(home, ".clawdbot/run/gateway.sock")
      yield* Effect.scoped(
        Effect.tap(
          atGatewaySocket(home, () => undefined),
          () => Effect.sync(() => fs.linkSync(file, `${file}.kept`))
        )
      )
      fs.renameSync(`${file}.kept`, file)
      assert.isTrue(fs.statSync(file).isSocket())
      assert.deepStrictEqual(yield* run(home, command), {
        status: 0,
        stdout: planted.apiKey,
        stderr: ""
      })
    })
  )
})
