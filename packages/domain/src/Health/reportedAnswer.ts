/**
 * What a program says that the provider answered to it (decision D50): a report is a guess, however
 * sure its sender is, and lasts at most an hour. Pure.
 */
import type { HeaderReader } from "./answerHeaders.ts"
import { classify } from "./classify.ts"
import { isCredentialsFault, type UpstreamFailure } from "./UpstreamFailure.ts"
import type { Window } from "./Window.ts"

/** The longest that a report keeps a credential from being used, in ms. */
export const maxReportMs = 60 * 60_000

/** Of a reported body no more than this is read, in bytes: the provider's envelope is small. */
export const maxReportBody = 64 * 1024

/** An answer as its receiver describes it. */
export interface ReportedAnswer {
  readonly status: number
  /** The header of that name, as it came: seconds or a date. */
  readonly retryAfter?: string | undefined
  /** The beginning of the body, where the receiver has it. */
  readonly body?: string | undefined
  /** The model asked for: limits of one model say nothing of others. */
  readonly model?: string | undefined
}

/**
 * What a report means:
 * - `Accepted` the provider took the credential;
 * - `Refused` it did not, for the windows of `failure`, none of which is taken for stated;
 * - `Unrelated` it is about the request or the provider, and says nothing of the credential.
 */
export type ReportVerdict =
  | { readonly _tag: "Accepted" }
  | { readonly _tag: "Refused"; readonly failure: UpstreamFailure }
  | { readonly _tag: "Unrelated"; readonly failure: UpstreamFailure }

const asReported = (window: Window, now: number): Window => ({
  ...window,
  source: "report",
  until: Math.min(window.until, now + maxReportMs)
})

/** Judges a report at a time (epoch ms). */
export const judgeReport = (answer: ReportedAnswer, now: number): ReportVerdict => {
  const { model, retryAfter, status } = answer
  if (status < 300) return { _tag: "Accepted" }
  const body = (answer.body ?? "").slice(0, maxReportBody)
  const header: HeaderReader = (name) => (name === "retry-after" ? retryAfter : undefined)
  const failure = classify({
    status,
    header,
    body,
    now,
    asked: { model },
    // Without a body nothing speaks for something in between that answered in the provider's place.
    fromProvider: body.trim() === ""
  })
  if (!isCredentialsFault(failure)) return { _tag: "Unrelated", failure }
  const windows = failure.windows
    .filter((window) => window.class !== "usage")
    .map((window) => asReported(window, now))
  return { _tag: "Refused", failure: { ...failure, windows } }
}
