/**
 * `clawdbot models auth paste-token`: stores a token or key that was made elsewhere
 * (S6).
 */
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { parseDuration } from "@clawdbot/domain/Profile/pastedSecret"
import * as Effect from "effect/Effect"
import { UsageError } from "../../CliError.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import * as Input from "../../input.ts"
import { storeToken } from "../../storeToken.ts"
import { agentFor } from "../agentFor.ts"

/** The command. */
export const pasteToken = command({
  name: "paste-token",
  description: "Store a setup token (claude setup-token) or an API key created elsewhere.",
  examples: ["clawdbot models auth paste-token --provider anthropic"],
  options: {
    provider: CommandOptions.provider,
    profileId: CommandOptions.text(
      "profile-id",
      "PROFILE",
      "The profile to store it under. Default: PROVIDER:manual."
    ),
    expiresIn: CommandOptions.text(
      "expires-in",
      "DURATION",
      "When it expires, e.g. 365d or 12h. Default: unknown."
    ),
    tokenFile: CommandOptions.text(
      "token-file",
      "FILE",
      "Read it from a file; - is standard input. Default: a hidden prompt, or standard input."
    ),
    replace: CommandOptions.replace,
    agent: CommandOptions.agentToStoreFor
  },
  run: (values) =>
    Effect.gen(function* () {
      if (values.provider === undefined || values.provider.trim() === "") {
        return yield* new UsageError({
          problem: "--provider is missing",
          command: "clawdbot models auth paste-token"
        })
      }
      const provider = ProviderId.normalize(values.provider)
      // The config comes first: a broken one must stop this before a secret is asked for.
      const agent = yield* agentFor(values.agent)
      const lifetimeMs =
        values.expiresIn === undefined
          ? undefined
          : yield* parseDuration(values.expiresIn, "--expires-in")
      const source = { what: `token for ${provider}`, given: undefined, file: values.tokenFile }
      const pasted = yield* Input.secret({
        ...source,
        flags: "--token-file FILE, or on standard input",
        pipe: true
      })
      return yield* storeToken({
        agent: agent.id,
        provider,
        profile: values.profileId,
        replace: values.replace,
        lifetimeMs,
        pasted,
        askAgain: yield* Input.askAgain(source)
      })
    })
})
