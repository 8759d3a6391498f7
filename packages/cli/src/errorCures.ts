import type { ClientNameRefused, ClientTokenHashed } from "@clawdbot/domain/Client/ClientTokens"
import type { CostReportFailed } from "@clawdbot/domain/Pricing/CostReportFailed"
import type { SecretShapeWrong } from "@clawdbot/domain/Profile/pastedSecret"
import type { KeyNotSet } from "./CliError.ts"
import { shellWord } from "./shownCommand.ts"

export const clientNameCure = ({ name, problem }: ClientNameRefused): string => {
  switch (problem) {
    case "taken":
      return (
        "choose another name, or revoke the old token first: clawdbot gateway token revoke " +
        shellWord(name)
      )
    case "unknown":
      return "to list the tokens: clawdbot gateway token list"
    case "shape":
      return "choose a name such as laptop: clawdbot gateway token add laptop"
  }
}

export const hashedCure = ({ name }: ClientTokenHashed): string =>
  `clawdbot gateway token revoke ${shellWord(name)}; then: clawdbot gateway token add ` +
  shellWord(name)

export const keyCure = ({ isKnown, key, nearest }: KeyNotSet): string => {
  if (isKnown) return `clawdbot config set ${shellWord(key)} VALUE`
  if (nearest !== undefined) return `clawdbot config get ${shellWord(nearest)}`
  return "to see the keys that are set, and their defaults: clawdbot config get --source"
}

export const shapeCure = (error: SecretShapeWrong): string => {
  switch (error.found) {
    case "a login code that was not exchanged":
      return (
        "this is the code that a login page shows (code#state); run claude setup-token and paste " +
        "the token it prints (sk-ant-oat01-…)"
      )
    case "a token that is cut off":
      return "copy the whole token: it starts with sk-ant-oat01- and has about 108 characters"
    case "a refresh token":
      return (
        "paste the token that claude setup-token prints " +
        "(sk-ant-oat01-…), never a refresh token"
      )
    case "an admin key":
      return (
        "admin keys cannot be used for messages; create an API key (sk-ant-api03-…) in the " +
        "Anthropic Console"
      )
    case "an API key":
      return "API keys are stored with: clawdbot onboard --anthropic-api-key -"
    case "a setup token":
      return "setup tokens are stored with: clawdbot models auth paste-token --provider anthropic"
    case "a text that cannot be sent":
      return (
        "copy it again from its source (not from a document or a chat), or filter it " +
        "with: tr -cd '!-~'"
      )
    case "a client token of the gateway":
      return (
        "this token is for clients of this gateway; create an API key (sk-ant-api03-…) in the " +
        "Anthropic Console, or run claude setup-token"
      )
    case "nothing":
    case "a placeholder":
    case "several words":
      if (error.wanted === "API key")
        return "an API key starts with sk-ant-api03-; create one in the Anthropic Console"
      return (
        "a setup token starts with sk-ant-oat01- (from claude setup-token), an API key with " +
        "sk-ant-api03-"
      )
  }
}

export const costReportCure = ({ reason }: CostReportFailed): string => {
  switch (reason) {
    case "no admin key":
      return (
        "create an admin key (sk-ant-admin01-…) in the Anthropic Console and set " +
        "ANTHROPIC_ADMIN_API_KEY, in the environment or in the .env of the state folder"
      )
    case "refused":
      return (
        "set ANTHROPIC_ADMIN_API_KEY to an admin key (sk-ant-admin01-…) of the organization; " +
        "individual accounts have none"
      )
    case "limited":
      return "wait a minute, then run the command again"
    case "unreachable":
      return "to check the connection: clawdbot doctor --network"
    case "unreadable":
      return "to see the ledger alone: clawdbot usage --cost --by day"
  }
}
