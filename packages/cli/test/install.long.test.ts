/** Installing the command, from the sources and from a tarball, and removing it again. */
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import Anthropic from "@anthropic-ai/sdk"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted, toEnd } from "./clawdbot.ts"
import { linkDependencies } from "./container/buildContext.ts"
import { listening } from "./gateway/running.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const install = (folder: string, ...args: ReadonlyArray<string>) =>
  toEnd(() =>
    spawn(`${root}/scripts/install`, args, { env: { PATH: process.env.PATH, HOME: folder } })
  )

describe("scripts/install", () => {
  it.scopedLive(
    "puts a command on PATH that needs nothing of this repository",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const installed = yield* install(folder)
        assert.strictEqual(installed.status, 0, installed.stderr)
        assert.include(installed.stdout, `${folder}/.local/bin is not on your PATH`)
        const env = { PATH: `${folder}/.local/bin:${process.env.PATH}`, HOME: folder }
        const said = spawnSync("clawdbot", ["--version"], { encoding: "utf8", env, cwd: folder })
        assert.match(said.stdout, /^\d+\.\d+\.\d+( \([0-9a-f]{9}\))?\n$/)
        const status = spawnSync("clawdbot", ["models", "status", "--json"], {
          encoding: "utf8",
          env,
          cwd: folder
        })
        assert.strictEqual(status.status, 0, status.stderr)
        const foreign = fs
          .readdirSync(`${folder}/.local/lib/clawdbot`)
          .filter((name) => fs.lstatSync(`${folder}/.local/lib/clawdbot/${name}`).isSymbolicLink())
        assert.deepStrictEqual(foreign, [])
        const page = fs.readFileSync(`${folder}/.local/share/man/man1/clawdbot.1`, "utf8")
        assert.match(page, /^\.TH CLAWDBOT 1 /)
        assert.include(page, ".SS models auth print\\-token")
      }),
    180_000
  )

  it.scopedLive(
    "is removed again, and what it did not install stays",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const prefix = path.join(folder, "there")
        fs.mkdirSync(`${folder}/.clawdbot`)
        fs.writeFileSync(`${folder}/.clawdbot/clawdbot.json`, "{}\n")
        assert.strictEqual((yield* install(folder, "--prefix", prefix)).status, 0)
        assert.strictEqual((yield* install(folder, "--uninstall", "--prefix", prefix)).status, 0)
        assert.deepStrictEqual(fs.readdirSync(`${prefix}/bin`), [])
        assert.deepStrictEqual(fs.readdirSync(`${prefix}/lib`), [])
        assert.strictEqual(fs.readFileSync(`${folder}/.clawdbot/clawdbot.json`, "utf8"), "{}\n")
        assert.strictEqual((yield* install(folder, "--uninstall", "--prefix", prefix)).status, 1)
        fs.writeFileSync(`${prefix}/bin/clawdbot`, "somebody's own\n")
        const refused = yield* install(folder, "--prefix", prefix)
        assert.strictEqual(refused.status, 1)
        assert.include(refused.stderr, "is another program")
        assert.strictEqual(fs.readFileSync(`${prefix}/bin/clawdbot`, "utf8"), "somebody's own\n")
      }),
    180_000
  )

  it.scopedLive(
    "names what is wrong with its own command line",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        assert.strictEqual((yield* install(folder, "--frobnicate")).status, 2)
        assert.strictEqual((yield* install(folder, "--prefix")).status, 2)
      }),
    180_000
  )
})

/** What a run of a program in an empty home left behind. */
const inHome = (folder: string, bin: string, command: string, ...argv: ReadonlyArray<string>) =>
  spawnSync(command, argv, {
    encoding: "utf8",
    cwd: folder,
    env: { PATH: `${bin}:${process.env.PATH}`, HOME: folder }
  })

/** Packs the command into a folder; gives the tarball and the names of the files in it. */
const pack = (folder: string) => {
  assert.strictEqual(inHome(root, "/", "node", "scripts/bundle.mjs").status, 0)
  const argv = ["pack", "--json", "--pack-destination", folder]
  const packed = spawnSync("npm", argv, { encoding: "utf8", cwd: `${root}/packages/cli` })
  assert.strictEqual(packed.status, 0, packed.stderr)
  const [{ filename, files }] = JSON.parse(packed.stdout)
  const names: ReadonlyArray<string> = files.map((file: { readonly path: string }) => file.path)
  return { tarball: path.join(folder, filename), names }
}

const installations: Readonly<Record<string, (folder: string) => string>> = {
  "git clone and ./scripts/install": (folder) => {
    const clone = `${folder}/repository`
    const cloned = spawnSync("git", ["clone", "-q", "--no-tags", root, clone], { encoding: "utf8" })
    assert.strictEqual(cloned.status, 0, cloned.stderr)
    // What npm ci would bring, without asking the registry.
    linkDependencies(root, clone)
    const done = inHome(clone, "/", "./scripts/install", "--prefix", `${folder}/.local`)
    assert.strictEqual(done.status, 0, done.stderr)
    fs.rmSync(clone, { recursive: true, force: true })
    return `${folder}/.local/bin`
  },
  "npm install -g, from a tarball": (folder) => {
    const { tarball } = pack(folder)
    const prefix = `${folder}/global`
    const argv = ["install", "-g", "--offline", "--no-audit", "--prefix", prefix, tarball]
    const done = inHome(folder, path.dirname(process.execPath), "npm", ...argv)
    assert.strictEqual(done.status, 0, done.stderr)
    return `${prefix}/bin`
  }
}

describe("the first request in an empty home", () => {
  for (const [title, put] of Object.entries(installations)) {
    it.scopedLive(
      `after ${title}`,
      () =>
        Effect.gen(function* () {
          const folder = yield* home
          const bin = put(folder)
          const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
          const clawdbot = (...argv: ReadonlyArray<string>) => {
            const done = inHome(folder, bin, "clawdbot", ...argv)
            assert.strictEqual(done.status, 0, done.stderr)
            return done.stdout
          }
          assert.match(clawdbot("--version"), /^\d+\.\d+\.\d+ \([0-9a-f]{9}\)\n$/)
          clawdbot("onboard", "--anthropic-api-key", planted.apiKey)
          clawdbot("config", "set", "models.providers.anthropic.baseUrl", upstream.url)
          const { token, url } = yield* listening(() =>
            spawn("clawdbot", ["gateway", "--port", "0", "--print-token"], {
              cwd: folder,
              env: { PATH: `${bin}:${process.env.PATH}`, HOME: folder },
              stdio: ["pipe", "pipe", "pipe"]
            })
          )
          const client = new Anthropic({ baseURL: url, apiKey: token, maxRetries: 0 })
          const message = yield* Effect.promise(() =>
            client.messages.create({
              model: "claude-opus-4-5",
              max_tokens: 16,
              messages: [{ role: "user", content: "Hello" }]
            })
          )
          assert.strictEqual(message.type, "message")
          assert.strictEqual(upstream.requests.length, 1)
          const manual = inHome(folder, bin, "man", "-w", "clawdbot")
          // Node's slim images have no manual program.
          if (manual.error === undefined) assert.include(manual.stdout, folder)
        }),
      120_000
    )
  }
})

it.scopedLive("a tarball holds the command, what it has to say, and nothing else", () =>
  Effect.gen(function* () {
    const { names, tarball } = pack(yield* home)
    assert.deepStrictEqual(names.map((name) => name.replace(/-[0-9a-f]{12}\./, "-HASH.")).sort(), [
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "clawdbot.schema.json",
      "dist/clawdbot.1",
      "dist/clawdbot.cjs",
      "dist/clawdbot.mjs",
      "dist/command-HASH.cjs",
      "dist/command-HASH.command.cache",
      "dist/command-HASH.gateway.cache",
      "dist/command-HASH.short.cache",
      "dist/command-HASH.short.cjs",
      "dist/third-party-licenses.txt",
      "package.json"
    ])
    assert.isBelow(fs.statSync(tarball).size, 4_600_000)
    const notices = fs.readFileSync(`${root}/packages/cli/dist/third-party-licenses.txt`, "utf8")
    const bundled = fs.readFileSync(`${root}/packages/cli/dist/metafile.json`, "utf8")
    const inNodeModules = /^node_modules\/((?:@[\w-]+\/)?[\w.-]+)\//
    const { outputs } = JSON.parse(bundled)
    const inputs = Object.values<{ readonly inputs: object }>(outputs).flatMap((output) =>
      Object.entries(output.inputs)
    )
    const packages = new Set(
      inputs.flatMap(([file, { bytesInOutput }]) =>
        bytesInOutput > 0 ? (inNodeModules.exec(file)?.[1] ?? []) : []
      )
    )
    assert.isAbove(packages.size, 5)
    for (const name of packages) assert.match(notices, new RegExp(`^${name} \\d`, "m"))
  })
)
