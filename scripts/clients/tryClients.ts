// The clients through the gateway, failure by failure; see scripts/try-clients. usage: node
// tryClients.mjs FOLDER
import { execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { failureClasses, playing } from "@clawdbot/testing/ScriptedAnthropic/failureClasses"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import * as Effect from "effect/Effect"

const packages = ["ai@7.0.173", "@ai-sdk/anthropic@4.0.105", "@anthropic-ai/claude-code@2.1.330"]
const folder = process.argv[2] ?? ""
const command = path.resolve("packages/cli/dist/clawdbot.cjs")
const secretNote = "the umbrella is blue"
/** How long one conversation may take, in ms. */
const patience = 90_000

/**
 * Nothing of this shell but where programs are; whatever would leave the machine meets a closed
 * port.
 */
const environment = (home: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: home,
  NO_COLOR: "1",
  HTTPS_PROXY: "http://127.0.0.1:9",
  HTTP_PROXY: "http://127.0.0.1:9",
  NO_PROXY: "127.0.0.1,localhost"
})

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const program = (
  file: string,
  args: ReadonlyArray<string>,
  cwd: string,
  env: NodeJS.ProcessEnv
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: patience,
      killSignal: "SIGKILL"
    })
    let out = ""
    let err = ""
    child.stdout.on("data", (chunk) => (out += chunk))
    child.stderr.on("data", (chunk) => (err += chunk))
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, out, err }))
  })

interface Client {
  readonly name: string
  /** The tool that the provider calls, and what its result must hold. */
  readonly tool: (home: string) => {
    readonly name: string
    readonly input: Readonly<Record<string, unknown>>
  }
  readonly proof: string
  /** Holds the conversation and gives its last text. */
  readonly talk: (
    home: string,
    url: string,
    token: string
  ) => Promise<Ended & { readonly text: string }>
}

const aiSdk = (how: "plain" | "streamed"): Client => ({
  name: `AI SDK, ${how}`,
  tool: () => ({ name: "weather", input: { city: "Zürich", unit: "celsius" } }),
  proof: "rain in Zürich",
  talk: async (home, url, token) => {
    const done = await program(
      process.execPath,
      [path.join(folder, "aiSdk.mjs"), url, token, how],
      home,
      environment(home)
    )
    return { ...done, text: done.out.trim() }
  }
})

const claudeCode: Client = {
  name: "Claude Code",
  tool: (home) => ({ name: "Read", input: { file_path: path.join(home, "note.txt") } }),
  proof: secretNote,
  talk: async (home, url, token) => {
    fs.writeFileSync(path.join(home, "note.txt"), `${secretNote}\n`)
    const done = await program(
      path.join(folder, "node_modules/.bin/claude"),
      [
        "-p",
        "What does note.txt say?",
        "--output-format",
        "json",
        "--allowedTools",
        "Read",
        "--model",
        "claude-opus-4-5"
      ],
      home,
      {
        ...environment(home),
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_API_KEY: token,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_TELEMETRY: "1",
        DISABLE_AUTOUPDATER: "1"
      }
    )
    const result = /"result":"((?:[^"\\]|\\.)*)"/.exec(done.out)?.[1]
    return { ...done, text: result ?? done.out }
  }
}

/** A gateway of its own with two keys, of which the first always fails so; ended by its pid. */
const withGateway = async <A>(
  upstream: string,
  use: (home: string, url: string, token: string) => Promise<A>
) => {
  const home = fs.mkdtempSync(path.join(folder, "home-"))
  const agent = path.join(home, ".clawdbot/agents/main/agent")
  fs.mkdirSync(agent, { recursive: true, mode: 0o700 })
  const key = (secret: string) => ({ type: "api_key", provider: "anthropic", key: secret })
  fs.writeFileSync(
    path.join(agent, "auth-profiles.json"),
    JSON.stringify({
      version: 1,
      profiles: { "anthropic:failing": key("ka"), "anthropic:good": key("kb") },
      order: { anthropic: ["anthropic:failing", "anthropic:good"] }
    }),
    { mode: 0o600 }
  )
  fs.writeFileSync(
    path.join(home, ".clawdbot/clawdbot.json"),
    JSON.stringify({ models: { providers: { anthropic: { baseUrl: upstream } } } })
  )
  const gateway = spawn(process.execPath, [command, "gateway", "--port", "0", "--print-token"], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"]
  })
  const ended = new Promise((resolve) => gateway.on("close", resolve))
  try {
    const [url, token] = await new Promise<readonly [string, string]>((resolve, reject) => {
      let said = ""
      const look = (chunk: Buffer) => {
        said += chunk.toString()
        const at = /listening on (\S+)/.exec(said)?.[1]
        const found = /client token\s+(\S+)/.exec(said)?.[1]
        if (at !== undefined && found !== undefined && said.includes("Ctrl-C")) resolve([at, found])
      }
      gateway.stdout.on("data", look)
      gateway.stderr.on("data", look)
      gateway.on("close", () => reject(new Error(`the gateway ended: ${said}`)))
    })
    return await use(home, url, token)
  } finally {
    gateway.kill("SIGTERM")
    await ended
    fs.rmSync(home, { recursive: true, force: true })
  }
}

/** What came of one conversation: `ok`, or what was wrong. */
const converse = (client: Client, step: Script.Step): Promise<string> =>
  Effect.gen(function* () {
    let tool: ReturnType<Client["tool"]> = { name: "", input: {} }
    const good: Script.Script = (_count, asked) =>
      asked.tools.includes(tool.name) && !asked.toolResult
        ? Script.ok({ blocks: ["thinking", "text", "tool_use"], tool })
        : Script.ok({ text: "It rains." })
    const upstream = yield* make({ credentials: { ka: playing(step), kb: good } })
    return yield* Effect.promise(() =>
      withGateway(upstream.url, async (home, url, token) => {
        tool = client.tool(home)
        const { code, err, text } = await client.talk(home, url, token)
        if (code !== 0 || text !== "It rains.")
          return `ended with ${code}: ${(text || err).slice(0, 200).trim()}`
        if (!upstream.requests.some(({ credential }) => credential === "ka"))
          return "the failing key was never tried"
        const told = upstream.requests.some(
          ({ body }) => body.includes(client.proof) && body.includes("tool_result")
        )
        return told ? "ok" : "the tool's result never came"
      })
    )
  }).pipe(Effect.scoped, Effect.runPromise)

const installs = (spec: string): string | undefined => {
  try {
    execFileSync(
      "npm",
      ["install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, spec],
      {
        stdio: ["ignore", "ignore", "pipe"],
        timeout: 300_000
      }
    )
    return undefined
  } catch (cause) {
    return `cannot be installed: ${cause instanceof Error ? cause.message.split("\n")[1] : ""}`
  }
}

fs.writeFileSync(path.join(folder, "package.json"), "{}\n")
fs.copyFileSync("scripts/clients/aiSdk.mjs", path.join(folder, "aiSdk.mjs"))
process.stderr.write(`==> Installing ${packages.join(", ")}\n`)
const problems = packages.map(installs)
const starts = await program(
  path.join(folder, "node_modules/.bin/claude"),
  ["--version"],
  folder,
  environment(folder)
).catch((): Ended => ({ code: 1, out: "", err: "not there" }))
const without = [
  ...(problems[0] === undefined && problems[1] === undefined
    ? []
    : [`AI SDK: ${problems[0] ?? problems[1]}`]),
  ...(starts.code === 0
    ? []
    : [
        `Claude Code: does not run with Node ${process.version} ` +
          `(${starts.err.trim().split("\n")[0]})`
      ])
]
const clients = [
  ...(problems[0] === undefined && problems[1] === undefined
    ? [aiSdk("plain"), aiSdk("streamed")]
    : []),
  ...(starts.code === 0 ? [claudeCode] : [])
]
let failed = 0
const rows: Array<string> = []
// Silence until the gateway gives up takes ten minutes; the tests have it with a shorter patience.
for (const [name, step] of failureClasses.filter(
  ([, step]) => step._tag !== "Silent" || step.how !== "hang"
)) {
  process.stderr.write(`==> ${name}\n`)
  const cells: Array<string> = []
  for (const client of clients) cells.push(await converse(client, step))
  failed += cells.filter((cell) => cell !== "ok").length
  rows.push(`| ${[name, ...cells].join(" | ")} |`)
}
process.stdout.write(
  [
    `| Failure | ${clients.map(({ name }) => name).join(" | ")} |`,
    `| --- |${clients.map(() => " --- |").join("")}`,
    ...rows,
    "",
    `${packages.join(", ")}; Claude Code says ${starts.out.trim()}; Node ${process.version}.`,
    ...without.map((line) => `Left out: ${line}.`),
    ""
  ].join("\n")
)
process.exitCode = failed > 0 || clients.length === 0 ? 1 : 0
