/**
 * Every error as a person sees it: what happened, where, and the command or setting that cures it.
 * Total over the closed union.
 */
import {
  type AuthError,
  clearArguments,
  isSignInRequired,
  type NoCredentials
} from "@clawdbot/domain/Auth/AuthError"
import { rejectionWords } from "@clawdbot/domain/Auth/explanationWords"
import { defaults } from "@clawdbot/domain/Config/defaults"
import { otherPort } from "@clawdbot/domain/Config/gatewayAddress"
import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import { listOf } from "@clawdbot/domain/Document/listIf"
import { textOf } from "@clawdbot/domain/Text/textIf"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import type { CommandError } from "./CommandError.ts"
import { configIssues } from "./configIssues.ts"
import { clientNameCure, costReportCure, hashedCure, keyCure, shapeCure } from "./errorCures.ts"
import { exit } from "./exit.ts"
import { limitWords } from "./explanationText.ts"
import { offlineInWords, refreshCure } from "./refreshCure.ts"
import { shellWord } from "./shownCommand.ts"

/** An error in parts. `fix` is a command that works when it is pasted, or the setting to change. */
export interface Rendered {
  readonly summary: string
  readonly details: ReadonlyArray<string>
  readonly fix: string
  /** Other ways to the same end, each like `fix`. */
  readonly alternatives?: ReadonlyArray<string> | undefined
  readonly status: number
  /** Epoch ms from when on trying again may succeed, where that is known. */
  readonly retryAt?: number | undefined
}

const failed = (summary: string, fix: string, details: ReadonlyArray<string> = []): Rendered => ({
  summary,
  details,
  fix,
  status: exit.failed
})

const pasteFor = (error: AuthError): string =>
  `clawdbot models auth paste-token --provider ${shellWord(error.provider)} --agent ` +
  `${shellWord(error.agent)}`

const listProfiles = "to list the profiles: clawdbot models status"

/** So many cures are worth reading. */
const maxCures = 3

/** What lets the profiles be used again; for one that there is not, which there are. */
const curesFor = (error: NoCredentials): readonly [string, ...ReadonlyArray<string>] => {
  const [first, ...others] = error.cures
  if (first !== undefined) return [first, ...others.slice(0, maxCures - 1)]
  if (error.profile !== undefined) return [listProfiles]
  return [pasteFor(error)]
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
      return failed(error.message, keyCure(error))
    case "RepairFailed":
      return failed(error.message, `check who owns ${error.path} and its permissions`)
    case "ProfileUnknown":
      return failed(error.message, listProfiles)
    case "AgentUnknown":
      return failed(
        error.message,
        `clawdbot agents add ${shellWord(error.agent)}`,
        error.nearest === undefined ? [] : [`did you mean --agent ${shellWord(error.nearest)}?`]
      )
    case "SharedLoginUnavailable":
      return failed(error.message, "close Claude Code and try again; nothing was changed")
    case "ModelUnknown":
      return failed(
        error.message,
        "write it as provider/model, e.g. anthropic/claude-opus-4-5; clawdbot models list " +
          "shows what is configured"
      )
    case "HealthUnavailable":
    case "JournalUnavailable":
    case "UsageUnavailable":
      return failed(error.message, FileProblem.cure(error))
    case "CostReportFailed":
      return failed(error.message, costReportCure(error))
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
      return failed(error.message, FileProblem.cure(error))
    case "StoreCorrupt":
      return failed(
        error.message,
        `repair ${error.path}, or replace it with a good copy; the original was not touched`,
        error.copy === undefined ? [] : [`  a copy for inspection: ${error.copy}`]
      )
    case "StoreTooNew":
      return failed(error.message, "install a newer clawdbot; the file was not touched")
    case "StoreLocked":
      return failed(error.message, FileProblem.lockCure(error.lockPath))
    case "StoreMoved":
      return failed(error.message, error.cure)
    case "StoreUnavailable":
      return failed(error.message, FileProblem.cure(error))
    case "NoApiKey":
      return { ...failed(error.message, pasteFor(error)), status: exit.notConfigured }
    case "NoCredentials": {
      const [fix, ...alternatives] = curesFor(error)
      return {
        summary: error.message,
        fix,
        alternatives,
        details: error.concerned.map(
          ({ detail, profile, reason }) =>
            `  ${profile}: ${rejectionWords(reason, detail)}` +
            textOf(detail, (text) => ` (${text})`)
        ),
        status: isSignInRequired(error) ? exit.signInRequired : exit.notConfigured
      }
    }
    case "AllInCooldown": {
      const clear = clearArguments(error)
      return {
        summary: error.message,
        fix:
          `wait, or add another profile: ${pasteFor(error)} --profile-id ` +
          `${shellWord(`${error.provider}:another`)}`,
        alternatives: listOf(clear, ({ agent, profile }) => [
          "to end a cooldown now: clawdbot models auth clear " +
            `${shellWord(profile)} --agent ${shellWord(agent)}`
        ]),
        details: error.explanation.candidates.flatMap(({ obstacles, profile }) =>
          obstacles.map(
            (window) =>
              `  ${profile} is cooling down until ${EpochMs.toIso(window.until)}: ` +
              limitWords(window)
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
      return failed(error.message, `${FileProblem.cure(error)}; nothing was removed from the store`)
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
      if (error.pid !== undefined)
        return failed(error.message, "to see the running gateway: clawdbot gateway status")
      return failed(
        error.message,
        error.holder === "another clawdbot gateway"
          ? "use the running gateway, or choose another port: clawdbot gateway --port " +
              `${otherPort(error.port)}`
          : `choose another port: clawdbot gateway --port ${otherPort(error.port)}`
      )
    case "GatewayTokensUnavailable":
      return failed(
        error.message,
        error.code === "INVALID"
          ? `move ${error.path} away; new tokens are created at the next start`
          : FileProblem.cure(error)
      )
    case "CannotListen":
      return failed(
        error.message,
        "choose another address or port: clawdbot gateway --bind loopback --port " +
          `${defaults["gateway.port"]}`
      )
    case "ClientNameRefused":
      return failed(error.message, clientNameCure(error))
    case "ClientTokenHashed":
      return failed(error.message, hashedCure(error))
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
    case "StoreUrlUnusable":
    case "StoreKeyUnusable":
    case "StoreKeyWrong":
    case "StoreSchemaOlder":
    case "StoreSchemaNewer":
    case "StoreMovedAway":
    case "PoolerUndeclared":
    case "DatabaseUnavailable":
    case "VersionUnknown":
    case "VersionRefused":
    case "FolderInUse":
    case "StoreInUse":
    case "RefreshUnderWay":
    case "StoreNotEmpty":
    case "LoginOwnedElsewhere":
    case "FolderNotEmpty":
    case "MoveDiffers":
    case "StateFileUnavailable":
      return failed(error.message, error.cure)
    case "ProfileNameInvalid":
      return { ...failed(error.message, "use letters, digits, - and _"), status: exit.usage }
  }
}
