/**
 * One attempt: a request sent with one credential, its answer relayed by {@link AnswerRelay}
 * (decision D13).
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AttemptResult } from "@clawdbot/domain/Auth/AttemptResult"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import * as Effect from "effect/Effect"
import type { Dispatcher } from "undici"
import type { Exchanged } from "./Answer.ts"
import { AnswerRelay } from "./AnswerRelay.ts"
import { toUpstream } from "./forwardHeaders.ts"
import type { RelayRequest } from "./RelayRequest.ts"
import type { BegunBody } from "./readBody.ts"
import { UploadBody, type UploadEvents, type UploadTimes } from "./UploadBody.ts"

/** What is sent, the same for every attempt. */
export interface Outgoing extends RelayRequest {
  /** Path with its query, from `/v1/` on. */
  readonly path: string
  readonly rawHeaders: ReadonlyArray<string>
  readonly stream: boolean
  /** `models.providers.<id>.headers`. */
  readonly configuredHeaders: Readonly<Record<string, string>>
}

/**
 * Sends the request with a credential; `done` hears of the result once. `now` gives epoch ms. Ends
 * at the latest with the client's connection, which takes the upstream request with it. A callback:
 * most requests need nothing but this, and a fiber would cost as much as all the rest.
 */
export const send = (
  client: Pick<Dispatcher, "dispatch">,
  outgoing: Outgoing,
  response: ServerResponse,
  now: () => number,
  use: CredentialUse,
  body: Buffer,
  done: (result: AttemptResult<Exchanged>) => void
): void => {
  if (response.destroyed) return done({ _tag: "Abandoned", value: undefined })
  const dispatch = (): void => {
    client.dispatch(options, life)
  }
  const life = new AnswerRelay(outgoing, use, response, now, done, dispatch)
  // Written out: of an object that is spread into another, V8 makes a new hidden class each time.
  const options = {
    origin: use.origin,
    path: pathOf(outgoing, use),
    method: methodOf(outgoing),
    headers: headersOf(outgoing, use),
    body: body.length === 0 ? null : body
  }
  dispatch()
}

const pathOf = (outgoing: Outgoing, use: CredentialUse) => `${use.basePath}${outgoing.path}`

/** The client's own method; undici passes every token on. */
const methodOf = (outgoing: Outgoing) => outgoing.method as Dispatcher.HttpMethod

const headersOf = (outgoing: Outgoing, use: CredentialUse) =>
  toUpstream({
    raw: outgoing.rawHeaders,
    configured: outgoing.configuredHeaders,
    use,
    identity: outgoing.stream
  })

/**
 * {@link send} as an effect, for walks that go on; `onAccepted` hears of a 2xx status as soon as it
 * is there. Nobody interrupts it: the client's connection ends it.
 */
export const exchange = (
  client: Pick<Dispatcher, "dispatch">,
  outgoing: Outgoing,
  response: ServerResponse,
  now: () => number,
  use: CredentialUse,
  body: Buffer,
  onAccepted: () => void
): Effect.Effect<AttemptResult<Exchanged>> =>
  Effect.async((resume) =>
    send(client, { ...outgoing, onAccepted }, response, now, use, body, (result) =>
      resume(Effect.succeed(result))
    )
  )

/** A body that is passed on while it arrives. `limit` in bytes. */
export interface UploadSource {
  readonly request: IncomingMessage
  readonly begun: BegunBody
  readonly limit: number
  readonly times: UploadTimes
}

/**
 * {@link exchange} with a body that is passed on while it arrives, and so can be sent once only.
 * `events` hears why it ended where the client is at fault; its result is `Abandoned` then.
 */
export const upload = (
  client: Pick<Dispatcher, "dispatch">,
  outgoing: Outgoing,
  response: ServerResponse,
  now: () => number,
  use: CredentialUse,
  { begun, limit, request, times }: UploadSource,
  events: Omit<UploadEvents, "onUpstreamStalled">
): Effect.Effect<AttemptResult<Exchanged>> =>
  Effect.async((resume) => {
    if (response.destroyed) return resume(Effect.succeed({ _tag: "Abandoned", value: undefined }))
    const body = new UploadBody(request, begun, limit, times, {
      ...events,
      onClientFault: (fault) => {
        events.onClientFault(fault)
        relay.abandon()
      },
      onUpstreamStalled: () => relay.timeOut()
    })
    const done = (result: AttemptResult<Exchanged>): void => {
      body.stop()
      body.destroy()
      resume(Effect.succeed(result))
    }
    const relay = new AnswerRelay(outgoing, use, response, now, done, undefined)
    const headers = headersOf(outgoing, use)
    if (body.announced !== undefined) headers.push("content-length", String(body.announced))
    const options = {
      origin: use.origin,
      path: pathOf(outgoing, use),
      method: methodOf(outgoing),
      headers,
      body,
      // How long the upstream may take is counted from the end of the upload, not from its
      // beginning.
      headersTimeout: 0
    }
    client.dispatch(options, relay)
  })
