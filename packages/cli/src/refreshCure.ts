/** What a person does about a refresh that failed. */

import { whoseLogin } from "@clawdbot/domain/Auth/copyRejection"
import type { OAuthRefreshFailed } from "@clawdbot/domain/OAuth/OAuthError"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { loginCure } from "@clawdbot/domain/Status/loginCure"
import { textOf } from "@clawdbot/domain/Text/textIf"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import { shellWord } from "./shownCommand.ts"

const offline: Readonly<Record<string, string>> = {
  ENOTFOUND: "the host name of the token endpoint cannot be resolved",
  EAI_AGAIN: "the host name of the token endpoint cannot be resolved at the moment",
  ECONNREFUSED: "the token endpoint refuses connections",
  ECONNRESET: "the connection was closed before a response arrived",
  UND_ERR_SOCKET: "the connection was closed before a response arrived",
  ETIMEDOUT: "the token endpoint did not respond in time"
}

/**
 * What a failed refresh's system code means, indented as a detail of the error; nothing where the
 * message says it all.
 */
export const offlineInWords = ({ cause, detail }: OAuthRefreshFailed): ReadonlyArray<string> => {
  const words = cause === "offline" ? offline[detail] : undefined
  if (words === undefined) return []
  return [`  ${words}`]
}

/**
 * What cures a refresh that failed. Only the first three causes want the person (decision S9); the
 * others heal by themselves once what is in the way is gone.
 */
export const refreshCure = (error: OAuthRefreshFailed): string => {
  const agent = `--agent ${shellWord(error.agent)}`
  const again = `clawdbot models auth refresh ${shellWord(error.profile)} ${agent}`
  switch (error.cause) {
    case "revoked":
    case "consumed":
    case "account_changed":
      return loginCure(error)
    case "superseded":
      if (error.newerIn === undefined || error.newerIn === error.agent)
        return "clawdbot doctor --fix"
      return (
        `clawdbot agents add ${shellWord(error.agent)} --inherit-from ` +
        `${shellWord(error.newerIn)}`
      )
    case "unclear":
      return whoseLogin(error.agent, error.profile)
    case "throttled":
      return (
        `wait${textOf(error.retryAt, (retryAt) => ` until ${EpochMs.toIso(retryAt)}`)}, ` +
        `then: ${again}`
      )
    case "offline":
    case "malformed":
    case "server":
      return `check the network, then: ${again}`
    case "undecided":
      return (
        `wait${textOf(error.retryAt, (retryAt) => ` until ${EpochMs.toIso(retryAt)}`)}, in which ` +
        `the other gateway may still report it, then: ${again}`
      )
    case "busy":
      return `wait until the other program has finished, then: ${again}`
    case "store":
      if (/DATABASE|^database/.test(error.detail)) return `clawdbot store status, then: ${again}`
      // Claude Code can always refresh its own login, also where it cannot be written from here.
      if (error.profile === ProfileId.claudeCode && /^(SharedLogin|Claude Code)/.test(error.detail))
        return (
          "run claude once, which refreshes its own login, then: clawdbot models auth sync " +
          `${agent}`
        )
      return `free some disk space and check the permissions of the state folder, then: ${again}`
  }
}
