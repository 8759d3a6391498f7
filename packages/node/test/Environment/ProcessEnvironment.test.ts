import { readFileSync } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { Environment } from "@clawdbot/domain/Environment/Environment"
import * as LoginShell from "@clawdbot/node/Environment/loginShell"
import * as ProcessEnvironment from "@clawdbot/node/Environment/ProcessEnvironment"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { temporaryFolder } from "../Config/configFileTexts.ts"
import { onDisk } from "../onDisk.ts"

const withHome = <A, E>(
  files: Readonly<Record<string, string>>,
  env: (home: string) => Readonly<Record<string, string>>,
  program: (home: string) => Effect.Effect<A, E, Environment>
) =>
  Effect.gen(function* () {
    const home = yield* temporaryFolder
    for (const [name, text] of Object.entries(files)) {
      yield* Effect.promise(async () => {
        await fs.mkdir(path.dirname(path.join(home, name)), { recursive: true })
        await fs.writeFile(path.join(home, name), text, { mode: 0o755 })
      })
    }
    const paths = EnvironmentMemory.pathsLayer({
      home,
      workingFolder: path.join(home, "work"),
      stateDir: path.join(home, ".clawdbot")
    })
    return yield* Effect.provide(
      program(home),
      Layer.provide(ProcessEnvironment.layerWith(env(home)), paths)
    )
  }).pipe(Effect.scoped)

const shown = Effect.gen(function* () {
  const environment = yield* Environment
  const base = yield* environment.base
  return Object.fromEntries(
    [...base].map(([name, { value, source }]) => [
      name,
      `${source._tag === "DotEnv" ? source.folder : source._tag} ${Redacted.value(value)}`
    ])
  )
})

describe("base", () => {
  onDisk.live("process, then .env of the state folder, then .env of the working folder", () =>
    withHome(
      {
        "work/.env":
          "ANTHROPIC_API_KEY=cwd\nANTHROPIC_OWN=cwd\nANTHROPIC_BLANK=cwd\n" +
          "ANTHROPIC_PROCESS=cwd\nCLAWDBOT_CONFIG_PATH=/evil\nHTTPS_PROXY=evil\n",
        ".clawdbot/.env":
          "ANTHROPIC_API_KEY=state\nMY_MODEL='from state' # note\nexport OTHER=\"a\\nb\"\n"
      },
      () => ({ ANTHROPIC_PROCESS: "process", ANTHROPIC_BLANK: " " }),
      () =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* shown, {
            ANTHROPIC_PROCESS: "Process process",
            ANTHROPIC_BLANK: "Process  ",
            ANTHROPIC_API_KEY: "state state",
            MY_MODEL: "state from state",
            OTHER: "state a\nb",
            ANTHROPIC_OWN: "working cwd"
          })
        })
    )
  )

  onDisk.live("where both are one folder, its .env is the state folder's", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      yield* Effect.promise(() => fs.writeFile(path.join(home, ".env"), "MINE=1\n"))
      const paths = EnvironmentMemory.pathsLayer({ home, workingFolder: home, stateDir: home })
      assert.deepStrictEqual(
        yield* Effect.provide(shown, Layer.provide(ProcessEnvironment.layerWith({}), paths)),
        { MINE: "state 1" }
      )
    }).pipe(Effect.scoped)
  )

  onDisk.live("no files is no trouble", () =>
    withHome(
      {},
      () => ({ A: "1" }),
      () => Effect.map(shown, (all) => assert.deepStrictEqual(all, { A: "Process 1" }))
    )
  )
})

const shellScript = (body: string) => `#!/bin/sh\n${body}\n`
const shellEnv = (home: string) => ({ SHELL: path.join(home, "sh"), PATH: process.env.PATH ?? "" })
const ask = (timeoutMs: number) =>
  Effect.flatMap(Environment, ({ loginShell }) => loginShell(timeoutMs))

describe("login shell", () => {
  onDisk.live("NUL-separated variables, with whatever a profile prints before them", () =>
    withHome(
      { sh: shellScript("echo hello\nprintf 'A=1\\0B=two\\nlines\\0not a name=3\\0C=\\0'") },
      shellEnv,
      () =>
        Effect.gen(function* () {
          const { variables, warning } = yield* ask(5000)
          assert.deepStrictEqual(
            [...variables].map(([name, value]) => [name, Redacted.value(value)]),
            [
              ["A", "1"],
              ["B", "two\nlines"],
              ["C", ""]
            ]
          )
          assert.isTrue(Option.isNone(warning))
        })
    )
  )

  onDisk.live("is asked once", () =>
    withHome(
      { sh: shellScript('echo x >> "$(dirname "$0")/count"\nprintf "A=1\\0"') },
      shellEnv,
      (home) =>
        Effect.gen(function* () {
          yield* Effect.all([ask(5000), ask(5000), ask(5000)], { concurrency: "unbounded" })
          yield* ask(5000)
          assert.strictEqual(
            yield* Effect.promise(() => fs.readFile(path.join(home, "count"), "utf8")),
            "x\n"
          )
        })
    )
  )

  onDisk.live("a daemon that keeps the pipe open does not keep the answer", () =>
    withHome({ sh: shellScript("sleep 3 &\nprintf 'A=1\\0'") }, shellEnv, () =>
      Effect.gen(function* () {
        const { variables, warning } = yield* ask(2500)
        assert.strictEqual(variables.size, 1)
        assert.isTrue(Option.isNone(warning))
      })
    )
  )

  onDisk.live("one that hangs is killed with what it started", () =>
    withHome(
      { sh: shellScript('sleep 300 &\necho $! > "$(dirname "$0")/pid"\nwait') },
      shellEnv,
      (home) =>
        Effect.gen(function* () {
          const { variables, warning } = yield* ask(700)
          assert.strictEqual(variables.size, 0)
          assert.include(Option.getOrThrow(warning), "did not respond within 700 ms")
          const pid = Number(
            yield* Effect.promise(() => fs.readFile(path.join(home, "pid"), "utf8"))
          )
          yield* Effect.retry(
            Effect.suspend(() => (isAlive(pid) ? Effect.fail("alive") : Effect.void)),
            // real time: looks until the process is gone, with a bound.
            Schedule.spaced("10 millis").pipe(Schedule.intersect(Schedule.recurs(200)))
          ).pipe(
            Effect.orElse(() => Effect.sync(() => assert.fail("the sleeping child still lives")))
          )
        })
    )
  )

  onDisk.live("a failing, a missing and a chatty one give a warning", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const failing = path.join(home, "failing")
      const chatty = path.join(home, "chatty")
      yield* Effect.promise(() => fs.writeFile(failing, shellScript("exit 3"), { mode: 0o755 }))
      yield* Effect.promise(() => fs.writeFile(chatty, shellScript("yes"), { mode: 0o755 }))
      const env = { PATH: process.env.PATH ?? "" }
      assert.include(
        Option.getOrThrow((yield* LoginShell.ask(failing, env, 5000)).warning),
        "ended with status 3"
      )
      assert.include(
        Option.getOrThrow((yield* LoginShell.ask(path.join(home, "none"), env, 5000)).warning),
        "ENOENT"
      )
      assert.include(
        Option.getOrThrow((yield* LoginShell.ask(chatty, env, 5000)).warning),
        "more than 2 MiB"
      )
    }).pipe(Effect.scoped)
  )
})

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // A zombie that nobody has reaped yet counts as gone.
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")
  } catch {
    return false
  }
}
