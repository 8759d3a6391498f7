import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { launchdPlist, systemdUnit } from "../../src/gateway/serviceUnit.ts"
import { freshHome, run } from "../commandLine.ts"

const odd = {
  node: process.execPath,
  entry: '/opt/a b/100% $x "q".mjs',
  stateDir: "/home/p/<state> & 50%",
  drainSeconds: 60
}
const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0

/**
 * Reads a plist as strictly as XML is: every tag closed in its order, no sign that would have to be
 * escaped.
 */
const parsePlist = (plist: string) => {
  const [, body = ""] =
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<!DOCTYPE plist [^>]*>\n([\s\S]*)$/.exec(plist) ??
    []
  assert.match(body, /^<plist version="1\.0">/)
  const open: Array<string> = []
  const keys: Record<string, string> = {}
  const text: Array<string> = []
  let key: string | undefined
  for (const [part, close, name, alone] of body.matchAll(
    /<(\/?)([a-z]+)(?: version="1\.0")?(\/?)>|[^<]+|</g
  )) {
    if (name === undefined) {
      assert.notMatch(part, /<|>|&(?!(?:amp|lt|gt);)/)
      const plain = part.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&")
      if (open.at(-1) === "key") key = plain
      else if (plain.trim() !== "") text.push(plain)
    } else if (close === "/") {
      assert.strictEqual(open.pop(), name)
    } else {
      if (key !== undefined && name !== "key") {
        keys[key] = name
        key = undefined
      }
      if (alone !== "/") open.push(name)
    }
  }
  assert.deepStrictEqual([open, key], [[], undefined])
  return { keys, text }
}

describe("clawdbot gateway install", () => {
  it("quotes what service managers would read otherwise", () => {
    assert.include(systemdUnit(odd), String.raw`"/opt/a b/100%% $$x \"q\".mjs" gateway`)
    assert.include(systemdUnit(odd), 'Environment="CLAWDBOT_STATE_DIR=/home/p/<state> & 50%%"')
    assert.include(systemdUnit(odd), "TimeoutStopSec=80")
  })

  it("the plist is well-formed, and has each of launchd's keys with a value of its kind", () => {
    const { keys, text } = parsePlist(launchdPlist(odd))
    assert.deepStrictEqual(keys, {
      Label: "string",
      ProgramArguments: "array",
      EnvironmentVariables: "dict",
      CLAWDBOT_STATE_DIR: "string",
      RunAtLoad: "true",
      KeepAlive: "dict",
      SuccessfulExit: "false",
      ExitTimeOut: "integer",
      Umask: "integer"
    })
    assert.includeMembers(text, [odd.node, odd.entry, "gateway", odd.stateDir, "80"])
  })

  it.scoped("prints a unit, and says where it goes", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const printed = yield* run(home, ["gateway", "install", "--for", "systemd"])
      assert.strictEqual(printed.status, 0)
      assert.match(printed.stdout, /^ExecStart="\/.*" gateway$/m)
      assert.include(printed.stderr, "systemctl --user enable --now clawdbot")
      assert.include(
        (yield* run(home, ["gateway", "install", "--print", "--for", "launchd"])).stdout,
        "<plist"
      )
      // The unit is all there is to print: no flag is needed for it.
      assert.notStrictEqual((yield* run(home, ["gateway", "install"])).stdout, "")
    })
  )

  it.scoped("systemd itself, where there is one, finds nothing wrong with the unit", ({ skip }) =>
    Effect.gen(function* () {
      if (!hasSystemd) return skip("no systemd-analyze here")
      const home = yield* freshHome
      const unit = `${home}/clawdbot.service`
      fs.writeFileSync(unit, systemdUnit({ ...odd, entry: `${home}/a b.mjs`, stateDir: home }))
      const verified = spawnSync("systemd-analyze", ["verify", "--user", unit], {
        encoding: "utf8",
        env: { ...process.env, XDG_RUNTIME_DIR: home }
      })
      assert.strictEqual(verified.status, 0, verified.stderr)
    })
  )
})
