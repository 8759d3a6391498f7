/**
 * Runs `claude setup-token` in the person's terminal and stores what comes of it (S6). It prints a
 * token, which is then asked for with hidden input; where Claude Code stored a login instead, that
 * is taken. Shared by `setup-token` and `add`.
 */
import * as path from "node:path"
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { storedBetween } from "@clawdbot/domain/ClaudeCode/adoption"
import { ClaudeCodeLogin } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { Cancelled, NotOffered } from "./CliError.ts"
import { endLines } from "./endOfCredential.ts"
import { enrolCredential } from "./enrolCredential.ts"
import { exit } from "./exit.ts"
import * as Input from "./input.ts"
import { recognise } from "./recognise.ts"
import { withProfile } from "./shownCommand.ts"
import { IoStreams } from "./terminal/IoStreams.ts"
import { runProgram } from "./terminal/runProgram.ts"

const claudeNotFound = "the command claude was not found"

/** What to do where `claude setup-token` cannot be run. */
export const pasteInstead =
  "run claude setup-token on any machine, then: clawdbot models auth paste-token --provider " +
  "anthropic"

/** Fails where the command `claude` is not on the PATH: before anything is asked about it. */
export const claudeIsThere = Effect.gen(function* () {
  const files = yield* FileSystem
  const folders = (process.env.PATH ?? "").split(path.delimiter)
  const found = yield* Effect.exists(folders, (folder) =>
    Effect.isSuccess(files.access(path.join(folder, "claude"), { readable: true }))
  )
  if (!found) return yield* new NotOffered({ what: claudeNotFound, instead: pasteInstead })
})

/** Runs `claude setup-token` with the person's own terminal. */
const runClaude = Effect.gen(function* () {
  const end = yield* runProgram("claude", ["setup-token"])
  if (end === 0) return
  // Ctrl-C reaches both at once, and the other program may be gone before this one hears of it.
  if (end === "SIGINT" || end === exit.interrupted) return yield* new Cancelled()
  const what = end === "not found" ? claudeNotFound : `claude setup-token failed (exit ${end})`
  return yield* new NotOffered({ what, instead: pasteInstead })
})

/**
 * Runs it now. Only where both ends are a terminal. `replace`: what the profile holds is replaced
 * without asking.
 */
export const setUpToken = Effect.fn("setUpToken")(function* (agent: AgentId, replace: boolean) {
  const io = yield* IoStreams
  const paths = yield* StatePaths
  const claudeCode = yield* ClaudeCodeLogin
  const before = yield* Effect.either(claudeCode.read)
  yield* runClaude
  const stored = storedBetween(before, yield* Effect.either(claudeCode.read))
  const profile = ProfileId.claudeCode
  const question = Input.ask(`Paste your token for ${profile}`)
  const credential: Credential.Credential = stored ?? {
    type: "token",
    provider: ProviderId.anthropic,
    token: (yield* recognise(ProviderId.anthropic, "setup token", yield* question, question))
      .secret,
    extra: Credential.noExtra
  }
  const done = yield* enrolCredential({
    agent,
    profile,
    // Claude Code's own login is what that profile is for.
    isNamed: replace || stored !== undefined,
    credential,
    mayAsk: true
  })
  if (done.configChanged) yield* io.stdout(`Updated ${shorten(paths, done.configPath)}`)
  yield* io.stdout(
    `Auth profile: ${done.profile} (anthropic/${credential.type}) in ` +
      `${shorten(paths, done.storePath)}`
  )
  for (const line of endLines(credential)) yield* io.stdout(line)
  yield* io.stderr(withProfile("next: clawdbot models status", paths.profileName))
  return exit.done
})
