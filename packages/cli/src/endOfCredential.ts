/** When a credential ends, as every command says it that has just stored one. Pure. */
import { listOf } from "@clawdbot/domain/Document/listIf"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"

const ofToken = (end: string | undefined): string => {
  if (end !== undefined) return `The token ends ${end}`
  return "When the token ends is not known; claude setup-token makes tokens for a year"
}

const ofLogin = ({ refresh }: Credential.OAuth, end: string | undefined): string | undefined => {
  if (end === undefined) return undefined
  if (Credential.isBlank(refresh)) return `The login ends ${end} and cannot be refreshed`
  return `The login is refreshed before it ends (${end})`
}

/** As far as it is known; undefined for a key, which does not end. */
const endOf = (credential: Credential.Credential): string | undefined => {
  const time = Credential.expiresAt(credential)
  const end =
    time === undefined ? undefined : `${EpochMs.toIso(time).slice(0, 16).replace("T", " ")} UTC`
  switch (credential.type) {
    case "api_key":
      return undefined
    case "token":
      return ofToken(end)
    case "oauth":
      return ofLogin(credential, end)
  }
}

/** The line that says it, where there is anything to say. */
export const endLines = (credential: Credential.Credential): ReadonlyArray<string> =>
  listOf(endOf(credential), (end) => [end])
