/** `gateway start`, `stop` and `restart` with a service manager that stands on the PATH. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { servedFolder, serviceCommand, unitFile } from "../../src/gateway/service.ts"
import { launchdPlist, systemdUnit } from "../../src/gateway/serviceUnit.ts"
import { entry, home, run as runProcess } from "../clawdbot.ts"
import { runWhole as run } from "../commandLine.ts"
import { writeState } from "./running.ts"

const odd = '/home/p/<state> & 50% "x" \\y'

describe("the gateway as a service", () => {
  it("a unit says which state folder it serves, however that is called", () => {
    const service = { node: "/n", entry: "/e", stateDir: odd, drainSeconds: 1 }
    assert.strictEqual(servedFolder("systemd", systemdUnit(service)), odd)
    assert.strictEqual(servedFolder("launchd", launchdPlist(service)), odd)
    assert.isUndefined(servedFolder("systemd", "[Service]\nExecStart=/x\n"))
  })

  it("each manager has its place and its words", () => {
    assert.strictEqual(
      unitFile("systemd", "/h", undefined),
      "/h/.config/systemd/user/clawdbot.service"
    )
    assert.strictEqual(unitFile("systemd", "/h", "/c"), "/c/systemd/user/clawdbot.service")
    assert.strictEqual(
      unitFile("launchd", "/h", "/c"),
      "/h/Library/LaunchAgents/clawdbot.gateway.plist"
    )
    assert.deepStrictEqual(serviceCommand("systemd", "restart", 501), [
      "systemctl",
      "--user",
      "restart",
      "clawdbot"
    ])
    assert.deepStrictEqual(serviceCommand("launchd", "restart", 501), [
      "launchctl",
      "kickstart",
      "-k",
      "gui/501/clawdbot.gateway"
    ])
  })

  it.scopedLive(
    "is started, restarted and stopped by its manager; without one the cure is said",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        writeState(folder, "http://127.0.0.1:1", [])
        fs.mkdirSync(`${folder}/bin`)
        const pidFile = `${folder}/pid`
        // As with systemd, the gateway is a child of the manager, and stopping waits for its end.
        fs.writeFileSync(
          `${folder}/bin/systemctl`,
          `#!/bin/bash
echo "$@" >> ${folder}/asked
stop() {
  [ -e ${pidFile} ] || return
  kill "$(<${pidFile})"
  while kill -0 "$(<${pidFile})" 2>/dev/null; do sleep 0.05; done
  rm -f ${pidFile}
}
stop
[ "$2" = stop ] && exit 0
nohup ${process.execPath} ${entry} gateway --port 0 >/dev/null 2>&1 &
echo $! > ${pidFile}
`,
          { mode: 0o755 }
        )
        yield* Effect.addFinalizer(() =>
          Effect.sync(() => {
            if (fs.existsSync(pidFile)) process.kill(Number(fs.readFileSync(pidFile, "utf8")))
          })
        )
        const env = { PATH: `${folder}/bin:${process.env.PATH}` }
        // What asks the manager has it on its PATH, in a process; what does not is run in this one.
        const managed = (word: string) => runProcess(folder, ["gateway", word], { env })
        const gateway = (word: string) => run(folder, ["gateway", word])
        const without = yield* gateway("start")
        assert.strictEqual(without.status, 1)
        assert.include(without.stderr, "clawdbot gateway install")
        const idle = yield* gateway("stop")
        assert.strictEqual(idle.status, 0)
        assert.strictEqual(
          idle.stderr,
          "clawdbot: no gateway is running on this state folder; nothing to stop\n"
        )
        assert.include((yield* gateway("restart")).stderr, "to start it: clawdbot gateway")
        const unit = unitFile("systemd", folder, undefined)
        fs.mkdirSync(`${folder}/.config/systemd/user`, { recursive: true })
        const service = { node: "/n", entry: "/e", drainSeconds: 1 }
        fs.writeFileSync(unit, systemdUnit({ ...service, stateDir: "/another" }))
        assert.include((yield* gateway("start")).stderr, "serves another state folder: /another")
        assert.isFalse(fs.existsSync(`${folder}/asked`))
        fs.writeFileSync(unit, systemdUnit({ ...service, stateDir: `${folder}/.clawdbot` }))
        const pids: Array<string> = []
        for (const word of ["start", "restart"]) {
          const { status, stderr, stdout } = yield* managed(word)
          assert.strictEqual(status, 0, stderr)
          pids.push(/Gateway running at http\S+ \(pid (\d+)\)/.exec(stdout)?.[1] ?? stdout)
          assert.strictEqual(pids.at(-1), fs.readFileSync(pidFile, "utf8").trim())
        }
        assert.notStrictEqual(pids[0], pids[1])
        assert.strictEqual((yield* managed("stop")).status, 0)
        assert.strictEqual((yield* run(folder, ["gateway", "status"])).status, 1)
        assert.strictEqual(
          fs.readFileSync(`${folder}/asked`, "utf8"),
          "--user start clawdbot\n--user restart clawdbot\n--user stop clawdbot\n"
        )
      })
  )
})
