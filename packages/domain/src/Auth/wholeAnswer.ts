/**
 * What a whole answer of the provider means for the walk over the credentials: the bridge from any
 * HTTP client to `Failover`. Pure.
 */

import { defined } from "../Document/defined.ts"
import type { HeaderReader } from "../Health/answerHeaders.ts"
import { classify } from "../Health/classify.ts"
import type { RequestShape } from "../Health/RequestTarget.ts"
import { readUsage } from "../Health/readUsage.ts"
import type { AttemptResult } from "./Attempt.ts"

/**
 * An answer that has been read to its end, with what was asked for: limits are read as those of its
 * model, its speed and its path. `header` is asked by lower-case names, `body` is text
 * (decompressed), `now` is epoch ms.
 */
export interface WholeAnswer extends RequestShape {
  readonly status: number
  readonly header: HeaderReader
  readonly body: string
  readonly now: number
}

/**
 * The result of an attempt whose answer was read to its end. `value` is what the walk gives back. A
 * status below 300 is an answer; a redirect is the caller's to read, since a credential stays with
 * its origin (decision D4); the rest is a failure by its class (D9).
 */
export const resultOf = <A>(answer: WholeAnswer, value: A): AttemptResult<A> => {
  const { header, now, status } = answer
  if (status < 300) {
    const organization = header("anthropic-organization-id")
    return {
      _tag: "Answered",
      value,
      windows: readUsage(header, answer, now),
      ...defined({ organization })
    }
  }
  return {
    _tag: "Refused",
    value,
    failure:
      status < 400
        ? { class: "format", status, windows: [] }
        : classify({ header, body: answer.body, now, status, asked: answer })
  }
}
