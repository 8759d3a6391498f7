/**
 * A request of the Messages API on its way through a client library instead of the gateway: the
 * same headers cross, the same answers come back, byte for byte. Carriers are `fetch` and
 * `HttpClient`, who give a request and a way to send.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ErrorAnswer } from "../Anthropic/ErrorEnvelope.ts"
import { scan } from "../Anthropic/RequestScan.ts"
import { encode } from "../Anthropic/utf8.ts"
import { type Credential, requestHeaders } from "../Credential.ts"
import type { Credentials, Request, StreamedAnswer } from "../Credentials.ts"
import { noAnswer } from "../Health/noAnswer.ts"
import { conversationOf } from "./conversationOf.ts"
import { isAnswerBroken, isCredentialError, isProviderRefused } from "./credentialFailures.ts"
import { toResponse, upstreamUnavailable } from "./errorAnswer.ts"
import * as HeaderRules from "./headerRules.ts"
import * as RefusalBytes from "./refusalBytes.ts"

/** Headers by lower-case name. */
type Headers = Readonly<Record<string, string>>

/** A request as a client library made it. */
export interface CarriedRequest {
  readonly method: string
  /** Its host does not matter: a credential goes to its own address. */
  readonly url: string
  readonly headers: Headers
  readonly body: Uint8Array
}

/** A request as it is sent. */
export interface SentRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: Uint8Array | undefined
}

/** What comes back. */
export interface CarriedAnswer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Stream.Stream<Uint8Array, unknown>
}

/** The path of a request, from `/v1/` on, with its query: a base URL may have a path before it. */
const pathOf = (url: string): string => {
  const path = url.replace(/^[a-z]+:\/\/[^/?#]*/i, "").replace(/#.*$/, "")
  const at = path.indexOf("/v1/")
  if (at < 0) return path
  return path.slice(at)
}

const whole = ({ body, headers, status }: ErrorAnswer): CarriedAnswer => ({
  status,
  headers,
  bytes: Stream.make(encode(body))
})

/** An id for an answer that the provider did not give. */
const newRequestId = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, 16), 24),
  (digits) => `clawdbot_${digits.map((digit) => digit.toString(16)).join("")}`
)

/** What a request is about, for the choice of its credential. */
const requestOf = ({ body, headers, url }: CarriedRequest, options: Request): Request => {
  const facts = body.length === 0 ? {} : scan(body)
  const { fast, model } = facts
  const conversation = conversationOf((name) => headers[name], facts.userId)
  return { conversation, model, fast, path: pathOf(url), ...options }
}

/**
 * Sends a request with one credential after the other. Every reason why there is no answer is one
 * itself, in the provider's envelope, as the gateway would give it. `send` sends once.
 */
export const carry = <E, E2, R>(
  credentials: typeof Credentials.Service,
  request: CarriedRequest,
  options: Request,
  send: (request: SentRequest) => Effect.Effect<StreamedAnswer<E2>, E, R>
): Effect.Effect<CarriedAnswer, never, Exclude<R, Scope.Scope> | Scope.Scope> =>
  Effect.gen(function* () {
    const path = pathOf(request.url)
    const headers = HeaderRules.towardsUpstream(request.headers)
    const body = request.body.length === 0 ? undefined : request.body

    const sendWith = (credential: Credential) =>
      send({
        method: request.method,
        url: `${credential.baseUrl}${path}`,
        headers: { ...headers, ...requestHeaders(credential, request.headers) },
        body
      })

    const opened = credentials.open(requestOf(request, options), sendWith)
    return yield* opened.pipe(
      Effect.map(
        ({ bytes, headers, status }): CarriedAnswer => ({
          status,
          headers: HeaderRules.towardsClient(headers),
          // An error event is in the bytes, where a client of the API looks for it.
          bytes: Stream.catchAll(bytes, (error) => {
            if (isAnswerBroken(error) && error.reason === "error-event") return Stream.empty
            return Stream.fail(error)
          })
        })
      ),
      Effect.catchAll((error) =>
        Effect.gen(function* () {
          if (isProviderRefused(error)) {
            const answer: CarriedAnswer = {
              status: error.status,
              headers: HeaderRules.towardsClient(error.headers),
              bytes: Stream.make(RefusalBytes.of(error))
            }
            return answer
          }
          const requestId = yield* newRequestId
          const now = yield* Clock.currentTimeMillis
          if (isCredentialError(error)) return whole(toResponse(error, now, { requestId }))
          if (isAnswerBroken(error))
            return whole(
              upstreamUnavailable({ class: error.class, message: error.problem }, { requestId })
            )
          return whole(upstreamUnavailable(noAnswer(error), { requestId }))
        })
      )
    )
  })

/** An answer that outlives the effect it came from. */
export interface DetachedAnswer {
  readonly status: number
  readonly headers: Headers
  /** Undefined for a status that never has a body: web responses take none for it. */
  readonly bytes: Stream.Stream<Uint8Array, unknown> | undefined
  /** Gives it up: its request ends, and its bytes fail. */
  readonly close: Effect.Effect<void>
}

/** Null body statuses of the Fetch standard, among those that answers have. */
const bodyless: ReadonlySet<number> = new Set([101, 204, 205, 304])

/** The same for a client library, whose answers last until their last byte, or until `close`. */
export const carryDetached = <E, E2>(
  credentials: typeof Credentials.Service,
  request: CarriedRequest,
  options: Request,
  send: (request: SentRequest) => Effect.Effect<StreamedAnswer<E2>, E, Scope.Scope>
): Effect.Effect<DetachedAnswer> =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const close = Scope.close(scope, Exit.void)
    return yield* Effect.gen(function* () {
      const answer = yield* carry(credentials, request, options, send)
      const { bytes, headers, status } = answer
      if (!bodyless.has(status))
        return { status, headers, bytes: Stream.ensuring(bytes, close), close }
      yield* close
      return { status, headers, bytes: undefined, close }
    }).pipe(
      Scope.extend(scope),
      Effect.onError(() => close)
    )
  })
