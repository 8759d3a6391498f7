/** A text that a person pasted, as the secret it is; a form that nobody knows is told once. */

import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import type * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { pasteContext } from "@clawdbot/domain/Profile/pasteContext"
import {
  type PastedSecret,
  parse,
  type SecretShapeWrong,
  type WantedSecret
} from "@clawdbot/domain/Profile/pastedSecret"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import type { Cancelled } from "./CliError.ts"
import { toText } from "./errorText.ts"
import { render } from "./renderError.ts"
import { IoStreams } from "./terminal/IoStreams.ts"

const looksLike: Readonly<Record<WantedSecret, string>> = {
  "API key": "an Anthropic API key (sk-ant-api03-…)",
  "setup token": "a setup token (sk-ant-oat01-…)",
  "API key or setup token": "an API key (sk-ant-api03-…) or a setup token (sk-ant-oat01-…)",
  token: "a token"
}

/** Asks the person at the terminal for the secret once more. */
export type AskAgain = Effect.Effect<Redacted.Redacted, Cancelled>

/** Asks again for as long as what comes is no secret of the wanted form. */
const untilRight = (
  check: (text: Redacted.Redacted) => Either.Either<PastedSecret, SecretShapeWrong>,
  pasted: Redacted.Redacted,
  askAgain: AskAgain | undefined
): Effect.Effect<PastedSecret, SecretShapeWrong | Cancelled, IoStreams | StatePaths> =>
  Effect.gen(function* () {
    const checked = check(pasted)
    if (Either.isRight(checked)) return checked.right
    if (askAgain === undefined) return yield* checked.left
    const io = yield* IoStreams
    const { profileName } = yield* StatePaths
    yield* io.stderr(toText(render(checked.left), profileName, io.problems))
    return yield* untilRight(check, yield* askAgain, askAgain)
  })

/**
 * Checks and cleans what was pasted for a provider. With a base URL of another service any form is
 * right, and nothing is said (decision D47). A text that is no secret is an error; where `askAgain`
 * is given it is shown, and the question comes again.
 */
export const recognise = Effect.fn("recognise")(function* (
  provider: ProviderId.ProviderId,
  wanted: WantedSecret,
  pasted: Redacted.Redacted,
  askAgain?: AskAgain | undefined
) {
  const { config, environment } = yield* (yield* ConfigStore).load
  const context = pasteContext(config, environment, provider, wanted)
  const secret = yield* untilRight((text) => parse(text, context), pasted, askAgain)
  if (secret.isUnusual && context.ownUpstream) {
    yield* (yield* IoStreams).stderr(
      `clawdbot: this does not look like ${looksLike[wanted]}; it is stored anyway`
    )
  }
  return secret
})
