/** Every way a credential or the provider can fail, as steps of a script. */
import * as Limits from "./limits.ts"
import * as Script from "./Script.ts"

/**
 * One step of each failure class (decision D9), in both forms where there are two. With the name of
 * each, for people.
 */
export const failureClasses: ReadonlyArray<readonly [name: string, step: Script.Step]> = [
  ["auth: 401", Script.unauthorized],
  ["auth: 403", Script.revoked],
  ["billing: 402", Script.paymentRequired],
  ["billing: 400 out of credit", Script.outOfCredit],
  ["rate_limit: 429", Script.rateLimited({ "retry-after": "60" })],
  ["rate_limit: a plan's window", Script.planLimited("five_hour", 4_102_444_800)],
  [
    "rate_limit: a family's week",
    Limits.planRefused({ "7d_opus": { status: "rejected", reset: 4_102_444_800 } })
  ],
  ["rate_limit: a key's limit", Limits.keyLimited("input-tokens", "2100-01-01T00:00:00Z")],
  ["rate_limit: a wall's 429", Limits.wall(429, { "retry-after": "60" })],
  [
    "rate_limit: an event inside a 200",
    { _tag: "BrokenStream", afterEvents: 2, how: "error", errorType: "rate_limit_error" }
  ],
  ["spend_cap: 429", Limits.tierCapped],
  ["spend_cap: 400", Limits.spendLimited("2100-01-01 at 00:00 UTC")],
  ["entitlement: long context", Limits.longContext],
  [
    "entitlement",
    {
      ...Script.badRequest,
      message:
        "This credential is only authorized for use with Claude Code and cannot be used for " +
        "other API requests."
    }
  ],
  ["overloaded: 529", Script.overloaded],
  ["overloaded: an event inside a 200", { _tag: "BrokenStream", afterEvents: 1, how: "error" }],
  ["server: 500", Script.internal],
  ["server: 503 in HTML", Script.htmlUnavailable],
  ["server: a reset before headers", { _tag: "Silent", how: "reset" }],
  ["server: a reset before content", { _tag: "BrokenStream", afterEvents: 1, how: "reset" }],
  ["timeout", { _tag: "Silent", how: "hang" }]
]

/**
 * A credential that always fails so. A stream's fault needs a stream: a plain request meets the
 * same as a reset.
 */
export const playing =
  (step: Script.Step): Script.Script =>
  (_count, { stream }) =>
    step._tag === "BrokenStream" && !stream ? { _tag: "Silent", how: "reset" } : step
