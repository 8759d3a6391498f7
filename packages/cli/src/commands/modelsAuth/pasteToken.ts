/** `clawdbot models auth paste-token`: stores a token or key that was made elsewhere (config-and-cli.md §8.1, S6). */
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import { enrol } from "@clawdbot/domain/Profile/enrolment"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { parseAnyToken, parseDuration, parseEither } from "@clawdbot/domain/Profile/pastedSecret"
import * as Secret from "@clawdbot/domain/Profile/Secret"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { command, flagText } from "../../argv/spec.ts"
import { UsageError } from "../../CliError.ts"
import { exit } from "../../exit.ts"
import * as Input from "../../input.ts"
import { shellWord, withProfile } from "../../shownCommand.ts"
import { Terminal } from "../../terminal/Terminal.ts"
import { agentFor } from "../agentFor.ts"

/** The command. */
export const pasteToken = command({
  name: "paste-token",
  describe: "Store a setup token (claude setup-token) or an API key that was made elsewhere.",
  flags: {
    provider: flagText("PROVIDER", "The provider, e.g. anthropic. Required."),
    "profile-id": flagText("ID", "The profile to store it under. Default: PROVIDER:manual."),
    "expires-in": flagText("DURATION", "When it ends, e.g. 365d or 12h. Default: not known."),
    "token-file": flagText(
      "FILE",
      "Read it from a file; - is standard input. Default: a hidden question, or standard input."
    ),
    agent: flagText("ID", "The agent to store it for. Default: the default agent.")
  },
  run: (values) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const paths = yield* StatePaths
      if (values.provider === undefined || values.provider.trim() === "") {
        return yield* new UsageError({ problem: "--provider is missing", command: "clawdbot models auth paste-token" })
      }
      const provider = ProviderId.normalize(values.provider)
      // The config comes first: a broken one must stop this before a secret is asked for.
      const agent = yield* agentFor(values.agent)
      const lifetime =
        values["expires-in"] === undefined ? undefined : yield* parseDuration(values["expires-in"], "--expires-in")
      const pasted = yield* Input.secret({
        what: `the token for ${provider}`,
        given: undefined,
        file: values["token-file"],
        flags: "--token-file FILE, or on standard input",
        pipe: true
      })
      const { kind, secret } = yield* provider === ProviderId.anthropic ? parseEither(pasted) : parseAnyToken(pasted)
      const now = yield* Clock.currentTimeMillis
      const credential: Credential.Credential =
        kind === "api_key"
          ? { type: "api_key", provider, key: secret, extra: Credential.noExtra }
          : {
              type: "token",
              provider,
              token: secret,
              ...(lifetime === undefined ? {} : { expires: now + lifetime }),
              extra: Credential.noExtra
            }
      const profile = ProfileId.of(values["profile-id"]?.trim() || `${provider}:manual`)
      const done = yield* enrol({ agent: agent.id, profile, credential, mode: kind })
      if (done.configChanged) yield* terminal.result(`Updated ${shorten(paths, done.configPath)}`)
      yield* terminal.result(
        `Auth profile: ${profile} (${provider}/${kind}) ${Secret.mask(secret)} in ${shorten(paths, done.storePath)}`
      )
      if (done.outsideOrder) {
        yield* terminal.say(
          withProfile(
            `clawdbot: the agent's own order does not list ${profile}, so it is not used; see: clawdbot models auth order get --provider ${shellWord(provider)}`,
            paths.profileName
          )
        )
      }
      yield* terminal.say(withProfile("next: clawdbot models status", paths.profileName))
      return exit.done
    })
})
