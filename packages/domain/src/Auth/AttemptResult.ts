/** What came of sending a request with one credential. Pure. */

import type { HeaderReader } from "../Health/answerHeaders.ts"
import { classify } from "../Health/classify.ts"
import type { RequestShape } from "../Health/RequestTarget.ts"
import { readUsage } from "../Health/readUsage.ts"
import type { UpstreamFailure } from "../Health/UpstreamFailure.ts"
import type { Window } from "../Health/Window.ts"

/**
 * The result of sending a request with one credential. `value` is whatever the caller wants back.
 *
 * - `Answered`: a whole good answer went to the client.
 * - `Broken`: something went to the client, then it went wrong: nothing may be tried again
 *   (decision D28).
 * - `Refused`: nothing went to the client. `value` is the provider's own answer, to be handed on if
 *   no other credential can do better.
 * - `Abandoned`: the client went away; says nothing about the credential.
 */
export type AttemptResult<A> =
  | {
      readonly _tag: "Answered"
      readonly value: A
      readonly windows: ReadonlyArray<Window>
      readonly organization?: string | undefined
    }
  | { readonly _tag: "Broken"; readonly value: A; readonly failure: UpstreamFailure }
  | { readonly _tag: "Refused"; readonly value: A; readonly failure: UpstreamFailure }
  | { readonly _tag: "Abandoned"; readonly value: A }

/**
 * A response that has been read to its end, with what was asked for: limits are read as those of
 * its model, its speed and its path. `header` is asked by lower-case names, `body` is text
 * (decompressed), `now` is epoch ms.
 */
export interface WholeResponse extends RequestShape {
  readonly status: number
  readonly header: HeaderReader
  readonly body: string
  readonly now: number
}

/**
 * The failure that a whole response with a status from 300 on reports. A redirect is not followed,
 * since a credential stays with its origin (decision D4), and "not modified" is an answer: both are
 * the client's to read. The rest is classified (decision D9).
 */
export const failureOf = (response: WholeResponse): UpstreamFailure => {
  const { body, header, now, status } = response
  if (status < 400) return { class: "format", status, windows: [] }
  return classify({ status, header, body, now, asked: response })
}

/**
 * The result of an attempt whose response was read to its end: the bridge from any HTTP client to
 * `Failover`. `value` is what failover gives back.
 */
export const fromResponse = <A>(response: WholeResponse, value: A): AttemptResult<A> => {
  const { header, now, status } = response
  if (status >= 300) return { _tag: "Refused", value, failure: failureOf(response) }
  const organization = header("anthropic-organization-id")
  const windows = readUsage(header, response, now)
  return { _tag: "Answered", value, windows, organization }
}
