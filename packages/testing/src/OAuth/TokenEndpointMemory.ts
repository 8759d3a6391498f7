/**
 * `TokenEndpoint` without a network: the strict authority of {@link "./TokenFamilies.ts"} behind a
 * script. Time is the test's.
 */
import {
  GrantRefused,
  TokenEndpoint,
  type TokenGrant,
  TokenRequestFailed
} from "@clawdbot/domain/OAuth/TokenEndpoint"
import { readAnswer } from "@clawdbot/domain/OAuth/tokenAnswer"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
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
            return yield* readAnswer({ status, retryAfter: headers["retry-after"], body })
          }
          const redeemed = families.redeem(Redacted.value(refreshToken), {
            ...(step.keepRefresh !== undefined ? { keepRefresh: step.keepRefresh } : {}),
            ...(step.account !== undefined ? { account: step.account } : {})
          })
          if (step.afterMs !== undefined) yield* Effect.sleep(step.afterMs)
          if (step.lose === true) return yield* lost
          if (redeemed._tag === "Refused")
            return yield* new GrantRefused({ status: 400, code: "invalid_grant" })
          const { access, account, refresh } = redeemed.tokens
          const grant: TokenGrant = {
            access: Redacted.make(access),
            ...(step.keepRefresh === true ? {} : { refresh: Redacted.make(refresh) }),
            expiresInMs: (step.expiresIn ?? TokenScript.usualLife) * 1000,
            accountId: account
          }
          return grant
        })
    })
    return Context.make(TokenEndpoint, endpoint).pipe(
      Context.add(TokenAuthority, { families, script, requests: () => requests })
    )
  })
)
