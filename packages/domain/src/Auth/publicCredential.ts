/** A credential as programs get it: what is sent, and how its answers are reported. Pure. */
import * as Redacted from "effect/Redacted"
import * as AuthHeaders from "../Anthropic/AuthHeaders.ts"
import type { Credential, Headers, ReportedAnswer, Verdict } from "../Credential.ts"
import { defined } from "../Document/defined.ts"
import { listOf } from "../Document/listIf.ts"
import type { HeaderReader } from "../Health/answerHeaders.ts"
import type { RequestShape } from "../Health/RequestTarget.ts"
import { mayMoveOn, type UpstreamFailure } from "../Health/UpstreamFailure.ts"
import { type AttemptResult, fromResponse } from "./AttemptResult.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import { ProviderRefused } from "./credentialFailures.ts"
import type { Explanation } from "./Explanation.ts"

/** A whole answer, of which so much is read to find out what it says, in characters. */
const readLength = 64 * 1024

/** Reads headers by their lower-case names, in whatever case they are given. */
export const readerOf = (headers: Headers): HeaderReader => {
  const byName = new Map(
    Object.entries(headers).flatMap(([name, value]) =>
      listOf(value, (value) => [[name.toLowerCase(), value] as const])
    )
  )
  return Object.assign((name: string) => byName.get(name), { names: () => byName.keys() })
}

/** What an answer means for the walk over the credentials. `now` in epoch ms. */
export const resultOfAnswer = (
  { body = "", headers, status }: ReportedAnswer,
  asked: RequestShape,
  now: number
): AttemptResult<undefined> => {
  const header = readerOf(headers)
  const { fast, model, path } = asked
  const text = body.slice(0, readLength)
  return fromResponse({ status, header, body: text, now, fast, model, path }, undefined)
}

/** What a program does after a result. */
export const verdictOf = (result: AttemptResult<unknown>): Verdict => {
  if (result._tag === "Answered" || result._tag === "Abandoned") return "ok"
  if (mayMoveOn(result.failure)) return "try-next"
  return "give-up"
}

/** The provider's own answer as an error. */
export const providerRefused = (
  { body = "", headers, status }: ReportedAnswer,
  profile: string,
  { class: failureClass, retryAt }: UpstreamFailure,
  explanation: Explanation
): ProviderRefused =>
  new ProviderRefused({
    status,
    class: failureClass,
    headers: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        listOf(value, (value) => [[name, value] as const])
      )
    ),
    body,
    profile,
    explanation,
    ...defined({ retryAt })
  })

const betaHeader = "anthropic-beta"

/** The headers of a request, with the betas that are present. */
const headersOf = (use: CredentialUse, present: Headers): Record<string, Redacted.Redacted> => {
  const betas = Object.entries(present).flatMap(([name, value]) => {
    if (value === undefined || name.toLowerCase() !== betaHeader) return []
    return [value]
  })
  const [name, value] = Redacted.value(AuthHeaders.authorization(use))
  return {
    [name]: Redacted.make(value),
    [betaHeader]: Redacted.make(AuthHeaders.betas(use.kind, betas))
  }
}

/** A credential that is reported on by `report`. */
export const publicCredential = (use: CredentialUse, report: Credential["report"]): Credential => ({
  profile: use.profile,
  kind: use.kind,
  secret: use.secret,
  expiresAt: use.expiresAt,
  baseUrl: `${use.origin}${use.basePath}`,
  headers: (present = {}) => headersOf(use, present),
  report
})
