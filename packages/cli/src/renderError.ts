/**
 * Every error as a person sees it: what happened, where, and the command or setting that cures it.
 * Total over the closed union.
 */

import { type AuthError, clearArguments, isSignInRequired } from "@clawdbot/domain/Auth/AuthError"
import type { ClaudeCodeUnreadable } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import type { SharedLoginUnavailable } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import type { ClientNameRefused } from "@clawdbot/domain/Client/ClientTokens"
import type { ConfigError, ConfigInvalid, ConfigIssue } from "@clawdbot/domain/Config/ConfigError"
import { defaults } from "@clawdbot/domain/Config/defaults"
import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import type { HealthUnavailable } from "@clawdbot/domain/Health/HealthStore"
import type { OAuthRefreshFailed } from "@clawdbot/domain/OAuth/OAuthError"
import type { JournalUnavailable } from "@clawdbot/domain/OAuth/RefreshJournal"
import type { NotReadBack, ProfileIdUnusable } from "@clawdbot/domain/Profile/enrolment"
import type { KeptAsideUnavailable } from "@clawdbot/domain/Profile/KeptAside"
import type { ProfileStoreError } from "@clawdbot/domain/Profile/ProfileError"
import type { DurationInvalid, SecretShapeWrong } from "@clawdbot/domain/Profile/pastedSecret"
import { printable } from "@clawdbot/domain/Text/printable"
import { textIf, textOf } from "@clawdbot/domain/Text/textIf"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import type { UsageUnavailable } from "@clawdbot/domain/Usage/UsageLedger"
import type { GatewayStartError } from "@clawdbot/http/Gateway"
import type { HomeMissing, ProfileNameInvalid } from "@clawdbot/node/Environment/statePaths"
import type { ProxyUnusable } from "@clawdbot/node/Upstream/ProxyUnusable"
import type { CliError } from "./CliError.ts"
import { exit } from "./exit.ts"
import type { GatewayTokensUnavailable } from "./gateway/gatewayTokens.ts"
import { offlineInWords, refreshCure } from "./refreshCure.ts"
import { shellWord } from "./shownCommand.ts"

/** Every failure a command can end with. */
export type CommandError =
  | CliError
  | ConfigError
  | ProfileStoreError
  | HealthUnavailable
  | UsageUnavailable
  | SharedLoginUnavailable
  | JournalUnavailable
  | OAuthRefreshFailed
  | AuthError
  | SecretShapeWrong
  | DurationInvalid
  | NotReadBack
  | ProfileIdUnusable
  | KeptAsideUnavailable
  | GatewayStartError
  | GatewayTokensUnavailable
  | ClientNameRefused
  | ClaudeCodeUnreadable
  | HomeMissing
  | ProfileNameInvalid
  | ProxyUnusable

const clientNameCure = ({ name, problem }: ClientNameRefused): string => {
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

/** An error in parts. `fix` is a command that works when it is pasted, or the setting to change. */
export interface Rendered {
  readonly summary: string
  readonly details: ReadonlyArray<string>
  readonly fix: string
  readonly status: number
  /** Epoch ms from when on trying again may succeed, where that is known. */
  readonly retryAt?: number | undefined
}

/** One fault of a config with its place, the offending line and a caret; without the cure. */
export const issuePlace = (issue: ConfigIssue, path: string): ReadonlyArray<string> => {
  const { place } = issue
  const at =
    place === undefined
      ? path
      : `${place.file}${textOf(place.line, (line) => `:${line}:${place.column ?? 1}`)}`
  if (place?.source === undefined) return [at]
  const number = String(place.line ?? "")
  // The same width for both, so that the caret stands below the fault whatever the line holds.
  const shown = (source: string) => printable(source.replaceAll("\t", "  "))
  const lead = " ".repeat(shown(place.source.slice(0, (place.column ?? 1) - 1)).length)
  const caret = place.column === undefined ? [] : [`${" ".repeat(number.length)} | ${lead}^`]
  return [at, `${number} | ${shown(place.source)}`, ...caret]
}

const configIssues = (error: ConfigInvalid): ReadonlyArray<string> =>
  error.issues.flatMap((issue) => {
    const [at = error.path, ...source] = issuePlace(issue, error.path)
    const what = `${textIf(issue.path !== "<root>", `${issue.path}: `)}${issue.problem}`
    const cure = issue.cure === undefined ? [] : [`→ ${issue.cure}`]
    return [...[at, what, ...source, ...cure].map((line) => `  ${line}`), ""]
  })

const failed = (summary: string, fix: string, details: ReadonlyArray<string> = []): Rendered => ({
  summary,
  details,
  fix,
  status: exit.failed
})

const pasteFor = (error: AuthError): string =>
  `clawdbot models auth paste-token --provider ${shellWord(error.provider)} --agent ` +
  `${shellWord(error.agent)}`

const pasteInto = (error: AuthError, profile: string | undefined): string => {
  if (profile === undefined) return pasteFor(error)
  return `${pasteFor(error)} --profile-id ${shellWord(profile)}`
}

/** The parts of an error. */
export const render = (error: CommandError): Rendered => {
  switch (error._tag) {
    case "UsageError":
      return {
        summary: error.message,
        details: error.suggestion === undefined ? [] : [`did you mean ${error.suggestion}?`],
        fix: `${error.command} --help`,
        status: exit.usage
      }
    case "InputMissing":
      return failed(error.message, `pass ${error.flags}`)
    case "InputUnreadable":
      return failed(
        error.message,
        error.code === "TOO_LARGE"
          ? "give a file that holds the secret and nothing else"
          : "check the path and its permissions"
      )
    case "NotOffered":
      return failed(error.message, error.instead)
    case "KeyNotSet":
      return failed(
        error.message,
        error.nearest === undefined
          ? `clawdbot config set ${error.key} VALUE`
          : `clawdbot config get ${error.nearest}`
      )
    case "RepairFailed":
      return failed(error.message, `check who owns ${error.path} and its permissions`)
    case "ProfileUnknown":
      return failed(error.message, "to list the profiles: clawdbot models status")
    case "AgentUnknown":
      return failed(
        error.message,
        `clawdbot agents add ${shellWord(error.agent)}`,
        error.nearest === undefined ? [] : [`did you mean --agent ${shellWord(error.nearest)}?`]
      )
    case "SharedLoginUnavailable":
      return failed(error.message, "close Claude Code and try again; nothing was changed")
    case "JournalUnavailable":
      return failed(error.message, "check the permissions and the free space of the state folder")
    case "ModelUnknown":
      return failed(
        error.message,
        "write it as provider/model, e.g. anthropic/claude-opus-4-5; clawdbot models list " +
          "shows what is configured"
      )
    case "HealthUnavailable":
    case "UsageUnavailable":
      return failed(error.message, FileProblem.cure(error.path, error.code))
    case "Cancelled":
      return {
        summary: error.message,
        details: [],
        fix: "run the command again",
        status: exit.interrupted
      }
    case "ConfigInvalid":
      return failed(
        `config invalid: ${error.path}`,
        "correct the file, then: clawdbot config validate",
        configIssues(error)
      )
    case "ConfigEditRefused":
      return failed(error.message, error.cure ?? `edit ${error.path} by hand`)
    case "ConfigUnavailable":
      return failed(error.message, FileProblem.cure(error.path, error.code))
    case "StoreCorrupt":
      return failed(
        error.message,
        `repair ${error.path}, or replace it with a good copy; the original was not touched`,
        error.copy === undefined ? [] : [`  a copy for inspection: ${error.copy}`]
      )
    case "StoreTooNew":
      return failed(error.message, "install a newer clawdbot; the file was not touched")
    case "StoreLocked":
      return failed(
        error.message,
        `wait until the other program has finished; if none is running: rmdir ${error.lockPath}`
      )
    case "StoreUnavailable":
      return failed(error.message, FileProblem.cure(error.path, error.code))
    case "NoApiKey":
      return { ...failed(error.message, pasteFor(error)), status: exit.notConfigured }
    case "NoCredentials":
      return {
        summary: error.message,
        fix: error.cure ?? pasteInto(error, error.profile),
        details: error.explanation.rejected.map(
          ({ detail, profile, reason }) =>
            `  ${profile}: ${reason}${textOf(detail, (text) => ` (${text})`)}`
        ),
        status: isSignInRequired(error) ? exit.signInRequired : exit.notConfigured
      }
    case "AllInCooldown": {
      const clear = clearArguments(error)
      return {
        summary: error.message,
        fix: [
          `wait, or add another profile: ${pasteFor(error)} --profile-id ` +
            `${shellWord(`${error.provider}:another`)}`,
          ...(clear === undefined
            ? []
            : [
                "to end a cooldown now: clawdbot models auth clear " +
                  `${shellWord(clear.profile)} --agent ${shellWord(clear.agent)}`
              ])
        ].join("; "),
        details: error.explanation.candidates.flatMap(({ obstacles, profile }) =>
          obstacles.map(
            (window) =>
              `  ${profile} is cooling down until ${EpochMs.toIso(window.until)}: ` +
              `${window.class} (${window.scope}, ${window.source})`
          )
        ),
        status: exit.unavailable,
        retryAt: error.retryAt
      }
    }
    case "OAuthRefreshFailed":
      return {
        ...failed(error.message, refreshCure(error), [
          ...offlineInWords(error),
          "  nothing was deleted"
        ]),
        retryAt: error.retryAt
      }
    case "SecretShapeWrong":
      return failed(error.message, shapeCure(error))
    case "DurationInvalid":
      return failed(
        error.message,
        "write it as a number with ms, s, m, h or d, such as 12h or 365d"
      )
    case "ProfileIdUnusable":
      return failed(error.message, `name another id, such as ${error.free}`)
    case "KeptAsideUnavailable":
      return failed(
        error.message,
        error.code === "ENOSPC"
          ? "free some disk space and try again; nothing was removed from the store"
          : `${FileProblem.cure(error.path, error.code)}; nothing was removed from the store`
      )
    case "NotReadBack":
      return failed(error.message, "check whether another program changes the file, then try again")
    case "ClaudeCodeUnreadable":
      return failed(
        error.message,
        error.reason === "missing" || error.reason === "no login in it"
          ? "sign in with Claude Code on this machine first: claude, then /login"
          : "sign in with Claude Code again, which rewrites its file: claude, then /login"
      )
    case "PortInUse":
      return failed(
        error.message,
        error.holder === "another clawdbot gateway"
          ? "use the running gateway, or choose another port: clawdbot gateway --port " +
              `${error.port + 1}`
          : `choose another port: clawdbot gateway --port ${error.port + 1}`
      )
    case "GatewayTokensUnavailable":
      return failed(
        error.message,
        error.code === "INVALID"
          ? `move ${error.path} away; new tokens are created at the next start`
          : FileProblem.cure(error.path, error.code)
      )
    case "CannotListen":
      return failed(
        error.message,
        "choose another address or port: clawdbot gateway --bind loopback --port " +
          `${defaults["gateway.port"]}`
      )
    case "ClientNameRefused":
      return failed(error.message, clientNameCure(error))
    case "GatewayNotRunning":
      return failed(error.message, "to start it: clawdbot gateway")
    case "StateFolderServed":
      return failed(error.message, "to see the running gateway: clawdbot gateway status")
    case "OpenOffLoopback":
      return failed(error.message, "clawdbot config set gateway.auth.mode token")
    case "WorkingFolderGone":
      return failed(error.message, "go to a folder that exists: cd")
    case "HomeMissing":
      return failed(error.message, "set HOME, or CLAWDBOT_STATE_DIR, to a folder of yours")
    case "ProxyUnusable":
      return failed(
        error.message,
        `set ${error.variable} to an address such as http://proxy.example:8080, or unset it`
      )
    case "ProfileNameInvalid":
      return { ...failed(error.message, "use letters, digits, - and _"), status: exit.usage }
  }
}

const shapeCure = (error: SecretShapeWrong): string => {
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
