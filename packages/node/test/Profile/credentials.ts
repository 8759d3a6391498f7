/** Credentials for tests of stores. */
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Redacted from "effect/Redacted"

/** An API key with this text. */
export const key = (text: string): Credential.Credential => ({
  type: "api_key",
  provider: ProviderId.anthropic,
  key: Redacted.make(text),
  extra: Credential.noExtra
})
