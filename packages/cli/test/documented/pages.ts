/** Runs the blocks of commands of a page in order, as somebody would who follows it. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { outputOf } from "../childOutput.ts"
import { entry, home, planted, type Ran, start } from "../clawdbot.ts"
import { listening } from "../gateway/running.ts"
import { textOf } from "./commandLines.ts"
import { freePort } from "./freePort.ts"

const root = fileURLToPath(new URL("../../../../", import.meta.url))

/** The port that pages name: another one is used, so that tests can run beside a gateway. */
const shownPort = "18789"

/** A stand-in for Claude Code: one request to where its variables say, and the answer's text. */
const claude = `#!/usr/bin/env node
const { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: url } = process.env
const messages = [{ role: "user", content: "x" }]
const body = { model: "claude-haiku-4-5", max_tokens: 8, messages }
const headers = { "x-api-key": key, "anthropic-version": "2023-06-01" }
fetch(url + "/v1/messages", { method: "POST", headers, body: JSON.stringify(body) }).then(
  async (answer) => {
    console.log(answer.status, await answer.text())
    process.exitCode = answer.ok ? 0 : 1
  }
)
`

/** The blocks of commands of a page. */
export const blocks = (page: string): ReadonlyArray<string> =>
  [...textOf(page).matchAll(/^```bash\n(.*?)^```/gms)].map(([, block = ""]) => block)

/** What a page takes for granted. */
export interface Reader {
  /** Variables that the page tells its reader to have. */
  readonly variables?: Readonly<Record<string, string>>
  /** Whether a credential is stored already. */
  readonly hasKey?: boolean
  /** Blocks that are not run, by a text in them, with the test that runs them. */
  readonly elsewhere?: Readonly<Record<string, string>>
  /** Whether a gateway runs from the start. */
  readonly hasGateway?: boolean
}

/** A person's folder: a key in a file, Claude Code with a login, the provider on this machine. */
const person = Effect.fnUntraced(function* ({ hasKey = false }: Reader) {
  const folder = yield* home
  const upstream = yield* make({
    credentials: { [planted.apiKey]: () => Script.ok(), [planted.setupToken]: () => Script.ok() }
  })
  const port = yield* freePort
  const put = (name: string, text: string, mode = 0o600) => {
    fs.mkdirSync(`${folder}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true, mode: 0o700 })
    fs.writeFileSync(`${folder}/${name}`, text, { mode })
  }
  const login = {
    accessToken: planted.setupToken,
    refreshToken: "sk-ant-ort01-planted",
    expiresAt: 4_102_444_800_000
  }
  const provider = { baseUrl: upstream.url, models: [] }
  const config = { gateway: { port }, models: { providers: { anthropic: provider } } }
  put(".clawdbot/clawdbot.json", JSON.stringify(config))
  put(".claude/.credentials.json", JSON.stringify({ claudeAiOauth: login }))
  put("key.txt", `${planted.apiKey}\n`)
  put("bin/clawdbot", `#!/bin/sh\nexec "${process.execPath}" "${entry}" "$@"\n`, 0o755)
  put("bin/claude", claude, 0o755)
  fs.symlinkSync(`${root}examples`, `${folder}/examples`)
  if (hasKey) {
    const key = { type: "api_key", provider: "anthropic", key: planted.apiKey }
    const profiles = { "anthropic:default": key }
    put(".clawdbot/agents/main/agent/auth-profiles.json", JSON.stringify({ version: 1, profiles }))
  }
  return { folder, port }
})

/** Runs a text in bash, which stops at the first failure, and gives its variables back. */
const bash = (
  folder: string,
  script: string,
  variables: Readonly<Record<string, string>>
): Effect.Effect<Ran & { readonly after: Readonly<Record<string, string>> }> =>
  Effect.async((resume) => {
    const child = spawn("bash", ["-e", "-c", `${script}\nenv -0 > "$HOME/.after"`], {
      cwd: folder,
      env: variables,
      stdio: ["ignore", "pipe", "pipe"]
    })
    const output = outputOf(child)
    child.on("close", (status) => {
      const text = status === 0 ? fs.readFileSync(`${folder}/.after`, "utf8") : ""
      // It may hold a credential that the page put into a variable: that is not left behind.
      fs.rmSync(`${folder}/.after`, { force: true })
      const after = Object.fromEntries(
        text.split("\0").flatMap((line) => {
          const at = line.indexOf("=")
          return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : []
        })
      )
      resume(Effect.succeed({ status, ...output, after }))
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Follows a page from its first block to its last. Every command has to succeed. */
export const follow = Effect.fnUntraced(function* (page: string, reader: Reader) {
  const { folder, port } = yield* person(reader)
  const path = `${folder}/bin:${process.env.PATH}`
  let variables: Readonly<Record<string, string>> = {
    HOME: folder,
    PATH: path,
    TERM: "dumb",
    ...reader.variables
  }
  let token = ""
  const startGateway = Effect.map(
    listening(() => start(folder, ["gateway", "--print-token"])),
    (running) => {
      token = running.token
      if (reader.variables === undefined)
        variables = { ...variables, CLAWDBOT_GATEWAY_TOKEN: running.token }
    }
  )
  if (reader.hasGateway === true) yield* startGateway
  const skipped = Object.keys(reader.elsewhere ?? {})
  let said = ""
  for (const block of blocks(page)) {
    if (skipped.some((part) => block.includes(part))) continue
    if (block.trim() === "clawdbot gateway") {
      yield* startGateway
      continue
    }
    const script = block.replaceAll(shownPort, String(port)).replaceAll("cbt_…", token)
    const ran = yield* bash(folder, script, variables)
    assert.strictEqual(ran.status, 0, `${page}:\n${block}\n${ran.stdout}\n${ran.stderr}`)
    said += `${ran.stdout}${ran.stderr}`
    variables = ran.after
  }
  return said
})
