/**
 * `clawdbot models auth setup-token`: runs `claude setup-token` in the person's terminal (S6). It prints a token, which is then asked for with hidden
 * input; where Claude Code stored a login instead, that is taken.
 */
import { spawn } from "node:child_process"
import { ClaudeCodeLogin } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import { enrol } from "@clawdbot/domain/Profile/enrolment"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { parseSetupToken } from "@clawdbot/domain/Profile/pastedSecret"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { command, flagSwitch, flagText } from "../../argv/spec.ts"
import { NotOffered, UsageError } from "../../CliError.ts"
import { exit } from "../../exit.ts"
import * as Input from "../../input.ts"
import { Terminal } from "../../terminal/Terminal.ts"
import { agentFor } from "../agentFor.ts"

const pasteInstead =
  "run claude setup-token on any machine, then: clawdbot models auth paste-token --provider anthropic"

/** Runs `claude setup-token` with the person's own terminal. */
const runClaude: Effect.Effect<void, NotOffered> = Effect.async((resume) => {
  const fail = (what: string) => resume(Effect.fail(new NotOffered({ what, instead: pasteInstead })))
  const child = spawn("claude", ["setup-token"], { stdio: "inherit" })
  child.on("error", () => fail("the command claude was not found"))
  child.on("close", (code) => (code === 0 ? resume(Effect.void) : fail(`claude setup-token failed (exit ${code})`)))
  return Effect.sync(() => child.kill("SIGINT"))
})

const freshness = (login: Either.Either<Credential.OAuth | Credential.Token, unknown>): string =>
  Either.isRight(login) ? Credential.secretFingerprint(login.right) : "none"

/** The command. */
export const setupToken = command({
  name: "setup-token",
  describe: "Run claude setup-token here and store what it gives.",
  flags: {
    provider: flagText("PROVIDER", "Only anthropic. Default: anthropic."),
    yes: flagSwitch("Do not ask before it is run."),
    agent: flagText("ID", "The agent to store it for. Default: the default agent.")
  },
  run: (values) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      if (ProviderId.normalize(values.provider ?? "anthropic") !== ProviderId.anthropic) {
        return yield* new UsageError({
          problem: "setup tokens are Anthropic's only",
          command: "clawdbot models auth setup-token"
        })
      }
      if (!terminal.interactive) {
        return yield* new NotOffered({ what: "setup-token needs an interactive terminal (TTY)", instead: pasteInstead })
      }
      const agent = yield* agentFor(values.agent)
      const claudeCode = yield* ClaudeCodeLogin
      if (!values.yes && !(yield* Input.confirm("Run claude setup-token now?"))) return exit.done
      const before = freshness(yield* Effect.either(claudeCode.read))
      yield* runClaude
      const after = yield* Effect.either(claudeCode.read)
      const stored = Either.isRight(after) && freshness(after) !== before ? after.right : undefined
      const credential: Credential.Credential = stored ?? {
        type: "token",
        provider: ProviderId.anthropic,
        token: (yield* parseSetupToken(yield* Input.ask("Paste the token that was printed"))).secret,
        extra: Credential.noExtra
      }
      // Mode oauth whatever the kind: the profile accepts both (S8).
      const done = yield* enrol({ agent: agent.id, profile: ProfileId.claudeCode, credential, mode: "oauth" })
      yield* terminal.result(`Auth profile: ${done.profile} (anthropic/${credential.type}) in ${done.storePath}`)
      yield* terminal.say("next: clawdbot models status")
      return exit.done
    })
})
