/** The command as a process among others: pipes that close, signals, nothing loaded for nothing. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { kinds, scriptOf } from "../src/start/kinds.ts"
import { entry, filesIn, home, run, start } from "./clawdbot.ts"

/** A home with so many profiles that a report of them is larger than a pipe. */
const homeOfMany = Effect.map(home, (folder) => {
  const profiles = Array.from({ length: 2_000 }, (_, n) => {
    const key = `sk-ant-api03-${String(n).padStart(60, "x")}`
    return [`anthropic:p${n}`, { type: "api_key", provider: "anthropic", key }]
  })
  fs.mkdirSync(`${folder}/.clawdbot/agents/main/agent`, { recursive: true, mode: 0o700 })
  fs.writeFileSync(
    `${folder}/.clawdbot/agents/main/agent/auth-profiles.json`,
    JSON.stringify({ version: 1, profiles: Object.fromEntries(profiles) }),
    { mode: 0o600 }
  )
  return folder
})

describe("pipes", () => {
  it.scopedLive("a reader that leaves early ends the command quietly", () =>
    Effect.gen(function* () {
      const folder = yield* home
      for (const line of [
        "models status --json | head -c 10",
        "config get | true",
        "--help | head -n 1"
      ]) {
        const [command = "", reader = ""] = line.split(" | ")
        const done = spawnSync(
          "bash",
          ["-c", `set -o pipefail; "$0" "$1" ${command} | ${reader}`, process.execPath, entry],
          {
            cwd: folder,
            env: { PATH: process.env.PATH, HOME: folder },
            encoding: "utf8"
          }
        )
        assert.strictEqual(done.stderr, "", line)
        assert.strictEqual(done.status, 0, line)
      }
    })
  )

  it.scopedLive("a large report reaches a slow reader whole, whoever shares the pipe", () =>
    Effect.gen(function* () {
      const folder = yield* homeOfMany
      // Node makes a pipe one that does not wait, for all that hold it, as it opens a stream of it.
      fs.writeFileSync(`${folder}/share.cjs`, "process.stdout")
      for (const preload of ["", `-r ${folder}/share.cjs`]) {
        const done = spawnSync(
          "bash",
          ["-c", `"$0" ${preload} "$1" models status --json | (sleep 0.5; cat)`].concat(
            process.execPath,
            entry
          ),
          {
            cwd: folder,
            env: { PATH: process.env.PATH, HOME: folder },
            encoding: "utf8",
            maxBuffer: 1 << 26
          }
        )
        const { auth } = JSON.parse(done.stdout) as {
          auth: { oauth: { profiles: ReadonlyArray<unknown> } }
        }
        assert.strictEqual(auth.oauth.profiles.length, 2_000, preload)
      }
    })
  )

  it.scopedLive("no escape sequence ever reaches a pipe", () =>
    Effect.gen(function* () {
      const folder = yield* home
      for (const argv of [
        ["--help"],
        ["models", "status"],
        ["doctor"],
        ["nonsense"],
        ["models", "status", "--nonsense"]
      ]) {
        const done = yield* run(folder, argv, { env: { TERM: "xterm-256color", FORCE_COLOR: "1" } })
        assert.notInclude(done.stdout + done.stderr, "\u001b", argv.join(" "))
      }
    })
  )
})

describe("signals", () => {
  it.scopedLive(
    "SIGINT while it waits for standard input: exit 130, nothing stored, nothing said of a stack",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const done = yield* Effect.async<{ readonly code: number | null; readonly stderr: string }>(
          (resume) => {
            const child = start(folder, [
              "models",
              "auth",
              "paste-token",
              "--provider",
              "anthropic"
            ])
            let stderr = ""
            child.stderr.on("data", (chunk: Buffer) => {
              stderr += chunk.toString()
            })
            child.on("close", (code) => resume(Effect.succeed({ code, stderr })))
            // More than lies between the processes: it is written once the command reads it.
            child.stdin.write("a".repeat(512 * 1024), () => child.kill("SIGINT"))
            return Effect.sync(() => child.kill("SIGKILL"))
          }
        )
        assert.strictEqual(done.code, 130)
        assert.notMatch(done.stderr, /^\s+at /m)
        assert.deepStrictEqual(filesIn(folder), [])
      })
  )

  it.scopedLive("SIGINT while nobody reads what it writes: it ends all the same", () =>
    Effect.gen(function* () {
      const folder = yield* homeOfMany
      const end = yield* Effect.async<number | NodeJS.Signals | null>((resume) => {
        const child = start(folder, ["models", "status", "--json"])
        child.stdout.once("data", () => {
          child.stdout.pause()
          child.kill("SIGINT")
        })
        child.on("exit", (code, signal) => resume(Effect.succeed(code ?? signal)))
        return Effect.sync(() => child.kill("SIGKILL"))
      })
      assert.include([130, "SIGINT"], end)
    })
  )
})

describe("start-up", () => {
  const dist = path.dirname(entry)
  const named = (ending: string): ReadonlyArray<string> =>
    fs.readdirSync(dist).filter((name) => name.startsWith("command-") && name.endsWith(ending))

  interface Source {
    readonly bytes: number
    readonly imports: ReadonlyArray<{
      readonly path: string
      readonly kind: string
      readonly external?: boolean
    }>
  }

  /** Every source that runs before a command does, and the modules of Node it asks for. */
  const loaded = () => {
    const metafile: { readonly inputs: Readonly<Record<string, Source>> } = JSON.parse(
      fs.readFileSync(`${dist}/metafile.json`, "utf8")
    )
    const sources = new Map<string, Source>()
    const builtins = new Set<string>()
    const walk = (file: string): void => {
      const source = metafile.inputs[file]
      if (source === undefined || sources.has(file)) return
      sources.set(file, source)
      for (const { external, kind, path: target } of source.imports) {
        if (kind === "dynamic-import") continue
        // A module that stands in for one of Node's asks for it when it is used.
        if (file.startsWith("late:")) continue
        if (external === true) builtins.add(target)
        else walk(target)
      }
    }
    walk("packages/cli/src/cli.ts")
    return { builtins, sources }
  }

  it(
    "--version loads next to nothing, and a command neither the gateway nor anything of Node's " +
      "that it may not need",
    () => {
      // What asks a running gateway for its token is in it too, and what writes that.
      assert.isAtMost(fs.statSync(entry).size, 6_000)
      const { builtins, sources } = loaded()
      const names = [...sources.keys()]
      for (const foreign of [
        "undici/",
        "@effect/platform-node/",
        "packages/http/",
        "packages/testing/"
      ]) {
        assert.isUndefined(
          names.find((name) => name.includes(foreign)),
          foreign
        )
      }
      // Of what @effect/platform has for Node, the disk alone.
      assert.sameMembers(
        names.flatMap((name) => /platform-node-shared\/dist\/esm\/(.*)\.js$/.exec(name)?.[1] ?? []),
        ["NodeFileSystem", "internal/error", "internal/fileSystem"]
      )
      assert.sameMembers([...builtins], ["node:buffer", "node:fs", "node:os", "node:path"])
      assert.isAbove(sources.size, 300)
      // The bundle is one file: bytes count, not how many sources they came from.
      assert.isAtMost(
        [...sources.values()].reduce((sum, { bytes }) => sum + bytes, 0),
        5_400_000
      )
    }
  )

  it.scopedLive(
    "what programs call again and again opens no streams where its output is a pipe",
    () =>
      Effect.gen(function* () {
        const folder = yield* homeOfMany
        fs.writeFileSync(
          `${folder}/list.cjs`,
          `const file = "${folder}/modules.json"
          const list = () => JSON.stringify(process.moduleLoadList)
          process.on("exit", () => require("fs").writeFileSync(file, list()))`
        )
        for (const argv of [
          ["models", "status", "--json"],
          ["models", "auth", "print-token"]
        ]) {
          const done = spawnSync(process.execPath, ["-r", `${folder}/list.cjs`, entry, ...argv], {
            env: { PATH: process.env.PATH, HOME: folder },
            maxBuffer: 1 << 26
          })
          assert.strictEqual(done.status, 0, done.stderr.toString())
          const modules: ReadonlyArray<string> = JSON.parse(
            fs.readFileSync(`${folder}/modules.json`, "utf8")
          )
          const needless =
            /^NativeModule (?:net|stream|http|crypto|zlib|child_process|internal\/fs\/promises)$/
          assert.deepStrictEqual(
            modules.filter((name) => needless.test(name)),
            []
          )
        }
      })
  )

  it.scopedLive("the ES module that services of earlier versions name is the same command", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const [now, before] = [entry, entry.replace(/cjs$/, "mjs")].map((file) =>
        ["--version", "config path", "models status --json"].map((line) => {
          const { status, stdout } = spawnSync(process.execPath, [file, ...line.split(" ")], {
            env: { PATH: process.env.PATH, HOME: folder },
            encoding: "utf8"
          })
          return { status, stdout }
        })
      )
      assert.isTrue(now?.every(({ status }) => status === 0))
      assert.deepStrictEqual(before, now)
    })
  )

  it.scopedLive(
    "the command runs from code compiled when it was bundled, and without it all the same",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const [scripts, compiled] = [named(".cjs"), named(".cache")]
        const build = scripts[0]?.replace(/\.cjs$/, "") ?? ""
        const ofKinds = kinds.map((kind) => scriptOf(kind, build))
        assert.deepStrictEqual(scripts, [...new Set(ofKinds)].sort())
        assert.deepStrictEqual(compiled, kinds.map((kind) => `${build}.${kind}.cache`).sort())
        const copy = `${folder}/dist`
        fs.mkdirSync(copy)
        for (const name of ["clawdbot.cjs", ...scripts])
          fs.copyFileSync(`${dist}/${name}`, `${copy}/${name}`)
        const env = { PATH: process.env.PATH, HOME: folder }
        const status = () =>
          spawnSync(process.execPath, [`${copy}/clawdbot.cjs`, "config", "path"], { env }).status
        assert.strictEqual(status(), 0)
        for (const file of compiled)
          fs.writeFileSync(`${copy}/${file}`, "of another version of Node")
        assert.strictEqual(status(), 0)
      })
  )

  it.scopedLive("where V8 refuses that code, the next start runs what the first one compiled", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const copy = `${folder}/dist`
      fs.mkdirSync(copy)
      for (const name of ["clawdbot.cjs", ...named(".cjs")])
        fs.copyFileSync(`${dist}/${name}`, `${copy}/${name}`)
      const kept = `${folder}/.cache/clawdbot`
      const status = () =>
        spawnSync(process.execPath, [`${copy}/clawdbot.cjs`, "config", "path"], {
          env: { PATH: process.env.PATH, HOME: folder }
        }).status
      fs.mkdirSync(kept, { recursive: true, mode: 0o700 })
      const earlier = `${kept}/command-0123456789ab.command-1.cache`
      fs.writeFileSync(earlier, "of an earlier build")
      assert.strictEqual(status(), 0)
      const [file = "", ...others] = filesIn(kept)
      const at = `${kept}/${file}`
      assert.deepStrictEqual(others, [])
      assert.match(file, /^command-[0-9a-f]{12}\.command-\d+\.cache$/)
      const { ino, mode } = fs.statSync(at)
      assert.strictEqual(mode & 0o777, 0o600)
      // Code that runs is not written anew; code that V8 refuses is.
      assert.strictEqual(status(), 0)
      assert.strictEqual(fs.statSync(at).ino, ino)
      fs.writeFileSync(at, "refused")
      assert.strictEqual(status(), 0)
      assert.isAbove(fs.statSync(at).size, 100_000)
      // What others could have written is neither run nor replaced.
      fs.chmodSync(kept, 0o777)
      fs.writeFileSync(at, "planted")
      assert.strictEqual(status(), 0)
      assert.strictEqual(fs.readFileSync(at, "utf8"), "planted")
    })
  )
})
