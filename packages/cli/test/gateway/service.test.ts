import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { launchdPlist, systemdUnit } from "../../src/gateway/serviceUnit.ts"
import { freshHome, run } from "../commandLine.ts"

const odd = { node: process.execPath, entry: '/opt/a b/100% $x "q".mjs', stateDir: "/home/p/<state> & 50%" }
const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0

describe("clawdbot gateway install", () => {
  it("quotes what service managers would read otherwise", () => {
    assert.include(systemdUnit(odd), String.raw`"/opt/a b/100%% $$x \"q\".mjs" gateway`)
    assert.include(systemdUnit(odd), 'Environment="CLAWDBOT_STATE_DIR=/home/p/<state> & 50%%"')
    assert.include(launchdPlist(odd), "<string>/home/p/&lt;state&gt; &amp; 50%</string>")
  })

  it.scoped("prints a unit, and says where it goes", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const printed = yield* run(home, ["gateway", "install", "--print", "--for", "systemd"])
      assert.strictEqual(printed.status, 0)
      assert.match(printed.stdout, /^ExecStart="\/.*" gateway$/m)
      assert.include(printed.stderr, "systemctl --user enable --now clawdbot")
      assert.include((yield* run(home, ["gateway", "install", "--print", "--for", "launchd"])).stdout, "<plist")
      assert.strictEqual((yield* run(home, ["gateway", "install"])).status, 2)
    })
  )

  it.scoped("systemd itself, where there is one, finds nothing wrong with the unit", ({ skip }) =>
    Effect.gen(function* () {
      if (!hasSystemd) return skip("no systemd-analyze here")
      const home = yield* freshHome
      const unit = `${home}/clawdbot.service`
      fs.writeFileSync(unit, systemdUnit({ node: process.execPath, entry: `${home}/a b.mjs`, stateDir: home }))
      const verified = spawnSync("systemd-analyze", ["verify", "--user", unit], {
        encoding: "utf8",
        env: { ...process.env, XDG_RUNTIME_DIR: home }
      })
      assert.strictEqual(verified.status, 0, verified.stderr)
    })
  )
})
