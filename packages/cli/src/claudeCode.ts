/** Claude Code's login for commands: picked up where the person agreed to it, and never in the way of what a command is for. */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Effect from "effect/Effect"
import { Terminal } from "./terminal/Terminal.ts"

/** Looks for a newer login of Claude Code's before a command reports. What goes wrong is told and stops nothing. */
export const pickUp = Effect.fn("claudeCode.pickUp")(function* (agent: AgentId) {
  const { config } = yield* (yield* ConfigStore).load
  if (config.auth?.profiles?.[ProfileId.claudeCode] === undefined) return
  const terminal = yield* Terminal
  const { follow } = yield* Effect.promise(() => import("./claudeCode/follow.ts"))
  yield* follow(agent).pipe(
    Effect.catchAll((error) => terminal.say(`clawdbot: Claude Code's login was not looked at: ${error.message}`))
  )
})
