/**
 * `clawdbot models auth add`: a credential by questions, for who does not know the flags
 * (docs/command-line.md).
 */
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { parseDuration } from "@clawdbot/domain/Profile/pastedSecret"
import * as Effect from "effect/Effect"
import { NotOffered } from "../../CliError.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import * as Input from "../../input.ts"
import { setUpToken } from "../../setupToken.ts"
import { storeToken } from "../../storeToken.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { agentFor } from "../agentFor.ts"

/** How long a setup token lives. */
const usualLifetime = "365d"

const askProvider = Effect.gen(function* () {
  const chosen = yield* Input.choose("Token provider", [
    { key: "anthropic", title: "anthropic" },
    { key: "other", title: "other" }
  ])
  if (chosen === "anthropic") return ProviderId.anthropic
  return ProviderId.normalize(yield* Input.line("Provider id, e.g. openai"))
})

/** The command. */
export const add = command({
  name: "add",
  description: "Add a token or key interactively.",
  examples: ["clawdbot models auth add"],
  options: { agent: CommandOptions.agentToStoreFor },
  run: (values) =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      if (!io.interactive) {
        return yield* new NotOffered({
          what: "add asks questions and needs an interactive terminal (TTY)",
          instead: "clawdbot models auth paste-token --provider anthropic --token-file FILE"
        })
      }
      const agent = yield* agentFor(values.agent)
      const provider = yield* askProvider
      if (provider === ProviderId.anthropic) {
        const method = yield* Input.choose("Token method", [
          { key: "setup-token", title: "run claude setup-token here" },
          { key: "paste", title: "paste a token or key created elsewhere" }
        ])
        if (method === "setup-token") return yield* setUpToken(agent.id, false)
      }
      const usual = ProfileId.usual(provider)
      const named = yield* Input.line("Profile id", usual)
      // Enter alone names nothing: what stands there is not replaced without asking.
      const profile = named === usual ? undefined : named
      const lifetimeMs = (yield* Input.confirm("Does this token expire?", false))
        ? yield* parseDuration(
            yield* Input.line("Expires in, e.g. 12h or 365d", usualLifetime),
            "the lifetime"
          )
        : undefined
      const question = Input.ask(`Paste your token for ${provider}`)
      const pasted = yield* question
      return yield* storeToken({
        agent: agent.id,
        provider,
        profile,
        replace: false,
        lifetimeMs,
        pasted,
        askAgain: question
      })
    })
})
