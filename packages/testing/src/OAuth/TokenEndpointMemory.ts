/**
 * `TokenEndpoint` without a network: the strict authority of {@link "./TokenFamilies.ts"} behind a
 * script. Time is the test's.
 */
import { defined } from "@clawdbot/domain/Document/defined"
import {
  GrantRefused,
  TokenEndpoint,
  TokenRequestFailed,
  type UnreadAnswer
} from "@clawdbot/domain/OAuth/TokenEndpoint"
import { readAnswer } from "@clawdbot/domain/OAuth/tokenAnswer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TokenFamilies from "./TokenFamilies.ts"
import * as TokenScript from "./TokenScript.ts"

/** The authority and the script of the endpoint in force, for tests to set up and to count. */
export class TokenAuthority extends Context.Tag(
  "@clawdbot/testing/OAuth/TokenEndpointMemory/TokenAuthority"
)<
  TokenAuthority,
  {
    readonly families: TokenFamilies.TokenFamilies
    readonly script: TokenScript.TokenScript
    readonly requests: () => number
  }
>() {}

const rawOf = (status: number, text: string): UnreadAnswer => ({
  status,
  bytes: Redacted.make(Buffer.from(text, "utf8").toString("base64"))
})

const answerOf = (status: number, body: string, retryAfter?: string) =>
  readAnswer({ status, retryAfter, body, raw: rawOf(status, body) })

/** Nothing is unpacked here: a packed answer is one that cannot be read when it comes. */
const unpackable = (text: string) =>
  readAnswer({ status: 200, retryAfter: undefined, body: undefined, raw: rawOf(200, text) })

/** An endpoint and its authority. */
export const layer: Layer.Layer<TokenEndpoint | TokenAuthority> = Layer.effectContext(
  Effect.sync(() => {
    const families = TokenFamilies.make()
    const script = TokenScript.make()
    let requests = 0
    const lost = new TokenRequestFailed({
      cause: "offline",
      detail: "ECONNRESET",
      transient: true,
      uncertain: true
    })
    const unreachable = new TokenRequestFailed({
      cause: "offline",
      detail: "ENOTFOUND",
      transient: true,
      uncertain: false
    })
    const endpoint = TokenEndpoint.of({
      refresh: ({ refreshToken }) =>
        Effect.gen(function* () {
          requests += 1
          const step = script.next()
          if (step.unreachable === true) return yield* unreachable
          if (step.beforeMs !== undefined) yield* Effect.sleep(step.beforeMs)
          if (step.instead !== undefined) {
            const { body, headers = {}, status } = step.instead
            return yield* answerOf(status, body, headers["retry-after"])
          }
          const redeemed = families.redeem(Redacted.value(refreshToken), {
            ...defined({ keepRefresh: step.keepRefresh, account: step.account })
          })
          if (step.afterMs !== undefined) yield* Effect.sleep(step.afterMs)
          if (step.lose === true) return yield* lost
          if (redeemed._tag === "Refused")
            return yield* new GrantRefused({ status: 400, code: "invalid_grant" })
          const answer = TokenScript.grantedAnswer(step, redeemed.tokens)
          const text = JSON.stringify(step.reword === undefined ? answer : step.reword(answer))
          return yield* step.packed === undefined ? answerOf(200, text) : unpackable(text)
        }),
      reread: ({ bytes, status }) =>
        Either.getRight(
          readAnswer({
            status,
            retryAfter: undefined,
            body: Buffer.from(Redacted.value(bytes), "base64").toString("utf8")
          })
        )
    })
    return Context.make(TokenEndpoint, endpoint).pipe(
      Context.add(TokenAuthority, { families, script, requests: () => requests })
    )
  })
)
