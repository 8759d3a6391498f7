/**
 * What `onboard` can set up, one function a choice. Each stores, registers and reads back, and says
 * what went where.
 */

import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { ClaudeCodeLogin } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { lookup } from "@clawdbot/domain/Environment/Environment"
import { type Paths, StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import type { Enrolled } from "@clawdbot/domain/Profile/enrolment"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import {
  enrolmentTarget,
  pastedCredential,
  storedApiKey
} from "@clawdbot/domain/Profile/pastedCredential"
import { parseDuration } from "@clawdbot/domain/Profile/pastedSecret"
import * as Secret from "@clawdbot/domain/Profile/Secret"
import { textIf } from "@clawdbot/domain/Text/textIf"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { InputMissing, UsageError } from "../CliError.ts"
import { tellEnded } from "../claudeCode.ts"
import { endLines } from "../endOfCredential.ts"
import { enrolCredential } from "../enrolCredential.ts"
import * as Input from "../input.ts"
import { recognise } from "../recognise.ts"

/** For whom, and how. */
export interface Setting {
  readonly agent: AgentId
  /** Whether somebody is there to answer questions. */
  readonly interactive: boolean
  /** Whether a question about a taken id may be asked: never where a program reads the answer. */
  readonly mayAsk: boolean
  /** Whether what a taken id holds gives way. */
  readonly replace: boolean
}

/** What was stored, in the words to show. */
export interface Stored {
  readonly profile: ProfileId.ProfileId
  readonly storePath: string
  readonly lines: ReadonlyArray<string>
}

const defaultProfile = ProfileId.of("anthropic:default")

const describe = (
  paths: Paths,
  done: Enrolled,
  credential: Credential.Credential,
  where: string
): Stored => ({
  profile: done.profile,
  storePath: done.storePath,
  lines: [
    `Saved ${done.profile} (${Secret.mask(Credential.secret(credential))}${where}) to ` +
      `${shorten(paths, done.storePath)} and verified the file`,
    done.configChanged
      ? `Updated ${shorten(paths, done.configPath)}: auth.profiles["${done.profile}"]`
      : `${shorten(paths, done.configPath)} already lists this profile`,
    ...endLines(credential)
  ]
})

/**
 * An API key: from the flag, a file, the environment, an existing profile, or a hidden question
 * (S1, S2).
 */
export const apiKey = Effect.fn("onboard.apiKey")(function* (
  options: Setting & {
    readonly given: string | undefined
    readonly file: string | undefined
  }
) {
  const paths = yield* StatePaths
  const { environment } = yield* (yield* ConfigStore).load
  const fromEnvironment = Option.getOrUndefined(lookup(environment, "ANTHROPIC_API_KEY"))
  const asked = options.given !== undefined || options.file !== undefined
  if (!asked && fromEnvironment === undefined && !options.interactive) {
    const snapshot = yield* (yield* ProfileStore).read(options.agent)
    const found = storedApiKey(snapshot.document)
    if (found === undefined) {
      return yield* new InputMissing({
        problem: "no Anthropic API key was given",
        flags:
          "--anthropic-api-key KEY, --anthropic-api-key-file FILE, ANTHROPIC_API_KEY in the " +
          "environment, or an existing API-key profile"
      })
    }
    // The key stays where it is; the config learns its real name.
    const [profile, credential] = found
    const done = yield* enrolCredential({
      ...options,
      profile,
      isNamed: true,
      credential
    })
    return describe(paths, done, credential, ", already stored")
  }
  const useEnvironment =
    !asked &&
    fromEnvironment !== undefined &&
    (!options.interactive ||
      (yield* Input.confirm("Store the key that ANTHROPIC_API_KEY holds now?", false)))
  const source = { what: "Anthropic API key", given: options.given, file: options.file }
  const pasted = useEnvironment
    ? fromEnvironment.value
    : yield* Input.secret({
        ...source,
        flags: "--anthropic-api-key KEY or --anthropic-api-key-file FILE",
        pipe: false
      })
  // The variable may hold a setup token, which is used as one from there as well (decision D39).
  const wanted = useEnvironment ? "API key or setup token" : "API key"
  const askAgain = useEnvironment ? undefined : yield* Input.askAgain(source)
  const { kind, secret } = yield* recognise(ProviderId.anthropic, wanted, pasted, askAgain)
  const now = yield* Clock.currentTimeMillis
  const credential = pastedCredential({ kind, secret, provider: ProviderId.anthropic, now })
  const done = yield* enrolCredential({
    ...options,
    profile: defaultProfile,
    isNamed: options.replace,
    credential
  })
  return describe(paths, done, credential, textIf(useEnvironment, ", from ANTHROPIC_API_KEY"))
})

/** A setup token (S6). */
export const pastedToken = Effect.fn("onboard.pastedToken")(function* (
  options: Setting & {
    readonly given: string | undefined
    readonly file: string | undefined
    readonly provider: string | undefined
    readonly named: string | undefined
    readonly expiresIn: string | undefined
  }
) {
  const paths = yield* StatePaths
  if (options.provider === undefined && !options.interactive) {
    return yield* new InputMissing({
      problem: "--auth-choice token requires --token-provider",
      flags: "--token-provider anthropic"
    })
  }
  if (ProviderId.normalize(options.provider ?? "anthropic") !== ProviderId.anthropic) {
    return yield* new UsageError({
      problem: "only --token-provider anthropic is supported for --auth-choice token",
      command: "clawdbot onboard"
    })
  }
  const lifetime =
    options.expiresIn === undefined
      ? undefined
      : yield* parseDuration(options.expiresIn, "--token-expires-in")
  const source = {
    what: "setup token (claude setup-token prints it)",
    given: options.given,
    file: options.file
  }
  const pasted = yield* Input.secret({
    ...source,
    flags: "--token TOKEN or --token-file FILE (with --auth-choice token)",
    pipe: false
  })
  const askAgain = yield* Input.askAgain(source)
  const { secret } = yield* recognise(ProviderId.anthropic, "setup token", pasted, askAgain)
  const now = yield* Clock.currentTimeMillis
  const credential = pastedCredential({
    kind: "token",
    secret,
    provider: ProviderId.anthropic,
    lifetimeMs: lifetime,
    now
  })
  const { named, replace } = options
  const done = yield* enrolCredential({
    ...options,
    ...enrolmentTarget({ named, replace, usual: defaultProfile }),
    credential
  })
  return describe(paths, done, credential, "")
})

/**
 * The login to enrol. Where one is stored already, the newer of the two goes to the other side
 * first: an older copy never takes the place of the one that was refreshed from it.
 */
const newestLogin = Effect.fnUntraced(function* ({ agent, interactive }: Setting) {
  const theirs = yield* (yield* ClaudeCodeLogin).read
  const profiles = yield* ProfileStore
  const stored = (yield* profiles.read(agent)).document.profiles.get(ProfileId.claudeCode)
  if (stored?.type !== "oauth") return theirs
  const { follow } = yield* Effect.promise(() => import("../claudeCode/follow.ts"))
  const outcome = yield* follow(agent, interactive)
  if (outcome === "no login" || outcome === "no consent" || outcome === "apart") return theirs
  const now = (yield* profiles.read(agent)).document.profiles.get(ProfileId.claudeCode)
  return now ?? theirs
})

/** Claude Code's own login, reused with the person's consent (S7, D2). */
export const claudeLogin = Effect.fn("onboard.claudeLogin")(function* (options: Setting) {
  const paths = yield* StatePaths
  const credential = yield* newestLogin(options)
  const done = yield* enrolCredential({
    ...options,
    profile: ProfileId.claudeCode,
    // Claude Code's login is what that profile is for, and it was asked for by its name.
    isNamed: true,
    credential
  })
  yield* tellEnded(options.agent, credential)
  return describe(paths, done, credential, ", Claude Code login")
})
