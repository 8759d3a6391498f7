/**
 * Reads the provider's cost report, with an admin key of the environment. Loaded only when a person
 * asks for it; the key goes to the provider's address and nowhere else.
 */
import { upstream } from "@clawdbot/domain/Auth/upstreamOrigin"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { Environment, isTrusted } from "@clawdbot/domain/Environment/Environment"
import { CostReportFailed } from "@clawdbot/domain/Pricing/CostReportFailed"
import * as CostReport from "@clawdbot/domain/Pricing/costReport"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import type { UsageSpan } from "@clawdbot/domain/Usage/UsageLedger"
import { codeOf } from "@clawdbot/node/File/FileFailure"
import * as UpstreamClient from "@clawdbot/node/Upstream/UpstreamClient"
import { type WholeAnswer, wholeAnswer } from "@clawdbot/node/Upstream/wholeAnswer"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"

/** The variable that holds the key. */
const adminKeyVariable = "ANTHROPIC_ADMIN_API_KEY"

/** How long one part may take, in ms. */
const maxWaitMs = 30_000

/** Of one part no more than this is read, in bytes. */
const maxPageBytes = 8 * 1024 * 1024

/** A report of more parts than this has no end: ten years. */
const maxPages = 120

const failed = (reason: CostReportFailed["reason"], detail = "") =>
  new CostReportFailed({ reason, detail })

/** The admin key that the person set: one of a stranger's folder is not used. */
const adminKey = Effect.gen(function* () {
  const found = (yield* (yield* Environment).base).get(adminKeyVariable)
  if (found === undefined || !isTrusted(found) || Redacted.value(found.value).trim() === "")
    return yield* failed("no admin key")
  return Redacted.make(Redacted.value(found.value).trim())
})

const pageOf = ({ body, status }: WholeAnswer) => {
  if (status === 401 || status === 403) return Either.left(failed("refused", `status ${status}`))
  if (status === 429) return Either.left(failed("limited", `status ${status}`))
  if (status !== 200) return Either.left(failed("unreachable", `status ${status}`))
  return Either.mapLeft(CostReport.readPage(body), (place) => failed("unreadable", place))
}

const readReport = Effect.fn("costReport.billedDays")(function* (span: UsageSpan) {
  const key = yield* adminKey
  const { config, path } = yield* (yield* ConfigStore).load
  const { basePath, origin } = yield* upstream(config, ProviderId.anthropic, path)
  const ask = Effect.fnUntraced(function* (page: string | undefined) {
    const answer = yield* wholeAnswer(
      yield* UpstreamClient.UpstreamClient,
      {
        origin,
        path: `${basePath}${CostReport.path}?${CostReport.query(span, page)}`,
        method: "GET",
        headers: {
          "x-api-key": Redacted.value(key),
          "anthropic-version": "2023-06-01",
          accept: "application/json",
          "user-agent": "clawdbot"
        }
      },
      maxPageBytes
    ).pipe(
      Effect.mapError((cause) => failed("unreachable", codeOf(cause))),
      Effect.timeoutFail({
        duration: maxWaitMs,
        onTimeout: () => failed("unreachable", "ETIMEDOUT")
      })
    )
    return yield* pageOf(answer)
  })
  const days: Array<CostReport.BilledDay> = []
  let next: string | undefined
  for (let pages = 0; pages < maxPages; pages++) {
    const page = yield* ask(next)
    days.push(...page.days)
    next = page.next
    if (next === undefined) return days
  }
  return yield* failed("unreadable", "has_more")
})

/** Everything that was billed in a span of whole days (UTC). */
export const billedDays = (span: UsageSpan) =>
  Effect.provide(readReport(span), UpstreamClient.layer)
