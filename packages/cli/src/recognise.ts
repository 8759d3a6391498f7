/** A text that a person pasted, as the secret it is; a form that nobody knows is told once. */

import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import type * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { pasteContext } from "@clawdbot/domain/Profile/pasteContext"
import { parse, type WantedSecret } from "@clawdbot/domain/Profile/pastedSecret"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { IoStreams } from "./terminal/IoStreams.ts"

const looksLike: Readonly<Record<WantedSecret, string>> = {
  "API key": "an Anthropic API key (sk-ant-api03-…)",
  "setup token": "a setup token (sk-ant-oat01-…)",
  "API key or setup token": "an API key (sk-ant-api03-…) or a setup token (sk-ant-oat01-…)",
  token: "a token"
}

/**
 * Checks and cleans what was pasted for a provider. With a base URL of another service any form is
 * right, and nothing is said (decision D47).
 */
export const recognise = Effect.fn("recognise")(function* (
  provider: ProviderId.ProviderId,
  wanted: WantedSecret,
  pasted: Redacted.Redacted
) {
  const { config, environment } = yield* (yield* ConfigStore).load
  const context = pasteContext(config, environment, provider, wanted)
  const secret = yield* parse(pasted, context)
  if (secret.isUnusual && context.ownUpstream) {
    yield* (yield* IoStreams).stderr(
      `clawdbot: this does not look like ${looksLike[wanted]}; it is stored anyway`
    )
  }
  return secret
})
