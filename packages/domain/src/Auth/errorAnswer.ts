/**
 * Errors of our own as the provider would say them (decision D29): status, `retry-after`,
 * `x-should-retry` and envelope. The gateway and the library's HTTP clients answer with the same.
 * Pure.
 */
import { type ErrorAnswer, make } from "../Anthropic/ErrorEnvelope.ts"
import { defined } from "../Document/defined.ts"
import * as StatePaths from "../Environment/StatePaths.ts"
import type { UpstreamFailure } from "../Health/UpstreamFailure.ts"
import { findUnreachable } from "../Health/unreachable.ts"
import { backoffMs } from "../OAuth/freshness.ts"
import { shellWord } from "../Text/shellWord.ts"
import { textIf, textOf } from "../Text/textIf.ts"
import { clearArguments } from "./AuthError.ts"
import type {
  AllInCooldown,
  CredentialError,
  CredentialsUnavailable,
  LoginEnded,
  NoCredentials
} from "./credentialFailures.ts"
import * as Sentences from "./errorSentences.ts"

/**
 * For whom an answer is written.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnswerOptions {
  /** The id of the answer; without one it has none. */
  readonly requestId?: string | undefined
  /**
   * Where the commands it names are to be run, such as `On the gateway host`. Then files of that
   * machine are named too.
   */
  readonly host?: string | undefined
}

const seconds = (fromMs: number, toMs: number): number =>
  Math.max(1, Math.ceil((toMs - fromMs) / 1000))

const at = ({ host }: AnswerOptions, command: string): string =>
  `${host ?? "On this machine"}: ${command}`

const isOfProgram = ({ explanation }: CredentialError): boolean =>
  StatePaths.isOfProgram(explanation.storePath)

/** What a person may do about cooldowns; a program that gives its keys itself has no commands. */
const coolingCure = (error: AllInCooldown, options: AnswerOptions): string => {
  if (isOfProgram(error))
    return textIf(error.reason === "refused", " Give the program keys that the provider accepts.")
  const clear = textOf(
    clearArguments(error),
    ({ agent, profile }) =>
      "; to end a cooldown now: clawdbot models auth clear " +
      `${shellWord(profile)} --agent ${shellWord(agent)}`
  )
  return ` ${at(options, "clawdbot models status")}${clear}`
}

const heldBackOf = (error: AllInCooldown): string => {
  const { heldBack } = error
  const setting = isOfProgram(error) ? "payAsYouGoFallback" : "auth.payAsYouGoFallback"
  return textIf(
    heldBack.length !== 0,
    ` ${heldBack.join(", ")} was not used: beside a subscription, a pay-per-use key ` +
      `is used only with ${setting}: true.`
  )
}

const cooling = (error: AllInCooldown, now: number, options: AnswerOptions): ErrorAnswer => {
  // Without a time there is nothing that waiting would end.
  const retryAfterSeconds = error.retryAt === 0 ? undefined : seconds(now, error.retryAt)
  const first = textOf(retryAfterSeconds, (left) => ` The next request is possible in ${left} s.`)
  const common = {
    message: `${error.message}.${first}${heldBackOf(error)}${coolingCure(error, options)}`,
    code: error._tag,
    requestId: options.requestId,
    ...defined({ retryAfterSeconds })
  }
  switch (error.reason) {
    case "out-of-credit":
      return make({ ...common, status: 402, type: "billing_error", retryable: false })
    case "refused":
      return make({ ...common, status: 401, type: "authentication_error", retryable: false })
    case "cooldown":
      return make({ ...common, status: 429, type: "rate_limit_error" })
  }
}

/** Why each profile that could have answered did not. */
const reasons = ({ explanation }: NoCredentials | LoginEnded): string =>
  explanation.rejected
    .flatMap(({ detail, profile }) => (detail === undefined ? [] : [`${profile}: ${detail}`]))
    .join("; ")

const cureOf = (error: NoCredentials | LoginEnded, options: AnswerOptions): string => {
  const isNothing = error._tag === "NoCredentials" && error.reason === "nothing-configured"
  if (isOfProgram(error)) {
    if (isNothing) return "Give the program a key."
    return "Check the keys that the program gives, and their order."
  }
  const profile = error._tag === "LoginEnded" ? undefined : error.profile
  const [cure] = isNothing ? [] : Sentences.curesOf({ ...error, profile })
  if (cure !== undefined) return at(options, cure)
  const { agent, provider } = error
  const place = textOf(options.host, (host) => ` ${host.replace("On ", "on ")}`)
  return (
    `Add one${place}: clawdbot models auth paste-token --provider ${shellWord(provider)} ` +
    `--agent ${shellWord(agent)}, or: clawdbot onboard`
  )
}

const missing = (error: NoCredentials | LoginEnded, options: AnswerOptions): ErrorAnswer => {
  const isNothing = error._tag === "NoCredentials" && error.reason === "nothing-configured"
  const storePath = options.host === undefined ? undefined : error.explanation.storePath
  const profile = error._tag === "LoginEnded" ? undefined : error.profile
  const sentence = isNothing
    ? Sentences.noApiKey(error, storePath)
    : Sentences.noCredentials({ ...error, profile }, storePath)
  const why = reasons(error)
  return make({
    status: 401,
    type: "authentication_error",
    message: `${sentence}.${textIf(why !== "", ` ${why}.`)} ${cureOf(error, options)}`,
    code: isNothing ? "NoApiKey" : "NoCredentials",
    requestId: options.requestId
  })
}

const messageOf = (cause: unknown): string | undefined => {
  if (cause instanceof Error) return cause.message
  return undefined
}

const unavailable = (
  error: CredentialsUnavailable,
  now: number,
  options: AnswerOptions
): ErrorAnswer => {
  const { code, cure, problem, reason, retryAt } = error
  const { requestId } = options
  if (reason === "refresh")
    // Not the client's fault, and over by itself: nothing was changed, and the next request tries
    // again (decision D6).
    return make({
      status: 503,
      type: "api_error",
      message:
        `${problem}. Nothing was deleted, and the refresh is retried automatically. ` +
        at(options, cure ?? "clawdbot models status"),
      code,
      requestId,
      retryAfterSeconds: Math.max(
        Math.ceil(backoffMs / 1000),
        retryAt === undefined ? 0 : seconds(now, retryAt)
      )
    })
  if (isOfProgram(error))
    return make({ status: 500, type: "api_error", message: problem, code, requestId })
  const told = options.host === undefined ? problem : (messageOf(error.cause) ?? problem)
  const command = reason === "config" ? "clawdbot config validate" : "clawdbot models status"
  const message = `${told}. ${at(options, command)}`
  return make({ status: 500, type: "api_error", message, code, requestId })
}

/**
 * The answer to a request that got no credential. `now` in epoch ms.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toResponse = (
  error: CredentialError,
  now: number,
  options: AnswerOptions = {}
): ErrorAnswer => {
  switch (error._tag) {
    case "AllInCooldown":
      return cooling(error, now, options)
    case "NoCredentials":
    case "LoginEnded":
      return missing(error, options)
    case "CredentialsUnavailable":
      return unavailable(error, now, options)
  }
}

/**
 * Our own words for a provider that gave none. Trying again may help, so the client is not told
 * otherwise. Where no response came at all, the command that finds out why is named for a `host`.
 */
export const upstreamUnavailable = (
  failure: Pick<UpstreamFailure, "message" | "status"> & { readonly class: string },
  options: AnswerOptions = {}
): ErrorAnswer => {
  const problem = failure.message ?? "no response from the provider"
  const isNamed = options.host !== undefined && failure.status === undefined
  const common = {
    message: isNamed ? `${problem}. ${at(options, findUnreachable)}` : problem,
    code: "UpstreamUnavailable",
    requestId: options.requestId,
    retryable: true
  }
  if (failure.class === "timeout") return make({ ...common, status: 504, type: "timeout_error" })
  return make({ ...common, status: 502, type: "api_error" })
}
