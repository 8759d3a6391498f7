/** `clawdbot models auth sync`: looks at Claude Code's login at once (decision D2a). */
import { ClaudeCodeLogin } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import type { Followed } from "@clawdbot/domain/ClaudeCode/followLogin"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { loginCure } from "@clawdbot/domain/Status/loginCure"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { NotOffered } from "../../CliError.ts"
import { tellReplaced } from "../../claudeCode.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { endLines } from "../../endOfCredential.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { withSpinner } from "../../terminal/withSpinner.ts"
import { agentFor } from "../agentFor.ts"

const words: Readonly<Record<Exclude<Followed, "no consent" | "ended">, string>> = {
  stored: "Claude Code's login is stored as anthropic:claude-cli.",
  taken: "Stored Claude Code's login, which is newer.",
  replaced: "Claude Code's login is stored now.",
  given: "Wrote the stored login, which is newer, to Claude Code.",
  "in step": "Already in sync: both have the same login.",
  "no login":
    "Claude Code has no login on this machine. Sign in (claude, then /login) and try again.",
  apart: "Claude Code and clawdbot have different logins; both were left unchanged."
}

/** The command. */
export const sync = command({
  name: "sync",
  description: "Sync anthropic:claude-cli with Claude Code's login on this machine.",
  examples: ["clawdbot models auth sync"],
  options: { agent: CommandOptions.agent },
  run: (values) =>
    Effect.gen(function* () {
      const agent = yield* agentFor(values.agent)
      const { follow } = yield* Effect.promise(() => import("../../claudeCode/follow.ts"))
      const io = yield* IoStreams
      const outcome = yield* withSpinner(
        "reading Claude Code's login",
        follow(agent.id, io.interactive)
      )
      if (outcome === "no consent") {
        return yield* new NotOffered({
          what: "no profile uses Claude Code's login: its tokens are read only with your consent",
          instead: "clawdbot onboard --auth-choice claude-cli"
        })
      }
      if (outcome === "ended") {
        return yield* new NotOffered({
          what: "the provider ended the login that Claude Code has on this machine",
          instead: loginCure({
            agent: agent.id,
            profile: ProfileId.claudeCode,
            provider: "anthropic"
          })
        })
      }
      // A login that is there and cannot be read is another thing than none.
      const login =
        outcome === "no login" ? yield* Effect.either((yield* ClaudeCodeLogin).read) : undefined
      if (login !== undefined && Either.isLeft(login) && login.left.reason !== "missing")
        return yield* login.left
      yield* io.stdout(words[outcome])
      if (outcome === "stored" || outcome === "taken" || outcome === "replaced") {
        const { document } = yield* (yield* ProfileStore).read(agent.id)
        const ends = Option.map(
          Option.fromNullable(document.profiles.get(ProfileId.claudeCode)),
          endLines
        )
        for (const line of Option.getOrElse(ends, () => [])) yield* io.stdout(line)
      }
      if (outcome === "replaced") yield* tellReplaced(agent.id)
      return exit.done
    })
})
