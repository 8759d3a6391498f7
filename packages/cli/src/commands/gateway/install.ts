/**
 * `clawdbot gateway install`: the text a service manager needs. Nothing is installed: that
 * is the person's to do.
 */

import * as path from "node:path"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { defaults } from "@clawdbot/domain/Config/defaults"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { linesOf } from "../../terminal/lines.ts"

const managers = ["systemd", "launchd"] as const

/** The command. */
export const install = command({
  name: "install",
  description: "Print a service definition that keeps the gateway running. Nothing is installed.",
  examples: ["clawdbot gateway install --for systemd"],
  options: {
    print: CommandOptions.flag("print", "Accepted for older scripts; does nothing."),
    for: CommandOptions.choice("for", managers, `${managers.join(" or ")}. Default: this system's.`)
  },
  hidden: ["print"],
  run: ({ for: wanted }): CommandEffect =>
    Effect.gen(function* () {
      const manager = wanted ?? (process.platform === "darwin" ? "launchd" : "systemd")
      const { launchdPlist, systemdUnit } = yield* Effect.promise(
        () => import("../../gateway/serviceUnit.ts")
      )
      const { config } = yield* (yield* ConfigStore).load
      const service = {
        node: process.execPath,
        entry: path.resolve(process.argv[1] ?? "clawdbot"),
        stateDir: (yield* StatePaths).stateDir,
        drainSeconds: config.gateway?.drainSeconds ?? defaults["gateway.drainSeconds"]
      }
      const io = yield* IoStreams
      yield* io.stdout(
        linesOf(manager === "systemd" ? systemdUnit(service) : launchdPlist(service))
      )
      yield* io.stderr(
        manager === "systemd"
          ? "save it as ~/.config/systemd/user/clawdbot.service, then: systemctl --user enable " +
              "--now clawdbot"
          : "save it as ~/Library/LaunchAgents/clawdbot.gateway.plist, then: launchctl load -w " +
              "that file"
      )
      return exit.done
    })
})
