/** The look through everything that the tests left behind finds what it should. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { isAnswer } from "../../../vitest.setup.ts"
import { entry } from "./clawdbot.ts"

const script = fileURLToPath(new URL("../../../scripts/secrets.mjs", import.meta.url))
const secret = ["sk-ant", "api03", "WRITTENwrittenWRITTEN"].join("-")

const look = (files: Readonly<Record<string, string>>) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "written-"))
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(`${folder}/${name}`), { recursive: true })
    fs.writeFileSync(`${folder}/${name}`, text)
  }
  const done = spawnSync(process.execPath, [script, folder], { encoding: "utf8" })
  fs.rmSync(folder, { recursive: true })
  return [done.status, done.stdout.trim().split("\n")] as const
}

describe("looking for credentials in what was written", () => {
  it("reads what the bundled command answers, but where a credential was asked for", () => {
    assert.isTrue(isAnswer(`node ${entry} models status`))
    assert.isFalse(isAnswer(`node ${entry} models auth print-token`))
    assert.isFalse(isAnswer("cat auth-profiles.json"))
  })

  it(
    "finds one in what a command said, in a file, and in a file's name; stores may hold them, " +
      "masks are none",
    () => {
      const clean = {
        "left/home-1/.clawdbot/agents/main/agent/auth-profiles.json": secret,
        "left/home-1/clone/packages/cli/test/planted.ts": secret,
        "1.said": "\n== clawdbot models status\nanthropic:k0 sk-ant-a...WRITTEN\n"
      }
      assert.deepStrictEqual(look(clean), [0, ["3 files looked through, 0 credentials found"]])
      const [status, lines] = look({
        ...clean,
        "2.said": `\n== clawdbot gateway\nlistens\n\n== clawdbot doctor\nkey ${secret}\n`,
        "left/home-2/.clawdbot/run/log": `x${secret}`,
        "left/home-2/clone/packages/cli/dist/log": secret,
        [`left/home-2/${secret}`]: ""
      })
      assert.strictEqual(status, 1)
      assert.strictEqual(lines.length, 5)
      assert.isTrue(
        lines.some((line) => line.startsWith("2.said: byte") && line.endsWith(": clawdbot doctor"))
      )
      assert.isTrue(lines.some((line) => line.endsWith("its name")))
      assert.strictEqual(look({})[0], 1)
    }
  )
})
