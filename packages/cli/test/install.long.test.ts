/** Installing the command for a user, and removing it again. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home } from "./clawdbot.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const install = (folder: string, ...args: ReadonlyArray<string>) => {
  const env = { PATH: process.env.PATH, HOME: folder }
  const done = spawnSync(`${root}/scripts/install`, args, { encoding: "utf8", env })
  return { status: done.status, stdout: done.stdout, stderr: done.stderr }
}

describe("scripts/install", () => {
  it.scopedLive("puts a command on PATH that needs nothing of this repository", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const installed = install(folder)
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
    })
  )

  it.scopedLive("is removed again, and what it did not install stays", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const prefix = path.join(folder, "there")
      fs.mkdirSync(`${folder}/.clawdbot`)
      fs.writeFileSync(`${folder}/.clawdbot/clawdbot.json`, "{}\n")
      assert.strictEqual(install(folder, "--prefix", prefix).status, 0)
      assert.strictEqual(install(folder, "--uninstall", "--prefix", prefix).status, 0)
      assert.deepStrictEqual(fs.readdirSync(`${prefix}/bin`), [])
      assert.deepStrictEqual(fs.readdirSync(`${prefix}/lib`), [])
      assert.strictEqual(fs.readFileSync(`${folder}/.clawdbot/clawdbot.json`, "utf8"), "{}\n")
      assert.strictEqual(install(folder, "--uninstall", "--prefix", prefix).status, 1)
      fs.writeFileSync(`${prefix}/bin/clawdbot`, "somebody's own\n")
      const refused = install(folder, "--prefix", prefix)
      assert.strictEqual(refused.status, 1)
      assert.include(refused.stderr, "is another program")
      assert.strictEqual(fs.readFileSync(`${prefix}/bin/clawdbot`, "utf8"), "somebody's own\n")
    })
  )

  it.scopedLive("names what is wrong with its own command line", () =>
    Effect.gen(function* () {
      const folder = yield* home
      assert.strictEqual(install(folder, "--frobnicate").status, 2)
      assert.strictEqual(install(folder, "--prefix").status, 2)
    })
  )
})
