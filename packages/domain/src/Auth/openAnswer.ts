/**
 * Failover around a send whose answer is streamed (decisions D14 and D28): while nothing of worth
 * has come, another credential may be tried; then everything goes on as it comes.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberId from "effect/FiberId"
import * as Mailbox from "effect/Mailbox"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { decode } from "../Anthropic/utf8.ts"
import { keepInterruptions } from "../Background/keepInterruptions.ts"
import type { Credential } from "../Credential.ts"
import type { OpenAnswer, Request, StreamedAnswer } from "../Credentials.ts"
import { isClosedUnread, noAnswer } from "../Health/noAnswer.ts"
import type { UpstreamFailure } from "../Health/UpstreamFailure.ts"
import type { AttemptResult } from "./AttemptResult.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import type { FactsError } from "./AuthResolver.ts"
import { CommitGate, holdMs } from "./CommitGate.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import { credentialFailure } from "./credentialFailure.ts"
import { AnswerBroken, type CredentialError, type ProviderRefused } from "./credentialFailures.ts"
import type { Explanation } from "./Explanation.ts"
import type { Failover } from "./Failover.ts"
import { providerRefused, publicCredential, readerOf, resultOfAnswer } from "./publicCredential.ts"
import * as RefusalBytes from "./refusalBytes.ts"

/**
 * A connection that ends this soon after a request went out, in ms, without a byte of an answer,
 * ended before the request was read.
 */
const raceMs = 1_000

/** So many pieces wait for a reader before the provider does. */
const maxPieces = 16

type OpenError<E> = CredentialError | ProviderRefused | AnswerBroken | E

/** The pieces of an answer that are held back. */
class Held {
  private pieces: Array<Uint8Array> = []

  push(piece: Uint8Array): void {
    this.pieces.push(piece)
  }

  /** All of them as one, which are not held any more. */
  take(): Uint8Array {
    const { pieces } = this
    this.pieces = []
    const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const piece of pieces) {
      whole.set(piece, at)
      at += piece.length
    }
    return whole
  }

  text(): string {
    const whole = this.take()
    this.push(whole)
    return decode(whole)
  }
}

const brokenBy = (
  { class: failureClass, message }: UpstreamFailure,
  { profile }: CredentialUse,
  isCutOff: boolean,
  explanation: Explanation
) => {
  const reason = isCutOff ? "incomplete" : "error-event"
  const problem = message ?? reason
  return new AnswerBroken({ reason, class: failureClass, problem, profile, explanation })
}

/**
 * Sends; once more where a kept connection was closed at the very moment the request went out:
 * that says nothing about the credential (decision D10).
 */
const sendAgainIfClosed = <A, E, R>(send: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    const first = yield* Effect.either(send)
    if (Either.isRight(first) || !isClosedUnread(first.left)) return first
    const now = yield* Clock.currentTimeMillis
    if (now - startedAt > raceMs) return first
    return yield* Effect.either(send)
  })

/** `open` of the public service. */
export const make =
  (
    failover: typeof Failover.Service,
    authRequest: (request: Request) => Effect.Effect<AuthRequest, FactsError>,
    judge: (request: AuthRequest) => Credential["report"],
    explain: (request: AuthRequest) => Effect.Effect<Explanation>
  ) =>
  <E, E2, R>(
    request: Request,
    send: (credential: Credential) => Effect.Effect<StreamedAnswer<E2>, E, R>
  ): Effect.Effect<OpenAnswer<E2>, OpenError<E | E2>, Exclude<R, Scope.Scope> | Scope.Scope> =>
    Effect.gen(function* () {
      /** The error of an attempt, when it is known who else could answer. */
      type MakeError = (explanation: Explanation) => OpenError<E | E2>
      /** Nothing where the answer is whole. */
      type Result = AttemptResult<MakeError | undefined>
      const asked = yield* Effect.mapError(authRequest(request), credentialFailure)
      const clock = yield* Effect.clock
      const head = yield* Deferred.make<OpenAnswer<E2>, OpenError<E | E2>>()
      const pieces = yield* Mailbox.make<Uint8Array, E2 | AnswerBroken>(maxPieces)

      const relay = (use: CredentialUse, { bytes, headers, status }: StreamedAnswer<E2>) =>
        Effect.gen(function* () {
          const held = new Held()
          const now = () => clock.unsafeCurrentTimeMillis()
          const gate = new CommitGate(asked, {
            now,
            heldText: () => held.text(),
            onUsage: undefined
          })
          const commit = (): void => {
            const open = { status, headers, bytes: Mailbox.toStream(pieces) }
            Deferred.unsafeDone(head, Effect.succeed({ ...open, answeredBy: use.profile }))
            const beginning = held.take()
            // There is room: they are the first.
            if (beginning.length > 0) pieces.unsafeOffer(beginning)
          }
          const header = readerOf(headers)
          if (gate.begin({ status, header, isHead: false }) === "commit") commit()
          const release = () => {
            if (gate.release()) commit()
          }
          if (gate.isStream) yield* Effect.forkScoped(Effect.delay(Effect.sync(release), holdMs))
          const read = yield* Effect.either(
            Stream.runForEachWhile(bytes, (chunk) => {
              if (gate.isHolding) held.push(chunk)
              const step = gate.push(chunk)
              if (step === "send") return pieces.offer(chunk)
              if (step === "commit") commit()
              return Effect.succeed(step !== "refuse")
            })
          )
          const ending = Either.match(read, {
            onLeft: (error) => gate.fail(noAnswer(error)),
            onRight: () => gate.end()
          })
          const broken =
            (failure: UpstreamFailure, isCutOff: boolean): MakeError =>
            (explanation) =>
              Either.match(read, {
                onLeft: (error): E2 | AnswerBroken => error,
                onRight: () => brokenBy(failure, use, isCutOff, explanation)
              })
          const endingResult = (): Result => {
            switch (ending._tag) {
              case "Answered":
                return { ...resultOfAnswer({ status, headers }, asked, now()), value: undefined }
              case "Broken": {
                const { failure, isCutOff } = ending
                return { _tag: "Broken", value: broken(failure, isCutOff), failure }
              }
              case "Unanswered": {
                const { failure } = ending
                return { _tag: "Refused", value: broken(failure, true), failure }
              }
              case "Refused": {
                const { failure } = ending
                const bytes = held.take()
                const answer = { status, headers, body: decode(bytes) }
                const value: MakeError = (explanation) =>
                  RefusalBytes.keep(
                    providerRefused(answer, use.profile, failure, explanation),
                    bytes
                  )
                return { _tag: "Refused", value, failure }
              }
            }
          }
          return endingResult()
        })

      const attempt = (use: CredentialUse, onAccepted: () => void) =>
        Effect.gen(function* () {
          const sent = yield* sendAgainIfClosed(send(publicCredential(use, judge(asked))))
          if (Either.isLeft(sent)) {
            const error = sent.left
            const result: Result = { _tag: "Refused", value: () => error, failure: noAnswer(error) }
            return result
          }
          if (sent.right.status < 300) onAccepted()
          return yield* relay(use, sent.right)
        }).pipe(Effect.scoped)

      const walk = failover.run(asked, attempt).pipe(
        Effect.mapError(credentialFailure),
        Effect.flatMap(({ result }): Effect.Effect<unknown, OpenError<E | E2>> => {
          if (result.value === undefined) return pieces.end
          const { value } = result
          return Effect.flatMap(explain(asked), (explanation) => Effect.fail(value(explanation)))
        }),
        // The head is told once; after it the end of the answer goes the way of its bytes.
        Effect.catchAllCause((cause) =>
          Effect.flatMap(Deferred.failCause(head, cause), (isFirst) => {
            if (isFirst) return Effect.void
            // After the head only the answer itself can fail.
            return pieces.failCause(cause as Cause.Cause<E2 | AnswerBroken>)
          })
        )
      )
      // Whoever still reads when the scope closes learns that no more will come.
      yield* Effect.addFinalizer(() => pieces.failCause(Cause.interrupt(FiberId.none)))
      yield* Effect.forkScoped(Effect.zipRight(keepInterruptions, walk))
      return yield* Deferred.await(head)
    })
