import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import Anthropic from "@anthropic-ai/sdk"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { filesIn, home, planted, run as runProcess } from "./clawdbot.ts"
import { runWhole as run } from "./commandLine.ts"
import { gateway, gatewayHere, writeState } from "./gateway/running.ts"

const message = {
  model: "claude-opus-4-5",
  max_tokens: 32,
  messages: [{ role: "user" as const, content: "hi" }]
}

/** What a command shows to everybody as curl's arguments, and what it gives to curl alone. */
const seenByCurl = Effect.fnUntraced(function* (command: string) {
  const folder = yield* home
  const script = `#!/bin/sh\necho "$@" > ${folder}/args\ncat > ${folder}/header\n`
  fs.writeFileSync(`${folder}/curl`, script, { mode: 0o755 })
  const env = { PATH: `${folder}:${process.env.PATH}` }
  execFileSync("/bin/sh", ["-c", command], { env })
  return {
    args: fs.readFileSync(`${folder}/args`, "utf8"),
    header: fs.readFileSync(`${folder}/header`, "utf8")
  }
})

describe("clawdbot gateway", () => {
  it.scopedLive(
    "the main job: the first key is limited, the second answers, and the person can see why",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const upstream = yield* make({
          credentials: {
            [planted.apiKey]: Script.always(Script.rateLimited({ "retry-after": "120" })),
            [planted.otherKey]: () => Script.ok()
          }
        })
        writeState(folder, upstream.url, [planted.apiKey, planted.otherKey])
        const { text, token, url } = yield* gateway(folder)
        const sdk = new Anthropic({ baseURL: url, apiKey: token, maxRetries: 0 })
        for (let round = 0; round < 3; round++) {
          const answer = yield* Effect.promise(() => sdk.messages.create(message))
          assert.strictEqual(answer.role, "assistant")
        }
        assert.deepStrictEqual(
          upstream.requests.map((request) => request.credential),
          [planted.apiKey, planted.otherKey, planted.otherKey, planted.otherKey]
        )
        const unusable = yield* Effect.gen(function* () {
          const status = yield* run(folder, ["models", "status", "--json"])
          assert.deepStrictEqual(
            Object.values(planted).filter((secret) => status.stdout.includes(secret)),
            []
          )
          return (
            JSON.parse(status.stdout) as {
              auth: { unusableProfiles: ReadonlyArray<{ profileId: string; remainingMs: number }> }
            }
          ).auth.unusableProfiles
        }).pipe(
          // The health file follows within a quarter of a second.
          Effect.repeat({ until: (list) => list.length > 0, times: 20 })
        )
        assert.strictEqual(unusable[0]?.profileId, "anthropic:k0")
        assert.isTrue(
          (unusable[0]?.remainingMs ?? 0) > 100_000 && (unusable[0]?.remainingMs ?? 0) < 125_000
        )
        assert.deepStrictEqual(
          Object.values(planted).filter((secret) => text().includes(secret)),
          []
        )
      })
  )

  it.scopedLive("a credential that is stored while it runs is live within a second", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
      writeState(folder, upstream.url, [])
      const { token, url } = yield* gatewayHere(folder)
      const ask = Effect.promise(() =>
        fetch(`${url}/v1/messages`, {
          method: "POST",
          headers: { "x-api-key": token, "anthropic-version": "2023-06-01" },
          body: JSON.stringify(message)
        }).then((response) => response.status)
      )
      assert.strictEqual(yield* ask, 401)
      const stored = yield* run(folder, ["onboard", "--anthropic-api-key", "-"], {
        stdin: planted.apiKey
      })
      assert.strictEqual(stored.status, 0, stored.stderr)
      const status = yield* Effect.repeat(ask, { until: (code) => code === 200, times: 3_000 })
      assert.strictEqual(status, 200)
    })
  )

  it.scopedLive(
    "a changed config is live within a second and no request is lost; a broken one is told " +
      "and changes nothing",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const [one, other] = [
          yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } }),
          yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
        ]
        writeState(folder, one.url, [planted.apiKey])
        const { text, token, url } = yield* gatewayHere(folder)
        const config = `${folder}/.clawdbot/clawdbot.json`
        let failed = 0
        const ask = Effect.promise(async () => {
          const response = await fetch(`${url}/v1/messages`, {
            method: "POST",
            headers: { "x-api-key": token, "anthropic-version": "2023-06-01" },
            body: JSON.stringify(message)
          })
          await response.text()
          if (response.status !== 200) failed += 1
        })
        const askUntil = (done: () => boolean) => Effect.repeat(ask, { until: done, times: 3_000 })
        yield* ask
        fs.writeFileSync(config, fs.readFileSync(config, "utf8").replace(one.url, other.url))
        yield* askUntil(() => other.requests.length > 0)
        assert.isAbove(other.requests.length, 0)
        fs.writeFileSync(config, "{ models: ")
        yield* askUntil(() => text().includes("the last good one stays"))
        assert.include(text(), "the last good one stays")
        const before = other.requests.length
        yield* ask
        assert.strictEqual(other.requests.length, before + 1)
        assert.strictEqual(failed, 0)
      })
  )

  it.scopedLive("older config keys are written anew at the start, comments and all", () =>
    Effect.gen(function* () {
      const folder = yield* home
      writeState(folder, "http://127.0.0.1:1", [planted.apiKey])
      const config = `${folder}/.clawdbot/clawdbot.json`
      fs.writeFileSync(
        config,
        "{\n  // my agent\n  agent: { model: 'anthropic/claude-haiku-4-5' }\n}\n"
      )
      yield* gatewayHere(folder)
      const after = fs.readFileSync(config, "utf8")
      assert.include(after, "// my agent")
      assert.notMatch(after, /^ {2}agent:/m)
      assert.include(after, "claude-haiku-4-5")
      assert.isTrue(fs.existsSync(`${config}.bak`))
    })
  )

  it.scopedLive("practice mode answers without any credential and leaves no file", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const { text, token, url } = yield* gatewayHere(folder, { flags: ["--or-practice"] })
      assert.include(text(), "PRACTICE MODE")
      const commands = [/^echo .*\|[\s\S]*?'\n/m, /^echo .*clawdbot\/status\n/m]
      for (const command of commands.map((pattern) => pattern.exec(text())?.[0] ?? "")) {
        const { args, header } = yield* seenByCurl(command)
        assert.include(args, url)
        assert.notInclude(args, "cbt_")
        assert.match(header, /^x-api-key: \S{20,}\n$/)
      }
      assert.include(text(), `echo "x-api-key: ${token}" | curl`)
      const sdk = new Anthropic({ baseURL: url, apiKey: token, maxRetries: 0 })
      for (let round = 0; round < 5; round++) {
        const { response } = yield* Effect.promise(() =>
          sdk.messages.create(message).withResponse()
        )
        assert.strictEqual(response.headers.get("x-clawdbot-practice"), "true")
      }
      assert.include(text(), "refused (rate_limit) -> anthropic:practice-steady answered")
      assert.deepStrictEqual(filesIn(folder), [])
    })
  )

  it.scopedLive("a port in use says by what, and how to choose another", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const { url } = yield* gatewayHere(folder, { flags: ["--practice"] })
      const port = new URL(url).port
      const second = yield* runProcess(folder, ["gateway", "--practice", "--port", port])
      assert.strictEqual(second.status, 1)
      assert.include(
        second.stderr,
        `port ${port} on 127.0.0.1 is in use by another clawdbot gateway`
      )
      assert.include(second.stderr, `clawdbot gateway --port ${Number(port) + 1}`)
    })
  )
})
