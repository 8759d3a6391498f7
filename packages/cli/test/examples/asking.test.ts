/** The examples for other languages, as they are: they fail over by reporting what they met. */
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { outputOf } from "../childOutput.ts"
import { entry, home, planted, type Ran, run as runCommand } from "../clawdbot.ts"
import { writeState } from "../gateway/running.ts"

const examples = fileURLToPath(new URL("../../../../examples/", import.meta.url))

/** Runs a program to its end, with clawdbot on its PATH. */
const run = (folder: string, command: string, argv: ReadonlyArray<string>): Effect.Effect<Ran> =>
  Effect.async((resume) => {
    fs.mkdirSync(`${folder}/bin`, { recursive: true })
    fs.writeFileSync(
      `${folder}/bin/clawdbot`,
      `#!/bin/sh\nexec "${process.execPath}" "${entry}" "$@"\n`,
      { mode: 0o755 }
    )
    const child = spawn(command, [...argv], {
      env: { HOME: folder, PATH: `${folder}/bin:${process.env.PATH}` },
      stdio: ["ignore", "pipe", "pipe"]
    })
    const output = outputOf(child)
    child.on("error", (cause) => resume(Effect.die(cause)))
    child.on("close", (status) => resume(Effect.succeed({ status, ...output })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const question = 'Say "hi" to\tC:\\ and é'

const programs = [
  { name: "examples/shell/ask.sh", command: "sh", argv: [`${examples}shell/ask.sh`, question] },
  {
    name: "examples/python/ask.py",
    command: "python3",
    argv: [`${examples}python/ask.py`, question]
  }
]

/** A language that this machine does not have is not tested; CI has both. */
const isHere = (command: string): boolean =>
  spawnSync(command, ["-c", ""], { stdio: "ignore" }).error === undefined

for (const { argv, command, name } of programs) {
  describe.skipIf(!isHere(command))(name, () => {
    it.scopedLive("reports a refusal and asks with another credential", () =>
      Effect.gen(function* () {
        const folder = yield* home
        const upstream = yield* make({
          credentials: {
            [planted.apiKey]: Script.always(Script.rateLimited({ "retry-after": "120" })),
            [planted.otherKey]: () => Script.ok()
          }
        })
        writeState(folder, upstream.url, [planted.apiKey, planted.otherKey])
        const first = yield* run(folder, command, argv)
        assert.strictEqual(first.status, 0, first.stderr)
        assert.strictEqual(JSON.parse(first.stdout).type, "message")
        assert.match(first.stderr, /anthropic:k0: cooling down until .* \(rate limit\)/)
        // What was learned holds for the next program.
        yield* run(folder, command, argv)
        const seen = upstream.requests.map(({ headers }) => headers["x-api-key"])
        assert.deepStrictEqual(seen, [planted.apiKey, planted.otherKey, planted.otherKey])
        const [request] = upstream.requests
        const sent: { readonly messages: ReadonlyArray<{ readonly content: string }> } = JSON.parse(
          request?.body.toString() ?? "{}"
        )
        assert.include(sent.messages[0]?.content, 'Say "hi" to')
        assert.notInclude(first.stdout + first.stderr, planted.apiKey)
      })
    )

    it.scopedLive("says why there is no credential, by its exit status too", () =>
      Effect.gen(function* () {
        const folder = yield* home
        const ran = yield* run(folder, command, argv)
        assert.deepInclude(ran, { status: 4, stdout: "" })
        assert.include(ran.stderr, "No API key found for provider")
      })
    )
  })
}

describe("examples/claude-code-helper", () => {
  it.scopedLive("its helper prints the key and nothing else", () =>
    Effect.gen(function* () {
      const folder = yield* home
      writeState(folder, "https://api.anthropic.com", [planted.apiKey])
      const settings: { readonly apiKeyHelper: string } = JSON.parse(
        fs.readFileSync(`${examples}claude-code-helper/settings.json`, "utf8")
      )
      const helped = yield* run(folder, "sh", ["-c", settings.apiKeyHelper])
      assert.deepStrictEqual(helped, { status: 0, stdout: `${planted.apiKey}\n`, stderr: "" })
      const direct = yield* runCommand(folder, ["models", "auth", "print-token"])
      assert.strictEqual(direct.stdout, helped.stdout)
    })
  )
})
