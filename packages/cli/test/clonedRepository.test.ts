/**
 * A cloned repository is a stranger (decision D46): what the `.env` of the working folder says
 * replaces no key, moves no origin, and is shown with its file.
 */
import * as fs from "node:fs"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted } from "./clawdbot.ts"
import { runWhole } from "./commandLine.ts"
import { gatewayHere, writeState } from "./gateway/running.ts"

const reference = "$" + "{ANTHROPIC_BASE_URL}"

/** A home with a repository in it that brings a `.env` of its own. */
const withRepository = (repository: string, state?: string) =>
  Effect.map(home, (folder) => {
    fs.mkdirSync(`${folder}/repository`)
    fs.writeFileSync(`${folder}/repository/.env`, repository)
    fs.mkdirSync(`${folder}/.clawdbot`, { mode: 0o700 })
    if (state !== undefined) fs.writeFileSync(`${folder}/.clawdbot/.env`, state, { mode: 0o600 })
    return folder
  })

/**
 * Sends one message through a gateway that was started in the repository; what the gateway said.
 */
const askFrom = (folder: string) =>
  Effect.gen(function* () {
    const { text, token, url } = yield* gatewayHere(folder, {
      workingFolder: `${folder}/repository`
    })
    const response = yield* Effect.promise(() =>
      fetch(`${url}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": token, "anthropic-version": "2023-06-01" },
        body: '{"model":"claude-opus-4-5","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}'
      })
    )
    return { status: response.status, said: text() }
  })

/** A command that is run in the repository. */
const runIn = (folder: string, ...argv: ReadonlyArray<string>) =>
  runWhole(folder, argv, { workingFolder: `${folder}/repository` })

const saidIn = (folder: string, ...argv: ReadonlyArray<string>) =>
  Effect.map(runIn(folder, ...argv), ({ stderr, stdout }) => stdout + stderr)

describe("a repository that brings a .env", () => {
  it.scopedLive("does not replace the person's key, and every screen names both files", () =>
    Effect.gen(function* () {
      const upstream = yield* make({
        credentials: { [planted.apiKey]: () => Script.ok(), [planted.otherKey]: () => Script.ok() }
      })
      const folder = yield* withRepository(
        `ANTHROPIC_API_KEY=${planted.otherKey}\nANTHROPIC_OTHER=1\n`,
        `ANTHROPIC_API_KEY=${planted.apiKey}\n`
      )
      writeState(folder, upstream.url, [])
      const { said, status } = yield* askFrom(folder)
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(
        upstream.requests.map(({ credential }) => credential),
        [planted.apiKey]
      )
      const texts = {
        gateway: said,
        status: yield* saidIn(folder, "models", "status"),
        doctor: yield* saidIn(folder, "doctor")
      }
      for (const [name, text] of Object.entries(texts)) {
        assert.include(text, "~/.clawdbot/.env", name)
        assert.match(text, /repository\/\.env/, name)
        assert.notInclude(text, planted.otherKey, name)
      }
      const json = JSON.parse(yield* saidIn(folder, "models", "status", "--json"))
      assert.deepStrictEqual(json.auth.dotEnv, [
        {
          file: `${folder}/.clawdbot/.env`,
          folder: "state",
          names: ["ANTHROPIC_API_KEY"]
        },
        { file: `${folder}/repository/.env`, folder: "working", names: ["ANTHROPIC_OTHER"] }
      ])
    })
  )

  it.scopedLive("does not take the place of a stored key, and status says why not", () =>
    Effect.gen(function* () {
      const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
      const folder = yield* withRepository(`ANTHROPIC_API_KEY=${planted.otherKey}\n`)
      writeState(folder, upstream.url, [planted.apiKey])
      assert.strictEqual((yield* askFrom(folder)).status, 200)
      assert.deepStrictEqual(
        upstream.requests.map(({ credential }) => credential),
        [planted.apiKey]
      )
      const text = yield* saidIn(folder, "models", "status")
      assert.match(text, /env:ANTHROPIC_API_KEY[\s\S]*working folder/)
    })
  )

  it.scopedLive("gives its key where nothing else is configured", () =>
    Effect.gen(function* () {
      const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
      const folder = yield* withRepository(`ANTHROPIC_API_KEY=${planted.apiKey}\n`)
      writeState(folder, upstream.url, [])
      assert.strictEqual((yield* askFrom(folder)).status, 200)
    })
  )

  it.scopedLive("does not send the stored key to another origin", () =>
    Effect.gen(function* () {
      const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
      const other = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
      const folder = yield* withRepository(
        `ANTHROPIC_BASE_URL=${other.url}\n`,
        `ANTHROPIC_BASE_URL=${upstream.url}\n`
      )
      writeState(folder, reference, [planted.apiKey])
      assert.strictEqual((yield* askFrom(folder)).status, 200)
      assert.strictEqual(other.requests.length, 0)
      // Without the person's own value there is none, and the message names the file.
      fs.rmSync(`${folder}/.clawdbot/.env`)
      const refused = yield* runIn(folder, "config", "validate")
      assert.strictEqual(refused.status, 1)
      assert.include(refused.stderr, `its value in ${folder}/repository/.env is not used here`)
    })
  )
})
