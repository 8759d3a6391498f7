/** The programs on the pages for developers, as they stand there, against a scripted provider. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as esbuild from "esbuild"
import { home, planted, type Ran } from "../clawdbot.ts"
import { writeState } from "../gateway/running.ts"
import { textOf } from "./commandLines.ts"

const root = fileURLToPath(new URL("../../../../", import.meta.url))

const programsOf = (page: string): ReadonlyArray<string> =>
  [...textOf(page).matchAll(/^```js\n(.*?)^```/gms)].map(([, program = ""]) => program)

/** Libraries in CommonJS ask for modules of Node by it. */
const requireInModules = `import { createRequire } from "node:module"
const require = createRequire(import.meta.url)`

/** A program with the packages of this project in it. */
const build = (program: string, outfile: string) =>
  Effect.promise(() =>
    esbuild.build({
      stdin: { contents: program, resolveDir: root, loader: "js" },
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      conditions: ["source"],
      logLevel: "silent",
      banner: { js: requireInModules }
    })
  )

const run = (folder: string, file: string, env: Readonly<Record<string, string>>) =>
  Effect.async<Ran>((resume) => {
    const child = spawn(process.execPath, [file], {
      env: { HOME: folder, PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk) => {
      stdout += chunk
    })
    child.stderr.on("data", (chunk) => {
      stderr += chunk
    })
    child.on("close", (status) => resume(Effect.succeed({ status, stdout, stderr })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** What each program prints when the first of two keys is limited. */
const printed: Readonly<Record<string, ReadonlyArray<RegExp>>> = {
  "docs/sdks.md": [/^\S.*\n$/, /^200\n$/],
  "docs/effect-service.md": [/^200 by anthropic:k1\n$/]
}

describe("programs on the pages", () => {
  for (const [page, outputs] of Object.entries(printed)) {
    it.scopedLive(
      `${page}: each answers, with the next credential where the first is limited`,
      () =>
        Effect.gen(function* () {
          const programs = programsOf(page)
          assert.strictEqual(programs.length, outputs.length)
          for (const [index, program] of programs.entries()) {
            const folder = yield* home
            const upstream = yield* make({
              credentials: {
                [planted.apiKey]: Script.always(Script.rateLimited({ "retry-after": "120" })),
                [planted.otherKey]: () => Script.ok()
              }
            })
            writeState(folder, upstream.url, [planted.apiKey, planted.otherKey])
            const file = `${folder}/program.mjs`
            yield* build(program, file)
            assert.isTrue(fs.existsSync(file))
            const ran = yield* run(folder, file, {
              FIRST_KEY: planted.apiKey,
              SECOND_KEY: planted.otherKey,
              PROVIDER_URL: upstream.url
            })
            assert.strictEqual(ran.status, 0, ran.stderr)
            assert.match(ran.stdout, outputs[index] ?? /$^/)
            assert.deepStrictEqual(
              upstream.requests.map(({ headers }) => headers["x-api-key"]),
              [planted.apiKey, planted.otherKey]
            )
          }
        }),
      60_000
    )
  }
})
