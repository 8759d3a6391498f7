/** Many processes of the command that change one config at a time, some of them killed. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import JSON5 from "json5"
import { entry, filesIn, home, run } from "../clawdbot.ts"

const before = "{\n  // mine\n  env: { vars: {} }, // and mine\n}\n"
const backups = ["", ".1", ".2", ".3", ".4"].map((suffix) => `.clawdbot/clawdbot.json.bak${suffix}`)

const prepare = (folder: string) =>
  Effect.sync(() => {
    fs.mkdirSync(path.join(folder, ".clawdbot"), { mode: 0o700 })
    fs.writeFileSync(path.join(folder, ".clawdbot/clawdbot.json"), before, { mode: 0o600 })
  })

const textIn = (folder: string) =>
  Effect.sync(() => fs.readFileSync(path.join(folder, ".clawdbot/clawdbot.json"), "utf8"))

const variablesIn = (text: string): Readonly<Record<string, string>> => {
  const value: { readonly env: { readonly vars: Readonly<Record<string, string>> } } =
    JSON5.parse(text)
  return value.env.vars
}

/** So many have their turn within the minute that each waits for the lock, on any machine. */
const always = 20

/**
 * So many processes set a key each, so many of them at the same time: nothing is lost and nothing
 * is left over. Of more than {@link always} some may wait for their turn longer than a minute, as
 * nobody says whose it is: such a one says so, and has changed nothing.
 */
export const concurrentSets = (processes: number, atOnce: number) =>
  Effect.gen(function* () {
    const folder = yield* home
    yield* prepare(folder)
    const keys = Array.from({ length: processes }, (_, index) => `KEY_${index}`)
    const ran = yield* Effect.forEach(
      keys,
      (key) => run(folder, ["config", "set", `env.vars.${key}`, `value of ${key}`]),
      { concurrency: atOnce }
    )
    const refused = ran.filter(({ status }) => status !== 0)
    assert.isAtLeast(ran.length - refused.length, Math.min(processes, always))
    for (const { status, stderr, stdout } of refused) {
      assert.deepStrictEqual([status, stdout], [1, ""])
      assert.include(stderr, "cannot lock the config")
      assert.include(stderr, "(ETIMEDOUT)")
    }
    const text = yield* textIn(folder)
    assert.deepStrictEqual(
      { ...variablesIn(text) },
      Object.fromEntries(
        keys.flatMap((key, index) => (ran[index]?.status === 0 ? [[key, `value of ${key}`]] : []))
      )
    )
    assert.include(text, "// mine")
    assert.include(text, "// and mine")
    assert.deepStrictEqual(filesIn(folder), [".clawdbot/clawdbot.json", ...backups].sort())
    for (const file of backups) variablesIn(fs.readFileSync(path.join(folder, file), "utf8"))
  }).pipe(Effect.scoped)

/** One write, killed after a while. Gives whether it was killed before it ended. */
const killedSet = (folder: string, turn: number, afterMs: number) =>
  Effect.async<boolean>((resume) => {
    const child = spawn(
      process.execPath,
      [entry, "config", "set", "env.vars.TURN", `turn ${turn}`],
      {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder },
        stdio: "ignore"
      }
    )
    // real time: the process is killed at another moment of its life each time.
    const timer = setTimeout(() => child.kill("SIGKILL"), afterMs)
    child.on("exit", (code) => {
      clearTimeout(timer)
      resume(Effect.succeed(code === null))
    })
  })

/**
 * So many writes, each killed at another moment of its life: the file is what it was or what it was
 * to be, and the next write works.
 */
export const killedSets = (turns: number) =>
  Effect.gen(function* () {
    const folder = yield* home
    yield* prepare(folder)
    const started = Date.now()
    assert.strictEqual(
      (yield* run(folder, ["config", "set", "env.vars.TURN", "turn -1"])).status,
      0
    )
    // real time: how long this machine takes says when there is something to kill.
    const life = Date.now() - started
    let last = yield* textIn(folder)
    let killed = 0
    for (let turn = 0; turn < turns; turn++) {
      // From a third of a whole run on to a little behind its end: the first one, which says how
      // long that is, may have been slower than all others.
      const afterMs = life * (0.3 + (0.9 * turn) / turns)
      if (yield* killedSet(folder, turn, afterMs)) killed++
      const text = yield* textIn(folder)
      const wanted = last.replace(/"?turn -?\d+"?/, (found) => found.replace(/-?\d+/, String(turn)))
      assert.include([last, wanted], text)
      last = text
    }
    assert.isAbove(killed, 0)
    assert.strictEqual(
      (yield* run(folder, ["config", "set", "env.vars.TURN", "the end"])).status,
      0
    )
    assert.strictEqual(variablesIn(yield* textIn(folder)).TURN, "the end")
    assert.strictEqual((yield* run(folder, ["config", "validate"])).status, 0)
  }).pipe(Effect.scoped)
