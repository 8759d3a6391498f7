/**
 * `clawdbot models auth setup-token`: runs `claude setup-token` in the person's terminal and stores
 * what it gives (S6).
 */
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Effect from "effect/Effect"
import { NotOffered, UsageError } from "../../CliError.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import * as Input from "../../input.ts"
import { claudeIsThere, pasteInstead, setUpToken } from "../../setupToken.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { agentFor } from "../agentFor.ts"

/** The command. */
export const setupToken = command({
  name: "setup-token",
  description: "Run `claude setup-token` and save the token.",
  examples: ["clawdbot models auth setup-token --provider anthropic"],
  options: {
    provider: CommandOptions.text("provider", "PROVIDER", "Only anthropic. Default: anthropic."),
    yes: CommandOptions.flag("yes", "Run it without asking first."),
    replace: CommandOptions.replace,
    agent: CommandOptions.agentToStoreFor
  },
  run: (values) =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      if (ProviderId.normalize(values.provider ?? "anthropic") !== ProviderId.anthropic) {
        return yield* new UsageError({
          problem: "setup tokens exist only for Anthropic",
          command: "clawdbot models auth setup-token"
        })
      }
      if (!io.interactive) {
        return yield* new NotOffered({
          what: "setup-token needs an interactive terminal (TTY)",
          instead: pasteInstead
        })
      }
      const agent = yield* agentFor(values.agent)
      yield* claudeIsThere
      if (!values.yes && !(yield* Input.confirm("Run claude setup-token now?", true)))
        return exit.done
      return yield* setUpToken(agent.id, values.replace)
    })
})
