/** From the reasons why a request got no credential to the errors of the public service. Pure. */
import type { ConfigInvalid, ConfigUnavailable } from "../Config/ConfigError.ts"
import { defined } from "../Document/defined.ts"
import * as StatePaths from "../Environment/StatePaths.ts"
import type { OAuthRefreshFailed } from "../OAuth/OAuthError.ts"
import { shellWord } from "../Text/shellWord.ts"
import * as AuthError from "./AuthError.ts"
import type { ResolveError } from "./AuthResolver.ts"
import {
  AllInCooldown,
  type CredentialError,
  CredentialsUnavailable,
  LoginEnded,
  NoCredentials
} from "./credentialFailures.ts"
import type { Explanation } from "./Explanation.ts"

/** What is known of the credentials where they could not be read. */
export const nothingKnown: Explanation = {
  agent: "",
  provider: "anthropic",
  storePath: "",
  candidates: [],
  rejected: []
}

const noCredentials = (error: AuthError.NoCredentials): CredentialError => {
  const { agent, explanation, profile, provider } = error
  const ended = AuthError.endedLogin(error)
  if (ended === undefined)
    return new NoCredentials({
      reason: "none-usable",
      agent,
      provider,
      explanation,
      ...defined({ profile })
    })
  const { cure } = ended
  return new LoginEnded({
    profile: ended.profile,
    agent,
    provider,
    explanation,
    ...defined({ cure })
  })
}

const reasonOf = (error: AuthError.AllInCooldown): AllInCooldown["reason"] => {
  if (error.outOfCredit) return "out-of-credit"
  if (error.refused) return "refused"
  return "cooldown"
}

const allInCooldown = (error: AuthError.AllInCooldown): AllInCooldown => {
  const { agent, explanation, heldBack, provider, retryAt } = error
  const reason = reasonOf(error)
  return new AllInCooldown({ reason, retryAt, heldBack, agent, provider, explanation })
}

const notRefreshed = (error: OAuthRefreshFailed): CredentialsUnavailable => {
  const { agent, profile, retryAt } = error
  return new CredentialsUnavailable({
    reason: "refresh",
    code: error._tag,
    problem: error.message,
    cure: `clawdbot models auth refresh ${shellWord(profile)} --agent ${shellWord(agent)}`,
    cause: error,
    explanation: { ...nothingKnown, agent, provider: error.provider },
    ...defined({ retryAt })
  })
}

const unreadable = (
  error: Extract<ResolveError, { readonly path: string }>,
  reason: "config" | "store",
  problem: string,
  cure: string
): CredentialsUnavailable =>
  new CredentialsUnavailable({
    reason,
    code: error._tag,
    problem,
    cure,
    cause: error,
    explanation: nothingKnown
  })

/** What a program said about its own keys cannot be used: its options stand for a config. */
const unusableOptions = (error: ConfigInvalid | ConfigUnavailable): CredentialsUnavailable => {
  const optionOf = (path: string) => path.slice(path.lastIndexOf(".") + 1)
  const issues = error._tag === "ConfigInvalid" ? error.issues : []
  return new CredentialsUnavailable({
    reason: "config",
    code: error._tag,
    problem: issues.map(({ path, problem }) => `${optionOf(path)} ${problem}`).join("; "),
    cause: error,
    explanation: { ...nothingKnown, storePath: StatePaths.programFolder }
  })
}

/** The surroundings of the process do not say where the credentials are. */
export const noSurroundings = (error: {
  readonly _tag: string
  readonly message: string
}): CredentialsUnavailable =>
  new CredentialsUnavailable({
    reason: "environment",
    code: error._tag,
    problem: error.message,
    cause: error,
    explanation: nothingKnown
  })

/** The public error for a reason why a request got no credential. */
export const credentialFailure = (error: ResolveError): CredentialError => {
  switch (error._tag) {
    case "NoApiKey": {
      const { agent, explanation, provider } = error
      const reason = "nothing-configured"
      return new NoCredentials({ reason, agent, provider, explanation })
    }
    case "NoCredentials":
      return noCredentials(error)
    case "AllInCooldown":
      return allInCooldown(error)
    case "OAuthRefreshFailed":
      return notRefreshed(error)
    case "ConfigInvalid":
    case "ConfigUnavailable": {
      if (StatePaths.isOfProgram(error.path)) return unusableOptions(error)
      const cure = "clawdbot config validate"
      if (error._tag === "ConfigInvalid")
        return unreadable(error, "config", "the config is invalid", cure)
      return unreadable(error, "config", `the config cannot be read (${error.code})`, cure)
    }
    case "StoreCorrupt":
      return unreadable(error, "store", "the profile store cannot be read", "clawdbot doctor")
    case "StoreTooNew": {
      const problem = "the profile store was written by a newer version of clawdbot"
      return unreadable(error, "store", problem, "update clawdbot")
    }
    case "StoreLocked": {
      const problem = "the profile store is locked by another process"
      return unreadable(error, "store", problem, "clawdbot doctor")
    }
    case "StoreMoved": {
      const problem = "the credentials of the state folder were moved to a shared store"
      return unreadable(error, "store", problem, "clawdbot doctor")
    }
    case "StoreUnavailable": {
      const problem = `the profile store cannot be used (${error.code})`
      return unreadable(error, "store", problem, "clawdbot doctor")
    }
  }
}
