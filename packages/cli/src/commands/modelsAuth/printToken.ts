/**
 * `clawdbot models auth print-token`: the secret a request would be sent with, for programs that send requests by themselves, such as Claude
 * Code's `apiKeyHelper`. Standard output holds nothing else.
 */
import type { AuthRequest } from "@clawdbot/domain/Auth/AuthRequest"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Effect from "effect/Effect"
import { nearest } from "../../argv/nearest.ts"
import { command, flagText } from "../../argv/spec.ts"
import { UsageError } from "../../CliError.ts"
import { pickUp } from "../../claudeCode.ts"
import { exit } from "../../exit.ts"
import { Terminal } from "../../terminal/Terminal.ts"
import { formats, isFormat, render } from "../../token/format.ts"
import { agentFor } from "../agentFor.ts"

/** The command. */
export const printToken = command({
  name: "print-token",
  describe: "Print the key or token a request would be sent with, refreshed if needed. For apiKeyHelper and scripts.",
  flags: {
    agent: flagText("ID", "The agent. Default: the default agent.", "agents"),
    "profile-id": flagText("ID", "This profile, also while it rests. Default: the one that answers next.", "profiles"),
    format: flagText("FORMAT", `${formats.join(", ")}. Default: raw, the secret alone.`, formats)
  },
  run: (values) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const format = values.format ?? "raw"
      if (!isFormat(format)) {
        const suggestion = nearest(format, formats)
        return yield* new UsageError({
          problem: `unknown --format "${format}" (${formats.join(", ")})`,
          command: "clawdbot models auth print-token",
          ...(suggestion === undefined ? {} : { suggestion: `--format ${suggestion}` })
        })
      }
      const agent = yield* agentFor(values.agent)
      yield* pickUp(agent.id)
      const profile = values["profile-id"]?.trim()
      const request: AuthRequest = {
        agent: agent.id,
        provider: ProviderId.anthropic,
        ...(profile === undefined || profile === "" ? {} : { profile: ProfileId.of(profile) })
      }
      const { direct } = yield* Effect.promise(() => import("../../token/direct.ts"))
      yield* terminal.result(render(yield* direct(request), format))
      return exit.done
    })
})
