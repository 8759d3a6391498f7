/**
 * Exchanges one refresh token for the next tokens: intent journaled, asked within the time limit,
 * answer journaled before anybody uses it. Runs under the lease and is never interrupted half way.
 *
 * A request that went out without an answer may have used the token up. The token is then tried
 * again, because the provider may as well never have seen it, and a token that was used up has no
 * successor that a second try could hurt. Its refusal is the definitive word that ends the login as
 * `consumed` (decision D6); until then nothing changes.
 */

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import { ifDefined } from "../Document/defined.ts"
import { type RefreshResult, refreshes } from "../Metric/processMetrics.ts"
import type { OAuth } from "../Profile/Credential.ts"
import { pauseBefore, timeLimitMs } from "./freshness.ts"
import { type JournalEntry, unreadAnswer } from "./JournalEntry.ts"
import { isAnotherAccount } from "./loginHolders.ts"
import type { RefreshCause } from "./OAuthError.ts"
import { fencedCode, type JournalUnavailable, type RefreshJournal } from "./RefreshJournal.ts"
import {
  GrantRefused,
  type TokenEndpoint,
  type TokenGrant,
  TokenRequestFailed,
  type UnreadAnswer
} from "./TokenEndpoint.ts"

/**
 * `Granted`: `journaled` says whether the journal holds the answer. `Ended`: definitive. `Fenced`:
 * the lease is somebody else's by now, who asks instead. `Failed`: nothing changed; `retryAt` in
 * epoch ms when the endpoint named a time.
 */
export type Exchange =
  | {
      readonly _tag: "Granted"
      readonly grant: TokenGrant
      readonly at: number
      readonly journaled: boolean
    }
  | { readonly _tag: "Ended"; readonly cause: RefreshCause; readonly detail: string }
  | { readonly _tag: "Fenced" }
  | {
      readonly _tag: "Failed"
      readonly cause: RefreshCause
      readonly detail: string
      readonly retryAt?: number | undefined
    }

/** The last answer, and what is left of those before it. */
interface TokenExchange {
  readonly result: Either.Either<TokenGrant, GrantRefused | TokenRequestFailed>
  readonly uncertain: boolean
  readonly unread: UnreadAnswer | undefined
}

type Endpoint = typeof TokenEndpoint.Service
type Journal = typeof RefreshJournal.Service

const timedOut = new TokenRequestFailed({
  cause: "offline",
  detail: "ETIMEDOUT",
  transient: true,
  uncertain: true
})

/**
 * Asks until there is an answer, the next pause would end after the time limit, or asking again is
 * useless.
 */
const ask = (
  endpoint: Endpoint,
  request: Parameters<Endpoint["refresh"]>[0],
  before: JournalEntry | undefined,
  journal: {
    readonly forget: Effect.Effect<void>
    readonly keep: (unread: UnreadAnswer) => Effect.Effect<void>
  }
): Effect.Effect<TokenExchange> =>
  Effect.gen(function* () {
    const begunAt = yield* Clock.currentTimeMillis
    let uncertain = before !== undefined
    let unread = ifDefined(before, unreadAnswer)
    for (let attempt = 1; ; attempt++) {
      const left = begunAt + timeLimitMs - (yield* Clock.currentTimeMillis)
      // A fiber of its own that is nobody's child: an interruption of its parent would reach a
      // child at once, and with it a grant that is under way. Only the time limit ends it.
      const asking = yield* endpoint
        .refresh(request)
        .pipe(
          Effect.timeoutFail({ duration: left, onTimeout: () => timedOut }),
          Effect.either,
          Effect.interruptible,
          Effect.forkDaemon
        )
      const result = yield* Fiber.join(asking)
      if (Either.isRight(result) || result.left instanceof GrantRefused)
        return { result, uncertain, unread }
      const failure = result.left
      if (failure.unread !== undefined) {
        unread = failure.unread
        yield* journal.keep(unread)
      }
      uncertain = uncertain || failure.uncertain
      const pause = Math.max(failure.retryAfterMs ?? 0, pauseBefore(attempt, yield* Random.next))
      const endsAt = (yield* Clock.currentTimeMillis) + pause
      if (!failure.transient || endsAt >= begunAt + timeLimitMs)
        return { result, uncertain, unread }
      // Between two tries nothing is under way: here, and only here, a program that ends may stop.
      yield* Effect.interruptible(Effect.sleep(pause)).pipe(
        Effect.onInterrupt(() => (uncertain ? Effect.void : journal.forget))
      )
    }
  })

/**
 * Exchanges the refresh token of a login. `before` is what the journal holds of it: an earlier try
 * that was left without an answer.
 */
export const exchangeRefreshToken = (options: {
  readonly endpoint: Endpoint
  readonly journal: Journal
  readonly credential: OAuth
  readonly fingerprint: string
  readonly clientId: string
  readonly tokenUrl: string
  readonly before: JournalEntry | undefined
  readonly mayAsk: () => boolean
}): Effect.Effect<Exchange> => {
  const { before, credential, endpoint, fingerprint, journal } = options
  // What cannot be forgotten stays an intent: the careful reading, and the next word of the
  // provider settles it.
  const forget = Effect.ignore(journal.forget(fingerprint))
  const intend = (unread: UnreadAnswer | undefined) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      journal.record(fingerprint, { _tag: "Intent", at: now, unread })
    )
  return Effect.gen(function* () {
    yield* intend(ifDefined(before, unreadAnswer))
    const { result, uncertain, unread } = yield* ask(
      endpoint,
      {
        refreshToken: credential.refresh,
        clientId: options.clientId,
        tokenUrl: options.tokenUrl,
        mayAsk: options.mayAsk
      },
      before,
      { forget, keep: (answer) => Effect.ignore(intend(answer)) }
    )
    const at = yield* Clock.currentTimeMillis
    const ended = (cause: RefreshCause, detail: string) =>
      Effect.as(
        Effect.ignore(journal.record(fingerprint, { _tag: "Ended", at, cause, detail, unread })),
        { _tag: "Ended" as const, cause, detail }
      )
    if (Either.isRight(result)) {
      const grant = result.right
      if (isAnotherAccount(credential, grant))
        return yield* ended("account_changed", "the response is for another account")
      const journaled = yield* Effect.isSuccess(
        journal.record(fingerprint, { _tag: "Answered", at, grant })
      )
      const granted: Exchange = { _tag: "Granted", grant, at, journaled }
      return granted
    }
    const failure = result.left
    if (failure instanceof GrantRefused) {
      return yield* uncertain
        ? ended("consumed", `${failure.code} after a response that was lost`)
        : ended("revoked", failure.code)
    }
    if (!uncertain) yield* forget
    if (failure.cause === "fenced") return { _tag: "Fenced" } satisfies Exchange
    const failed: Exchange = {
      _tag: "Failed",
      cause: failure.cause,
      detail: failure.detail,
      retryAt: ifDefined(failure.retryAfterMs, (retryAfterMs) => at + retryAfterMs)
    }
    return failed
  }).pipe(
    Effect.catchAll((failure: JournalUnavailable) => Effect.succeed<Exchange>(notStored(failure))),
    Effect.tap((exchanged) => {
      if (exchanged._tag === "Fenced") return Effect.void
      return Metric.update(refreshes.metric, metricLabel(exchanged))
    }),
    Effect.uninterruptible
  )
}

const metricLabel = (exchanged: Exclude<Exchange, { readonly _tag: "Fenced" }>): RefreshResult => {
  if (exchanged._tag === "Granted") return "granted"
  return exchanged.cause
}

const notStored = ({ code }: JournalUnavailable): Exchange => {
  if (code === fencedCode) return { _tag: "Fenced" }
  return { _tag: "Failed", cause: "store", detail: `refresh journal: ${code}` }
}
