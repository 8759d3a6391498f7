/**
 * The libraries as strangers meet them: packed, installed into an empty folder, compiled with
 * several compilers and run.
 */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const minutes = 60_000

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-packed-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

interface Done {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program. Not at once: this process answers it, and its own runner. */
const run = (
  cwd: string,
  command: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {}
): Effect.Effect<Done> =>
  Effect.promise(
    () =>
      new Promise((resolve) => {
        const { HOME = "/", PATH = "" } = process.env
        const options = { cwd, env: { PATH, HOME, ...env }, timeout: 5 * minutes }
        const child = spawn(command, args, options)
        let stdout = ""
        let stderr = ""
        child.stdout.on("data", (chunk: Buffer) => {
          stdout += chunk.toString()
        })
        child.stderr.on("data", (chunk: Buffer) => {
          stderr += chunk.toString()
        })
        child.on("close", (status) => resolve({ status, stdout, stderr }))
      })
  )

const succeed = (done: Done): string => {
  assert.strictEqual(done.status, 0, `${done.stdout}\n${done.stderr}`)
  return done.stdout
}

/** Packs all of them; tarballs by name. */
const packed = Effect.gen(function* () {
  const folder = yield* temporary
  succeed(yield* run(root, "node_modules/.bin/tsc", ["-b"]))
  const said = succeed(yield* run(root, "node", ["scripts/releasing/libraries.mjs", folder]))
  const tarballs: Readonly<Record<string, string>> = JSON.parse(said)
  return tarballs
})

/** The compilers people use. */
const compilers = {
  "typescript-5.4": "5.4.5",
  "typescript-5.9": "5.9.3",
  "typescript-7.0": "7.0.2"
}

/** The oldest Effect that is promised, and the newest, each with its platform. */
const effects = { "3.22.0": "0.97.0", "3.22.4": "0.97.2" }

/** An empty folder with the examples, the packages they need and the compilers. */
const project = (effect: string, platform: string) =>
  Effect.gen(function* () {
    const tarballs = yield* packed
    const folder = yield* temporary
    const dependencies = {
      ...Object.fromEntries(Object.entries(tarballs).map(([name, file]) => [name, `file:${file}`])),
      effect,
      "@ai-sdk/anthropic": "4.0.105",
      "@anthropic-ai/sdk": "1.12.0",
      "@effect/ai": "0.37.0",
      "@effect/ai-anthropic": "0.27.0",
      "@effect/experimental": "0.61.0",
      "@effect/rpc": "0.76.0",
      "@effect/platform": platform,
      "@effect/vitest": "0.30.0",
      "@types/node": "20.19.0",
      ai: "7.0.173",
      vitest: "3.2.7",
      ...Object.fromEntries(
        Object.entries(compilers).map(([name, version]) => [name, `npm:typescript@${version}`])
      )
    }
    const manifest = { name: "a-stranger", private: true, type: "module", dependencies }
    fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest))
    fs.cpSync(path.join(root, "examples"), path.join(folder, "src"), { recursive: true })
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    succeed(yield* run(folder, "npm", ["install", ...flags]))
    return folder
  })

/** Compiles the examples that are in TypeScript. */
const compile = (folder: string, compiler: string, moduleResolution: string) => {
  const module = moduleResolution === "bundler" ? "esnext" : moduleResolution
  const compilerOptions = {
    target: "es2022",
    module,
    moduleResolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    types: ["node"],
    rootDir: "src",
    outDir: "out"
  }
  const files = [
    "effect-service/main.ts",
    "effect-service/Assistant.test.ts",
    "effect-ai/main.ts",
    "anthropic-sdk/fetch.ts",
    "anthropic-sdk/middleware.ts",
    "anthropic-sdk/credentials.ts",
    "ai-sdk/main.ts",
    "own-keys/main.ts",
    "own-keys/Credentials.test.ts",
    "gateway/main.ts"
  ].map((file) => `src/${file}`)
  const config = path.join(folder, "tsconfig.json")
  fs.writeFileSync(config, JSON.stringify({ compilerOptions, files }))
  return run(folder, "node", [`node_modules/${compiler}/bin/tsc`, "-p", config])
}

/** What our own types say where nothing is skipped. */
const strictly = (folder: string, compiler: string) => {
  const modules = [
    "domain/Credential",
    "domain/CredentialError",
    "domain/Credentials",
    "fetch",
    "http/Gateway",
    "node/MachineCredentials",
    "platform/ClaudeHttpClient",
    "testing/TestAnthropic",
    "testing/TestCredentials",
    "testing/contracts/Credentials"
  ]
  const lines = modules.map((module, index) => `export * as m${index} from "@clawdbot/${module}"`)
  fs.writeFileSync(path.join(folder, "src/all.ts"), lines.join("\n"))
  const args = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext"]
  const tsc = `node_modules/${compiler}/bin/tsc`
  return Effect.map(
    run(folder, "node", [tsc, ...args, "--types", "node", "src/all.ts"]),
    ({ stdout }) =>
      stdout.split("\n").filter((line) => /all\.ts|node_modules\/@clawdbot/.test(line))
  )
}

/** A person with two keys, the first of which is limited, and a setup token in another state. */
const stateFolder = (
  folder: string,
  baseUrl: string,
  profiles: Readonly<Record<string, unknown>>
) => {
  const stateDir = fs.mkdtempSync(path.join(folder, "state-"))
  const agent = path.join(stateDir, "agents/main/agent")
  fs.mkdirSync(agent, { recursive: true })
  fs.writeFileSync(path.join(agent, "auth-profiles.json"), JSON.stringify({ version: 1, profiles }))
  fs.writeFileSync(
    path.join(stateDir, "clawdbot.json"),
    JSON.stringify({ models: { providers: { anthropic: { baseUrl, models: [] } } } })
  )
  return stateDir
}

const key = (secret: string) => ({ type: "api_key", provider: "anthropic", key: secret })
const token = `sk-ant-oat01-${"t".repeat(95)}`

/** Lines of an example that a person writes for it. */
const lines = (file: string, mark: string): number =>
  fs
    .readFileSync(path.join(root, "examples", file), "utf8")
    .split("\n")
    .filter((line) => line.endsWith(`// ${mark}`)).length

describe("the packed libraries", () => {
  it("need few lines", () => {
    assert.strictEqual(lines("anthropic-sdk/fetch.ts", "clawdbot"), 2)
    assert.strictEqual(lines("ai-sdk/main.ts", "clawdbot"), 2)
    assert.strictEqual(lines("effect-ai/main.ts", "clawdbot"), 4)
    const service = ["Assistant.ts", "main.ts"].map((file) => `effect-service/${file}`)
    assert.strictEqual(
      service.reduce((sum, file) => sum + lines(file, "clawdbot"), 0),
      5
    )
    assert.strictEqual(lines("effect-service/Assistant.test.ts", "provider"), 1)
  })

  it.scopedLive(
    "hold their code and nothing else, and no module is found that is not public",
    () =>
      Effect.gen(function* () {
        const tarballs = yield* packed
        for (const [name, file] of Object.entries(tarballs)) {
          const listed = succeed(yield* run(root, "tar", ["-tzf", file]))
            .trim()
            .split("\n")
          for (const needed of ["package.json", "README.md", "LICENSE", "CHANGELOG.md"])
            assert.include(listed, `package/${needed}`, name)
          assert.isTrue(
            listed.some((one) => one.endsWith(".js")),
            name
          )
          const odd = listed.filter((one) => /\.(map|tsbuildinfo)$|\/test\/|\/src\//.test(one))
          assert.deepStrictEqual(odd, [], name)
          const text = succeed(yield* run(root, "tar", ["-xzOf", file, "package/package.json"]))
          assert.notInclude(text, '"source"')
        }
      }),
    10 * minutes
  )

  for (const [effect, platform] of Object.entries(effects))
    it.scopedLive(
      `compile and run beside effect ${effect}`,
      () =>
        Effect.gen(function* () {
          const folder = yield* project(effect, platform)
          const copies = succeed(
            yield* run(folder, "find", ["node_modules", "-path", "*/effect/package.json"])
          )
          assert.strictEqual(copies.trim().split("\n").length, 1, copies)
          const hidden = yield* run(folder, "node", [
            "--input-type=module",
            "-e",
            'await import("@clawdbot/node/Config/ConfigFile")'
          ])
          assert.include(hidden.stderr, "ERR_PACKAGE_PATH_NOT_EXPORTED")
          const required = succeed(
            yield* run(folder, "node", [
              "--input-type=commonjs",
              "-e",
              'console.log(typeof require("@clawdbot/fetch").make)'
            ])
          )
          assert.strictEqual(required.trim(), "function")
          for (const compiler of Object.keys(compilers)) {
            assert.deepStrictEqual(yield* strictly(folder, compiler), [], compiler)
            for (const resolution of ["node16", "nodenext", "bundler"])
              succeed(yield* compile(folder, compiler, resolution))
          }
          succeed(yield* compile(folder, "typescript-5.9", "nodenext"))

          const limited = Script.inTurn(Script.rateLimited({ "retry-after": "120" }))
          const upstream = yield* make({
            credentials: {
              "key-a": limited,
              "key-b": () => Script.ok(),
              [token]: () => Script.ok()
            }
          })
          const keys = { "anthropic:a": key("key-a"), "anthropic:b": key("key-b") }
          const setupToken = { type: "token", provider: "anthropic", token }
          const example = (
            file: string,
            profiles: Readonly<Record<string, unknown>> = keys,
            added: Readonly<Record<string, string>> = {}
          ) =>
            Effect.gen(function* () {
              const stateDir = stateFolder(folder, upstream.url, profiles)
              const env = { CLAWDBOT_STATE_DIR: stateDir, ...added }
              const done = yield* run(folder, "node", [`out/${file}.js`], env)
              const said: unknown = JSON.parse(succeed(done))
              return said
            })
          assert.deepStrictEqual(yield* example("effect-service/main"), {
            status: 200,
            answeredBy: "anthropic:b"
          })
          const text = "Hello from the scripted Anthropic."
          assert.deepStrictEqual(yield* example("effect-ai/main"), { text, isStreamed: true })
          assert.deepStrictEqual(yield* example("anthropic-sdk/fetch"), { type: "message", text })
          assert.deepStrictEqual(yield* example("anthropic-sdk/middleware"), { type: "message" })
          assert.deepStrictEqual(yield* example("ai-sdk/main"), { text, isStreamed: true })
          assert.deepStrictEqual(
            yield* example(
              "anthropic-sdk/credentials",
              { "anthropic:me": setupToken },
              { ANTHROPIC_BASE_URL: upstream.url }
            ),
            { type: "message" }
          )
          const own = yield* run(folder, "node", ["out/own-keys/main.js"], {
            FIRST_KEY: "key-a",
            SECOND_KEY: "key-b",
            HOME: ""
          })
          assert.deepStrictEqual(JSON.parse(succeed(own)), {
            first: "first",
            verdict: "try-next",
            second: "second",
            known: 2
          })
          assert.deepStrictEqual(yield* example("gateway/main"), { type: "message" })
          // A service's CI is the same in every run.
          const times = new Set<string>()
          for (let round = 0; round < 5; round++) {
            const args = ["node_modules/vitest/vitest.mjs", "run", "--dir", "out"]
            const said = succeed(yield* run(folder, "node", args))
            assert.match(said, /Tests {2}12 passed/)
            times.add(/nextAt (\d+)/.exec(said)?.[1] ?? "")
          }
          assert.strictEqual(times.size, 1)
          assert.isFalse(times.has(""))
        }),
      15 * minutes
    )
})
