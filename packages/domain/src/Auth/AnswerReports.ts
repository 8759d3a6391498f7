/**
 * Reports of programs that send their requests themselves (decision D50): what the provider
 * answered to a credential they were given. They come by the command and the gateway's socket.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { wordsOf } from "../Health/FailureClass.ts"
import { of as healthOf } from "../Health/HealthDocument.ts"
import type { HealthEvent } from "../Health/HealthEvent.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import { judgeReport } from "../Health/reportedAnswer.ts"
import * as Trial from "../Health/Trial.ts"
import { isLoginRefused, type UpstreamFailure } from "../Health/UpstreamFailure.ts"
import { isStated } from "../Health/Window.ts"
import { OAuthRefresh } from "../OAuth/OAuthRefresh.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import type { Candidate } from "./Order.ts"
import { PublicFingerprint } from "./PublicFingerprint.ts"
import { renew } from "./prepareUse.ts"
import type { AnswerReport, ReportOutcome } from "./reportOutcome.ts"
import { candidateFor, type Snapshot, unanswered, useOf } from "./Snapshot.ts"
import { Snapshots } from "./Snapshots.ts"

/** A report with everything it is judged by. */
interface Reported {
  readonly report: AnswerReport
  readonly request: AuthRequest
  readonly snapshot: Snapshot
  readonly candidate: Candidate
  readonly use: CredentialUse
  readonly now: number
}

const outcome = (
  { agent, profile }: AnswerReport,
  result: ReportOutcome["result"],
  message: string,
  until?: number
): ReportOutcome => ({ agent, profile, result, until, message: `${profile}: ${message}` })

const make = Effect.gen(function* () {
  const snapshots = yield* Snapshots
  const healths = yield* HealthStore
  const refresh = yield* OAuthRefresh

  const record = ({ use }: Reported, event: HealthEvent) =>
    healths.record(use.owner, use.profile, use.secretFingerprint, event)

  /** The trial the credential was handed out for, if it was for one. */
  const trialOf = Effect.fnUntraced(function* ({ candidate, now, use }: Reported) {
    const document = yield* healths.read(use.owner)
    const { trials } = healthOf(document, use.profile, use.secretFingerprint)
    return Trial.issued(trials, candidate.obstacles, now)
  })

  /** The provider took it: what was only guessed against it is over. */
  const accepted = Effect.fnUntraced(function* (reported: Reported) {
    const { candidate, now, report } = reported
    const guesses = candidate.obstacles.filter((window) => !isStated(window))
    if (guesses.length === 0) return outcome(report, "unchanged", "it was usable already")
    const trial = { at: (yield* trialOf(reported))?.at ?? now, obstacles: guesses }
    yield* record(reported, { _tag: "TrialPassed", at: now, trial })
    if (guesses.length < candidate.obstacles.length)
      return outcome(report, "unchanged", "the provider gave the end of its cooldown; it stays")
    return outcome(report, "usable", "its cooldown is over")
  })

  /** One refresh, where the provider refused a login's access token (decision D37). */
  const refreshed = Effect.fnUntraced(function* (
    { candidate, snapshot, use }: Reported,
    failure: UpstreamFailure
  ) {
    if (!isLoginRefused(failure)) return false
    const renewed = yield* Effect.either(renew(refresh, candidate, use, snapshot.stored.upstream))
    return Either.isRight(renewed) && Option.isSome(renewed.right)
  })

  const refused = Effect.fnUntraced(function* (reported: Reported, failure: UpstreamFailure) {
    const { now, report, request, snapshot, use } = reported
    const trial = yield* trialOf(reported)
    if (yield* refreshed(reported, failure)) {
      if (trial !== undefined) yield* record(reported, { _tag: "TrialReleased", at: now, trial })
      return outcome(report, "refreshed", "its login was refreshed; ask for the new token")
    }
    const ladder = snapshot.cooldowns
    const common = { at: now, startedAt: trial?.at ?? now, failure, jitterMs: 0, ladder }
    yield* record(reported, { _tag: "Failed", ...common, trial, reported: true })
    const after = candidateFor(yield* snapshots.load(request), request, use.profile, now)
    const until = after?.usableAt ?? 0
    if (until <= now) return outcome(report, "unchanged", "it stays usable")
    const why = wordsOf(failure.class)
    const end = EpochMs.toIso(until)
    return outcome(report, "cooling-down", `cooling down until ${end} (${why})`, until)
  })

  /**
   * Takes a report. It fails where the profile is no credential of the agent's that a request
   * could be sent with.
   */
  const take = Effect.fn("AnswerReports.take")(function* (report: AnswerReport) {
    const { agent, model, profile, version } = report
    const request: AuthRequest = { agent, provider: ProviderId.anthropic, profile, model }
    const snapshot = yield* snapshots.load(request)
    const now = yield* Clock.currentTimeMillis
    const candidate = candidateFor(snapshot, request, profile, now)
    if (candidate === undefined) return yield* unanswered(snapshot, request, now, [], 0)
    const { credential, owner } = candidate
    const current =
      credential.type === "oauth"
        ? (snapshot.memory.login({ owner, profile, credential }, now) ?? credential)
        : credential
    const use = useOf(candidate, current, snapshot.stored.upstream)
    const fingerprints = yield* PublicFingerprint
    if (version !== undefined && version !== fingerprints.of(use.secretFingerprint))
      return outcome(
        report,
        "unchanged",
        "ignored, because it is about another version of its secret"
      )
    const reported = { report, request, snapshot, candidate, use, now }
    const verdict = judgeReport(report, now)
    switch (verdict._tag) {
      case "Accepted":
        return yield* accepted(reported)
      case "Refused":
        return yield* refused(reported, verdict.failure)
      case "Unrelated":
        return outcome(
          report,
          "unchanged",
          "ignored, because it says nothing about the credential " +
            `(${wordsOf(verdict.failure.class)})`
        )
    }
  })

  return { take } as const
})

export class AnswerReports extends Effect.Service<AnswerReports>()(
  "@clawdbot/domain/Auth/AnswerReports",
  {
    dependencies: [Snapshots.Default],
    effect: make
  }
) {}

/** The service itself, for who gives services without layers. */
export const service = Effect.map(make, (made) => new AnswerReports(made))
