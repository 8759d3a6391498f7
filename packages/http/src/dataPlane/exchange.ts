/**
 * One attempt: a request sent with one credential, its answer relayed by {@link AnswerRelay}
 * (decision D13).
 */
import type { ServerResponse } from "node:http"
import type { AttemptResult } from "@clawdbot/domain/Auth/Attempt"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import * as Effect from "effect/Effect"
import type { Dispatcher } from "undici"
import { AnswerRelay, type Asked, type Exchanged } from "./AnswerRelay.ts"
import { toUpstream } from "./forwardHeaders.ts"

/** What is sent, the same for every attempt. */
export interface Outgoing extends Asked {
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
  const life = new AnswerRelay(outgoing, use.profile, response, now, done, dispatch)
  const options: Dispatcher.DispatchOptions = {
    origin: use.origin,
    path: `${use.basePath}${outgoing.path}`,
    // The client's own method; undici passes every token on.
    method: outgoing.method as Dispatcher.HttpMethod,
    headers: toUpstream({
      raw: outgoing.rawHeaders,
      configured: outgoing.configuredHeaders,
      use,
      identity: outgoing.stream
    }),
    body: body.length === 0 ? null : body
  }
  dispatch()
}

/**
 * {@link send} as an effect, for walks that go on. Nobody interrupts it: the client's connection
 * ends it.
 */
export const exchange = (
  client: Pick<Dispatcher, "dispatch">,
  outgoing: Outgoing,
  response: ServerResponse,
  now: () => number,
  use: CredentialUse,
  body: Buffer
): Effect.Effect<AttemptResult<Exchanged>> =>
  Effect.async((resume) =>
    send(client, outgoing, response, now, use, body, (result) => resume(Effect.succeed(result)))
  )
