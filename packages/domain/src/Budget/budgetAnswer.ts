/** The answer to a request that a budget does not let through, as clients know it. Pure. */
import * as KeyPath from "@clawdbot/json5-edit/KeyPath"
import { type ErrorAnswer, make } from "../Anthropic/ErrorEnvelope.ts"
import { shellWord } from "../Text/shellWord.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import { minuteOf } from "./budgetLines.ts"
import type { Decision } from "./decideBudget.ts"

/** Why a request is not let through. */
export type Refused =
  | Exclude<Decision, { readonly _tag: "Admitted" }>
  /** What it will cost is in no answer, as with batches. */
  | { readonly _tag: "Unmeasured" }

/** The names of the errors, in `error.details.error_code`. */
export const codeOf = {
  Spent: "BudgetSpent",
  Reserved: "BudgetReserved",
  TooFast: "BudgetTooFast",
  Unknown: "BudgetUnknown",
  Unmeasured: "BudgetUnmeasured"
} as const satisfies Readonly<Record<Refused["_tag"], string>>

/** An answer with the name of the error. */
export interface BudgetAnswer extends ErrorAnswer {
  readonly code: string
}

const cents = (usd: number): string => usd.toFixed(2)

/** How soon requests in flight may have ended, in seconds. */
const soon = 2
/** How soon what is unknown may be known, in seconds. */
const later = 5

const seconds = (now: number, at: number): number => Math.max(1, Math.ceil((at - now) / 1_000))

const see = "On the gateway host: clawdbot usage --budgets"

/** Names of clients may have dots. */
const failOpenCure = (client: string): string => {
  const key = KeyPath.renderExact(["gateway", "budgets", client, "failOpen"])
  return `clawdbot config set ${shellWord(key)} true`
}

/** The answer. `now` in epoch ms. */
export const toAnswer = (
  refused: Refused,
  client: string,
  now: number,
  requestId: string
): BudgetAnswer => {
  const whose = `the budget of the client "${client}"`
  const code = codeOf[refused._tag]
  const answer = (options: Omit<Parameters<typeof make>[0], "code" | "requestId">) => ({
    ...make({ ...options, code, requestId }),
    code
  })
  const limited = { status: 429, type: "rate_limit_error" } as const
  const ofPeriod = { usdPerDay: "daily", usdPerWeek: "weekly", usdPerMonth: "monthly" } as const
  switch (refused._tag) {
    case "Spent": {
      const { limit, resetsAt, spent, usd } = refused
      return answer({
        status: 429,
        type: "billing_error",
        message:
          `spend limit reached (${ofPeriod[limit]}; resets ${minuteOf(resetsAt)}): ${whose} ` +
          `is spent, ${cents(spent)} USD of ${limit} ${cents(usd)} USD. ${see}`,
        retryAfterSeconds: seconds(now, resetsAt),
        // Waiting a few seconds more does not help, so no client tries again by itself.
        retryable: false
      })
    }
    case "Reserved": {
      const { limit, reserved, resetsAt, spent, usd } = refused
      return answer({
        ...limited,
        message:
          `what is left of ${whose} may be needed by requests in flight: ${cents(spent)} USD of ` +
          `${limit} ${cents(usd)} USD are spent and ${cents(reserved)} USD reserved by this ` +
          `gateway. It resets at ${EpochMs.toIso(resetsAt)}. ${see}`,
        retryAfterSeconds: soon
      })
    }
    case "TooFast": {
      const { limit, perMinute, possibleAt } = refused
      return answer({
        ...limited,
        message:
          `${whose} allows ${limit} ${perMinute}. The next request is possible at ` +
          `${EpochMs.toIso(possibleAt)}. ${see}`,
        retryAfterSeconds: seconds(now, possibleAt)
      })
    }
    case "Unknown":
      return answer({
        status: 503,
        type: "api_error",
        message:
          `${whose} limits USD, and what was spent cannot be read now. The gateway's log says ` +
          `why; to serve all the same: ${failOpenCure(client)}`,
        retryAfterSeconds: later
      })
    case "Unmeasured":
      return answer({
        status: 403,
        type: "permission_error",
        message:
          `${whose} limits USD, and no answer reports what this request costs. To allow it ` +
          `without counting: ${failOpenCure(client)}`
      })
  }
}
