/**
 * `clawdbot models auth print-token`: the secret a request would be sent with, for programs that
 * send requests by themselves, such as Claude Code's `apiKeyHelper`. Standard output holds nothing
 * else.
 */

import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { syncClaudeCode } from "../../claudeCode.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { askingGateway, withSpinner } from "../../terminal/withSpinner.ts"
import { type Format, formats, isNamed, render } from "../../token/format.ts"
import { agentFor } from "../agentFor.ts"

/** From this machine's own stores. */
const here = Effect.fnUntraced(function* (
  agent: AgentId,
  provider: ProviderId.ProviderId,
  profile: string | undefined,
  model: string | undefined,
  format: Format
) {
  yield* syncClaudeCode(agent)
  const direct = yield* Effect.promise(() => import("../../token/direct.ts"))
  const wanted = { agent, provider, profile: ifDefined(profile, ProfileId.of), model }
  return yield* withSpinner("waiting for the token endpoint", direct.issue(wanted, isNamed(format)))
})

/** The command. */
export const printToken = command({
  name: "print-token",
  description:
    "Print the key or token that a request would use now, refreshed if needed. For " +
    "apiKeyHelper and scripts.",
  examples: [
    "clawdbot models auth print-token --format header",
    "clawdbot models auth print-token --format env"
  ],
  options: {
    provider: CommandOptions.text("provider", "PROVIDER", "The provider. Default: anthropic."),
    agent: CommandOptions.agent,
    profileId: CommandOptions.text(
      "profile-id",
      "PROFILE",
      "Use this profile, even while it is cooling down. Default: the next credential."
    ),
    model: CommandOptions.text(
      "model",
      "MODEL",
      "The model that will be asked for, as it is sent: a credential may be limited for that one " +
        "only. Default: the default model."
    ),
    format: CommandOptions.choice(
      "format",
      formats,
      `${formats.join(", ")}. Default: raw, the secret alone.`
    ),
    json: CommandOptions.flag("json", "The same as --format json.")
  },
  run: (values) =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      const format = values.json ? "json" : (values.format ?? "raw")
      const agent = yield* agentFor(values.agent)
      const profile = values.profileId?.trim() || undefined
      const model = values.model?.trim() || undefined
      const provider = ProviderId.normalize(values.provider?.trim() || ProviderId.anthropic)
      const fromGateway = yield* Effect.promise(() => import("../../token/fromGateway.ts"))
      const { stateDir } = yield* StatePaths
      // A gateway serves Anthropic's credentials only.
      const given =
        provider === ProviderId.anthropic
          ? yield* askingGateway(fromGateway.issue(stateDir, { agent: agent.id, profile, model }))
          : Option.none()
      const handed = Option.isSome(given)
        ? given.value
        : yield* here(agent.id, provider, profile, model, format)
      yield* io.stdout(render(handed, format))
      return exit.done
    })
})
