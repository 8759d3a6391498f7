/**
 * Claude Code's login for commands: picked up where the person agreed to it, and never in the way
 * of what a command is for.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { isAdopted } from "@clawdbot/domain/ClaudeCode/adoption"
import { ClaudeCodeLogin } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import { hasEnded } from "@clawdbot/domain/OAuth/hasEnded"
import type { Credential } from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { loginCure } from "@clawdbot/domain/Status/loginCure"
import * as Effect from "effect/Effect"
import { logoutCommand, withProfile } from "./shownCommand.ts"
import { IoStreams } from "./terminal/IoStreams.ts"

/**
 * Says that a credential is kept aside whose place Claude Code's login took, and how it comes back.
 */
export const tellReplaced = Effect.fn("claudeCode.tellReplaced")(function* (agent: AgentId) {
  const { profileName } = yield* StatePaths
  const undo = withProfile(logoutCommand(ProfileId.claudeCode, agent, "undo"), profileName)
  yield* (yield* IoStreams).stderr(
    "clawdbot: Claude Code's login took the place of the credential that stood as " +
      `${ProfileId.claudeCode}; that one is kept, undo: ${undo}`
  )
})

/**
 * Looks for a newer login of Claude Code's before a command reports. What goes wrong is told and
 * stops nothing.
 */
export const syncClaudeCode = Effect.fn("claudeCode.syncClaudeCode")(function* (agent: AgentId) {
  const { config } = yield* (yield* ConfigStore).load
  if (!isAdopted(config)) return
  const io = yield* IoStreams
  const { follow } = yield* Effect.promise(() => import("./claudeCode/follow.ts"))
  yield* follow(agent).pipe(
    Effect.tap((outcome) => (outcome === "replaced" ? tellReplaced(agent) : Effect.void)),
    Effect.catchAll((error) =>
      io.stderr(`clawdbot: Claude Code's login is not used: ${error.message}`)
    )
  )
})

/**
 * Says of a login that was just stored that the provider ended it before: then it is not used, and
 * storing it again does not help.
 */
export const tellEnded = Effect.fn("claudeCode.tellEnded")(function* (
  agent: AgentId,
  credential: Credential
) {
  if (!(yield* hasEnded(credential))) return
  const { profileName } = yield* StatePaths
  const cure = loginCure({ agent, profile: ProfileId.claudeCode, provider: credential.provider })
  yield* (yield* IoStreams).stderr(
    withProfile(`clawdbot: the provider ended this login, so it is not used; ${cure}`, profileName)
  )
})

/**
 * Says that a login of Claude Code's is there and how to use it, as long as nobody has decided
 * about it (decision D2). Its tokens are not read.
 */
export const tellUnused = Effect.fn("claudeCode.tellUnused")(function* () {
  const paths = yield* StatePaths
  const { config } = yield* (yield* ConfigStore).load
  if (isAdopted(config)) return
  const { place, present } = yield* (yield* ClaudeCodeLogin).look
  if (!present) return
  const how = withProfile("clawdbot onboard --auth-choice claude-cli", paths.profileName)
  yield* (yield* IoStreams).stderr(
    `clawdbot: Claude Code is logged in on this machine (${shorten(paths, place)}); to use ` +
      `its login: ${how}`
  )
})
