/**
 * Requests whose bodies are too large to be held, such as batches and files. Such a body passes
 * through, so it can be sent once only: it goes to the first credential that is ready, and where
 * that one is refused the client is told to send it again, which then goes to another one.
 */
import type { ServerResponse } from "node:http"
import type { ErrorAnswer } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import type { TrailEntry } from "@clawdbot/domain/Auth/Attempt"
import type { AuthRequest } from "@clawdbot/domain/Auth/AuthRequest"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import { Failover } from "@clawdbot/domain/Auth/Failover"
import {
  isCredentialsFault,
  mayMoveOn,
  type UpstreamFailure
} from "@clawdbot/domain/Health/UpstreamFailure"
import { UpstreamClient } from "@clawdbot/node/Upstream/UpstreamClient"
import * as Effect from "effect/Effect"
import { renderError } from "../respond.ts"
import type { HeldAnswer } from "./Answer.ts"
import * as Exchange from "./exchange.ts"
import { without } from "./forwardHeaders.ts"
import * as Pinned from "./pinned.ts"
import type { BodyTooLarge } from "./readBody.ts"
import { answerUnread, bodyRefused, bodyStalled, refuseBody } from "./refuseBody.ts"

/** A request with what is known of it, and its body. */
export interface Upload {
  readonly response: ServerResponse
  readonly asked: AuthRequest
  readonly outgoing: Exchange.Outgoing
  readonly source: Exchange.UploadSource
  /** Hears that nothing of the body is held any more. */
  readonly onBeginningSent: () => void
  /** Filled as attempts are made. */
  readonly trail: Array<TrailEntry>
}

const retryHeader = "x-should-retry"

/** An answer that tells the client to send its request again. */
const withRetry = (answer: HeldAnswer): HeldAnswer => ({
  ...answer,
  headers: [...without(answer.headers, retryHeader), retryHeader, "true"]
})

const faultAnswer = (fault: BodyTooLarge | "Stalled", idleMs: number): ErrorAnswer => {
  if (fault === "Stalled") return bodyStalled(idleMs)
  return bodyRefused(fault)
}

/** The first bytes of the pieces; what is longer is not copied. */
const beginning = (pieces: ReadonlyArray<Buffer>): Buffer => {
  const taken: Array<Buffer> = []
  let size = 0
  for (const piece of pieces) {
    if (size >= Pinned.searchedBytes) break
    taken.push(piece)
    size += piece.length
  }
  return Buffer.concat(taken, Math.min(size, Pinned.searchedBytes))
}

/** Serves uploads. `now` gives epoch ms. */
export const make = (now: () => number, answerHeaders: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const resolver = yield* AuthResolver
    const failover = yield* Failover
    const upstream = yield* UpstreamClient
    const pinned = yield* Pinned.make

    /** Whether the same request would do better if it were sent again now. */
    const shouldRetry = (request: AuthRequest, failure: UpstreamFailure) => {
      if (!mayMoveOn(failure) || (request.profile !== undefined && isCredentialsFault(failure)))
        return Effect.succeed(false)
      return Effect.map(resolver.explain(request), ({ chosen }) => chosen !== undefined)
    }

    /** Answers a request; gives the name of our own error where it was one. */
    const serve = ({ asked, onBeginningSent, outgoing, response, source, trail }: Upload) =>
      Effect.gen(function* () {
        const { begun, request, times } = source
        const body = beginning(begun.pieces)
        const { path } = outgoing
        const found = pinned.creatorOf(asked.agent, { path, body, state: undefined, now: now() })
        const creator = Effect.isEffect(found) ? yield* found : found
        const bound = yield* pinned.bind(asked, creator)
        let fault: BodyTooLarge | "Stalled" | undefined
        const { result } = yield* failover.run(
          { ...bound, once: true },
          (use, onAccepted) =>
            Exchange.upload(upstream, { ...outgoing, onAccepted }, response, now, use, source, {
              onBeginningSent,
              onClientFault: (found) => {
                fault = found
              }
            }),
          trail
        )
        if (fault !== undefined) {
          yield* refuseBody(request, response, faultAnswer(fault, times.idleMs), answerHeaders)
          if (fault === "Stalled") return "BodyStalled"
          return fault._tag
        }
        if (result._tag === "Refused" && result.value !== undefined) {
          const retries = yield* shouldRetry(bound, result.failure)
          const answer = retries ? withRetry(result.value) : result.value
          yield* answerUnread(request, response, answer, { idleMs: times.idleMs })
        }
        return undefined
      }).pipe(
        Effect.catchAll((error) =>
          Effect.as(
            refuseBody(source.request, response, renderError(error, now()), answerHeaders),
            error._tag
          )
        )
      )

    return { serve } as const
  })
