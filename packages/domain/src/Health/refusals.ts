/**
 * What the provider's refusals mean that are not plain limits (decision D34): data, one row for
 * each code and each sentence, with where it was seen. A sentence counts only where the provider's
 * message begins with it: further inside, messages quote what the client sent.
 */
import type { FailureClass } from "./FailureClass.ts"

interface Meaning {
  readonly class: FailureClass
  /**
   * Where the pause ends when the answer says no time: `month` is the first of the next month,
   * 00:00 UTC. Default: as for every failure of the class.
   */
  readonly end?: "month"
  /** Does not count where a header names a time to come back, or any limit at all. */
  readonly unless?: "retry-after" | "limits"
  /** Where it was seen. */
  readonly source: string
}

/** A refusal by its `error.details.error_code`. */
export interface RefusalCode extends Meaning {
  readonly code: string
}

/** A refusal by how the provider's message begins, in lower case. */
export interface RefusalSentence extends Meaning {
  readonly begins: string
  /** Whether the message says nothing else. */
  readonly isWhole?: true
  readonly statuses: ReadonlyArray<number>
}

/** Codes come before sentences. */
export const refusalCodes: ReadonlyArray<RefusalCode> = [
  {
    code: "enforced_spend_limit_reached",
    class: "spend_cap",
    end: "month",
    unless: "retry-after",
    source: "platform.claude.com/docs/en/api/rate-limits"
  },
  {
    code: "contract_spend_limit_reached",
    class: "spend_cap",
    end: "month",
    unless: "retry-after",
    source: "platform.claude.com/docs/en/api/$shared"
  },
  {
    code: "ramp_limit_exceeded",
    class: "rate_limit",
    source: "platform.claude.com/docs/en/api/$shared"
  },
  {
    code: "linked_organization_billing_unavailable",
    class: "billing",
    source: "platform.claude.com/docs/en/api/$shared"
  },
  {
    code: "linked_organization_spend_limit_reached",
    class: "billing",
    source: "platform.claude.com/docs/en/api/$shared"
  },
  {
    code: "organization_on_hold",
    class: "billing",
    source: "platform.claude.com/docs/en/api/$shared"
  },
  {
    code: "organization_disabled",
    class: "billing",
    source: "@anthropic-ai/claude-code 2.1: the codes it takes for a policy of the organisation"
  },
  { code: "insufficient_quota", class: "billing", source: "field reports of gateways" },
  {
    code: "claude_code_key_creator_not_member",
    class: "auth",
    source: "platform.claude.com/docs/en/api/$shared"
  },
  // The client has to be renewed, or to name somebody else who pays: no credential cures that.
  {
    code: "claude_code_version_too_old",
    class: "format",
    source: "platform.claude.com/docs/en/api/$shared"
  },
  {
    code: "user_profile_billing_not_authorized",
    class: "format",
    source: "anthropics/anthropic-sdk-python v2.10.0, release notes"
  }
]

const badRequest = [400, 403]
const plan = [400, 403, 429]

export const refusalSentences: ReadonlyArray<RefusalSentence> = [
  {
    begins: "your credit balance is too low",
    statuses: [400, 402, 403],
    class: "billing",
    source: "platform.claude.com/docs/en/api/errors"
  },
  {
    begins: "your credit balance too low",
    statuses: [400, 402, 403],
    class: "billing",
    source: "laravel/ai#864"
  },
  {
    begins: "you have reached your specified api usage limits",
    statuses: [400, 403, 429],
    class: "spend_cap",
    end: "month",
    source: "laravel/ai#864"
  },
  {
    begins: "you have reached your specified workspace api usage limits",
    statuses: [400, 403, 429],
    class: "spend_cap",
    end: "month",
    source: "anthropics/claude-code#38035"
  },
  {
    begins: "you have reached your api usage limits",
    statuses: [400, 403, 429],
    class: "spend_cap",
    end: "month",
    source: "platform.claude.com/docs/en/api/rate-limits"
  },
  {
    begins: "reached organization usage limit",
    statuses: [402],
    class: "spend_cap",
    source: "openclaw/openclaw#30484"
  },
  {
    begins: "request reached organization usage limit",
    statuses: [402],
    class: "spend_cap",
    source: "openclaw/openclaw src/agents/failover-error.test.ts"
  },
  {
    begins: "monthly spend limit reached",
    statuses: [402],
    class: "spend_cap",
    source: "field reports of gateways"
  },
  {
    begins: "this organization has been disabled",
    statuses: badRequest,
    class: "billing",
    source: "platform.claude.com/docs/en/api/errors"
  },
  {
    begins: "this credential is only authorized for use with claude code",
    statuses: badRequest,
    class: "entitlement",
    source: "openclaw/openclaw docs/providers/anthropic.md"
  },
  {
    begins: "extra usage is required for long context requests",
    statuses: plan,
    class: "entitlement",
    source: "openclaw/openclaw docs/gateway/troubleshooting.md"
  },
  {
    begins: "you're out of extra usage",
    statuses: plan,
    class: "entitlement",
    source: "anthropics/claude-code 2.1: its list of limit messages"
  },
  {
    begins: "third-party apps now draw from your extra usage",
    statuses: plan,
    class: "entitlement",
    source: "Wei-Shaw/sub2api#572"
  },
  {
    begins: "usage credits are required for fast mode",
    statuses: plan,
    class: "entitlement",
    source: "live measurement of a gateway, 12 July 2026: fast mode without usage credits"
  },
  {
    begins: "fast request rejected: usage credits are required",
    statuses: plan,
    class: "entitlement",
    source: "test of a gateway: fast mode without usage credits"
  },
  {
    begins: "error",
    isWhole: true,
    statuses: [429],
    class: "entitlement",
    unless: "limits",
    source: "live measurement of a gateway: a refusal of one request"
  }
]

/** Signs that are written in more than one way, made one. */
const plain = (message: string): string => message.trim().replace(/[‘’]/g, "'").toLowerCase()

/** What an answer says of itself. */
export interface Refusal {
  readonly status: number
  readonly code: string | undefined
  readonly message: string | undefined
  readonly hasRetryAfter: boolean
  /** Whether any header names a limit, or a time to come back. */
  readonly namesLimits: boolean
}

/** The row for a refusal; undefined where its status says all there is to say. */
export const meaningOf = (refusal: Refusal): Meaning | undefined => {
  const counts = ({ unless }: Meaning) =>
    unless === undefined || !(unless === "limits" ? refusal.namesLimits : refusal.hasRetryAfter)
  const byCode = refusalCodes.find(({ code }) => code === refusal.code)
  if (byCode !== undefined) {
    if (counts(byCode)) return byCode
    return undefined
  }
  const message = plain(refusal.message ?? "")
  return refusalSentences.find(
    (row) =>
      row.statuses.includes(refusal.status) &&
      (row.isWhole === true ? message === row.begins : message.startsWith(row.begins)) &&
      counts(row)
  )
}
