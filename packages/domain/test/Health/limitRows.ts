/**
 * Refusals as other people's fixtures, documents and reports have them, and what each may rest.
 * Where a row was seen stands in `seen`. Times are offsets from now.
 */
import type { RequestShape } from "../../src/Health/RequestTarget.ts"

export const now = 1_800_000_000_000
const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Epoch seconds, as the unified headers have them. */
const epoch = (offset: number) => String((now + offset) / 1_000)
const iso = (offset: number) => new Date(now + offset).toISOString()

/**
 * Where a row was seen: a file of a public repository, a thread there, a page, or what such reports
 * say where none can be named.
 */
export type Source =
  | { readonly _tag: "File"; readonly repository: string; readonly path: string }
  | { readonly _tag: "Thread"; readonly repository: string; readonly number: number }
  | { readonly _tag: "Page"; readonly address: string }
  | { readonly _tag: "Report"; readonly what: string }

const file = (repository: string, path: string): Source => ({ _tag: "File", repository, path })
const thread = (repository: string, number: number): Source => ({
  _tag: "Thread",
  repository,
  number
})
const page = (path: string): Source => ({
  _tag: "Page",
  address: `platform.claude.com/docs/en/${path}`
})
const report = (what: string): Source => ({ _tag: "Report", what })

/** Classes whose refusals are of all that a credential can do, by the provider's words. */
export const ofWholeCredentials: ReadonlySet<string> = new Set(["auth", "billing", "spend_cap"])

/** What was asked for in most rows. */
const opus: RequestShape = { model: "claude-opus-5", path: "/v1/messages" }
const fable: RequestShape = { model: "claude-fable-5", path: "/v1/messages" }
const fast: RequestShape = { ...opus, fast: true }

/** `[scope, kind, until]`; an end that only our own steps give is `"step"`. */
export type Rest = readonly [
  scope: string,
  kind: "stated" | "guessed",
  until: number | "step" | "next month"
]

export interface LimitRow {
  readonly name: string
  readonly seen: Source
  readonly asked: RequestShape
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The `error` of the envelope; a text is a body without one. */
  readonly error: Readonly<Record<string, unknown>> | string
  readonly class: string
  readonly rests: ReadonlyArray<Rest>
}

const unified = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name === "" ? "anthropic-ratelimit-unified-status" : `anthropic-ratelimit-unified-${name}`,
      value
    ])
  )

const throttled = { type: "rate_limit_error", message: "rate limit exceeded" }

const limit = (
  name: string,
  seen: Source,
  headers: Readonly<Record<string, string>>,
  rests: ReadonlyArray<Rest>,
  more: Partial<LimitRow> = {}
): LimitRow => ({
  name,
  seen,
  asked: opus,
  status: 429,
  headers,
  error: throttled,
  class: "rate_limit",
  rests,
  ...more
})

const refusal = (
  name: string,
  seen: Source,
  status: number,
  error: LimitRow["error"],
  failureClass: string,
  rests: ReadonlyArray<Rest>,
  more: Partial<LimitRow> = {}
): LimitRow => ({
  name,
  seen,
  asked: opus,
  status,
  headers: {},
  error,
  class: failureClass,
  rests,
  ...more
})

const cpa = (name: string) => file("router-for-me/CLIProxyAPI", `internal/runtime/executor/${name}`)
const cpaReset = cpa("helps/claude_ratelimit_test.go")
const cpaFable = cpa("claude_executor_fable_ratelimit_test.go")
const cpaExecutor = cpa("claude_executor_ratelimit_test.go")
const ccflare = file(
  "tombii/better-ccflare",
  "packages/proxy/src/handlers/__tests__/retryable-429.test.ts"
)
const errorDocs = file(
  "Kastalien-Research/thoughtbox",
  "ai_docs/claude-platform-docs/platform.claude.com_docs_en_api_errors.md"
)
const limitDocs = file(
  "Kastalien-Research/thoughtbox",
  "ai_docs/claude-platform-docs/platform.claude.com_docs_en_api_rate-limits.md"
)
const retryAfterForms = file("iam-brain/opencode-codex-auth", "test/rate-limit.test.ts")

const plans: ReadonlyArray<LimitRow> = [
  limit("retry-after alone", cpaReset, { "retry-after": "60" }, [
    ["group:opus-5", "stated", 60 * second]
  ]),
  limit(
    "retry-after as a date",
    cpaReset,
    { "retry-after": new Date(now + 90 * second).toUTCString() },
    [["group:opus-5", "stated", 90 * second]]
  ),
  limit(
    "5h rejected, no claim, no status of the whole",
    cpaReset,
    unified({
      "5h-status": "rejected",
      "5h-reset": epoch(5 * hour),
      "7d-status": "allowed",
      "7d-reset": epoch(7 * day),
      reset: epoch(5 * hour)
    }),
    [["5h", "stated", 5 * hour]]
  ),
  limit(
    "7d rejected, 5h allowed",
    cpaReset,
    unified({
      "": "rejected",
      "5h-status": "allowed",
      "5h-reset": epoch(5 * hour),
      "7d-status": "rejected",
      "7d-reset": epoch(7 * day)
    }),
    [["7d", "stated", 7 * day]]
  ),
  limit(
    "both rejected, each until its own reset",
    cpaReset,
    unified({
      "5h-status": "rejected",
      "5h-reset": epoch(5 * hour),
      "7d-status": "rejected",
      "7d-reset": epoch(7 * day)
    }),
    [
      ["5h", "stated", 5 * hour],
      ["7d", "stated", 7 * day]
    ]
  ),
  limit(
    "all allowed",
    cpaReset,
    unified({
      "": "allowed",
      "5h-status": "allowed",
      "5h-reset": epoch(5 * hour),
      "7d-status": "allowed",
      "7d-reset": epoch(7 * day)
    }),
    [["group:opus-5", "guessed", "step"]]
  ),
  limit(
    "7d_oi rejected alone",
    cpaReset,
    unified({
      "": "rejected",
      "5h-status": "allowed",
      "7d-status": "allowed",
      "7d_oi-status": "rejected",
      "7d_oi-reset": epoch(7 * day),
      reset: epoch(7 * day)
    }),
    [["7d:fable", "stated", 7 * day]],
    { asked: fable }
  ),
  limit(
    "7d_oi and 5h rejected",
    cpaReset,
    unified({
      "": "rejected",
      "5h-status": "rejected",
      "5h-reset": epoch(5 * hour),
      "7d-status": "allowed",
      "7d_oi-status": "rejected",
      "7d_oi-reset": epoch(7 * day)
    }),
    [
      ["5h", "stated", 5 * hour],
      ["7d:fable", "stated", 7 * day]
    ],
    { asked: fable }
  ),
  limit(
    "a reset in the past is no end",
    cpaReset,
    unified({ "5h-status": "rejected", "5h-reset": epoch(-5 * hour) }),
    [["5h", "guessed", "step"]]
  ),
  limit(
    "7d_oi rejected without a reset of its own",
    cpaFable,
    {
      ...unified({
        "": "rejected",
        "5h-status": "allowed",
        "7d-status": "allowed",
        "7d_oi-status": "rejected"
      }),
      "retry-after": "120"
    },
    [["7d:fable", "stated", 120 * second]],
    {
      asked: fable,
      error: { type: "rate_limit_error", message: "Fable usage window rejected." }
    }
  ),
  limit("rejected as a whole, and no window named", cpaFable, unified({ "": "rejected" }), [
    ["credential", "guessed", "step"]
  ]),
  limit(
    "rejected as a whole, with its reset",
    report("@anthropic-ai/claude-code 2.1 reads anthropic-ratelimit-unified-reset"),
    unified({ "": "rejected", reset: epoch(3 * hour) }),
    [["credential", "stated", 3 * hour]]
  ),
  limit(
    "rejected as a whole, windows of no known status",
    cpaFable,
    unified({ "": "rejected", "5h-status": "unknown", "7d-status": "invalid" }),
    [["group:opus-5", "guessed", "step"]]
  ),
  limit(
    "the claim of the week",
    cpaExecutor,
    {
      ...unified({
        "": "rejected",
        "5h-status": "allowed",
        "5h-reset": epoch(5 * hour),
        "7d-status": "rejected",
        "7d-reset": epoch(7 * day),
        "representative-claim": "seven_day",
        reset: epoch(7 * day)
      }),
      "retry-after": "604800"
    },
    [["7d", "stated", 7 * day]]
  ),
  limit(
    "count_tokens, whatever windows it shows",
    cpaExecutor,
    {
      ...unified({ "": "rejected", "7d-status": "rejected", "7d-reset": epoch(7 * day) }),
      "retry-after": "600"
    },
    [["path:count_tokens", "stated", 600 * second]],
    { asked: { ...opus, path: "/v1/messages/count_tokens?beta=true" } }
  ),
  limit(
    "5h rejected and overage rejected, as captured",
    ccflare,
    {
      ...unified({
        "": "rejected",
        "5h-status": "rejected",
        "5h-reset": epoch(2 * hour),
        "5h-utilization": "1.01",
        "5h-surpassed-threshold": "1.0",
        "7d-status": "allowed",
        "7d-reset": epoch(5 * day),
        "7d-utilization": "0.69",
        "fallback-percentage": "0.5",
        "overage-status": "rejected",
        "overage-disabled-reason": "org_level_disabled",
        "representative-claim": "five_hour",
        reset: epoch(2 * hour)
      }),
      "retry-after": "7835",
      "x-should-retry": "true"
    },
    [["5h", "stated", 2 * hour]]
  ),
  limit(
    "only the window's own headers",
    ccflare,
    unified({
      "5h-status": "rejected",
      "5h-reset": epoch(3 * hour),
      "5h-utilization": "1.01"
    }),
    [["5h", "stated", 3 * hour]]
  ),
  limit("no header of a limit at all", ccflare, { "x-should-retry": "true" }, [
    ["group:opus-5", "guessed", "step"]
  ]),
  limit(
    "extra usage out of credits",
    ccflare,
    unified({ "overage-disabled-reason": "out_of_credits" }),
    [["group:opus-5", "guessed", "step"]]
  ),
  limit("a status of no known meaning", ccflare, unified({ "": "rate_limited" }), [
    ["group:opus-5", "guessed", "step"]
  ]),
  limit(
    "a throttle with all allowed and overage rejected",
    thread("smithersai/smithers", 1342),
    {
      ...unified({
        "": "allowed",
        "5h-status": "allowed",
        "5h-reset": epoch(hour),
        "7d-status": "allowed",
        "7d-reset": epoch(3 * day),
        "overage-status": "rejected",
        "overage-disabled-reason": "org_level_disabled",
        "representative-claim": "five_hour",
        reset: epoch(hour)
      }),
      "retry-after": "4"
    },
    [["group:opus-5", "stated", 4 * second]]
  ),
  limit(
    "overage is the claim",
    thread("thedotmack/claude-mem", 3965),
    {
      ...unified({
        "": "rejected",
        "5h-status": "allowed",
        "overage-status": "rejected",
        "overage-reset": epoch(20 * day),
        "representative-claim": "overage",
        reset: epoch(20 * day)
      }),
      "retry-after": "30"
    },
    [["group:opus-5", "stated", 30 * second]]
  ),
  limit(
    "a family's week by its claim alone",
    report("@anthropic-ai/claude-code 2.1"),
    unified({ "": "rejected", "representative-claim": "seven_day_opus", reset: epoch(2 * day) }),
    [["7d:opus", "stated", 2 * day]]
  ),
  limit(
    "Sonnet's week by its header",
    report("a status bar reading anthropic-ratelimit-unified-7d_sonnet-status"),
    unified({ "7d_sonnet-status": "rejected", "7d_sonnet-reset": epoch(2 * day) }),
    [["7d:sonnet", "stated", 2 * day]],
    { asked: { model: "claude-sonnet-5" } }
  ),
  limit(
    "Fable's week by its claim, as Claude Code reports it",
    report("tests of a client that drives Claude Code: rateLimitType seven_day_overage_included"),
    unified({
      "": "rejected",
      "representative-claim": "seven_day_overage_included",
      reset: epoch(2 * day)
    }),
    [["7d:fable", "stated", 2 * day]],
    { asked: fable }
  ),
  limit(
    "a claim that is not known rests what was asked for",
    report("@anthropic-ai/claude-code 2.1: seven_day_cowork"),
    unified({
      "": "rejected",
      "5h-status": "allowed",
      "representative-claim": "seven_day_cowork",
      reset: epoch(2 * day)
    }),
    [["group:opus-5", "stated", 2 * day]]
  ),
  limit(
    "a window that is not known rests what was asked for",
    report("@anthropic-ai/claude-code 2.1: its list of windows is open"),
    unified({
      "": "rejected",
      "5h-status": "allowed",
      "7d-status": "allowed",
      "30d_omelette-status": "rejected",
      "30d_omelette-reset": epoch(9 * day)
    }),
    [["group:opus-5", "stated", 9 * day]]
  )
]

const key = (name: string, remaining: number, reset: number, kind = "ratelimit") => ({
  [`anthropic-${kind}-${name}-limit`]: "1000",
  [`anthropic-${kind}-${name}-remaining`]: String(remaining),
  [`anthropic-${kind}-${name}-reset`]: iso(reset)
})
const headerDocs = file(
  "patrickcarmichael/claude-docs",
  "docs/ai-platforms/anthropic/formatted/1215-response-headers.md"
)

const keys: ReadonlyArray<LimitRow> = [
  limit(
    "a key with only requests exhausted",
    headerDocs,
    { ...key("requests", 0, 20 * second), ...key("input-tokens", 900, 5 * second) },
    [["requests:opus-5", "stated", 20 * second]]
  ),
  limit(
    "a key's input tokens, with a time to come back",
    headerDocs,
    { ...key("input-tokens", 0, minute), "retry-after": "17" },
    [["input-tokens:opus-5", "stated", 17 * second]]
  ),
  limit(
    "two limits of a key at once",
    headerDocs,
    { ...key("tokens", 0, minute), ...key("output-tokens", 0, 40 * second) },
    [
      ["tokens:opus-5", "stated", minute],
      ["output-tokens:opus-5", "stated", 40 * second]
    ]
  ),
  limit(
    "a key with room left: a ramp, or the limit of a workspace",
    errorDocs,
    { ...key("requests", 40, minute), "retry-after": "11" },
    [["group:opus-5", "stated", 11 * second]],
    {
      error: {
        type: "rate_limit_error",
        message: "Slow down",
        details: { error_code: "ramp_limit_exceeded" }
      }
    }
  ),
  limit(
    "fast mode, its own limit",
    page("build-with-claude/fast-mode"),
    {
      ...key("input-tokens", 0, 30 * second, "fast"),
      ...key("input-tokens", 500, minute)
    },
    [["fast:opus-5", "stated", 30 * second]],
    { asked: fast }
  ),
  limit(
    "fast mode, a time to come back",
    page("build-with-claude/fast-mode"),
    { "retry-after": "9" },
    [["fast:opus-5", "stated", 9 * second]],
    { asked: fast }
  ),
  limit(
    "no model: the list of models",
    page("api/rate-limits"),
    { "retry-after": "9" },
    [["path:models", "stated", 9 * second]],
    { asked: { path: "/v1/models?limit=1000" } }
  ),
  limit("batches", limitDocs, { "retry-after": "9" }, [["path:batches", "stated", 9 * second]], {
    asked: { path: "/v1/messages/batches" }
  }),
  limit("files, nothing said", page("api/rate-limits"), {}, [["path:files", "guessed", "step"]], {
    asked: { path: "/v1/files/file_1" }
  }),
  limit(
    "a model of no known line",
    limitDocs,
    { "retry-after": "9" },
    [["group:claude-opus-6", "stated", 9 * second]],
    { asked: { model: "claude-opus-6-20270101" } }
  ),
  limit(
    "retry-after that nobody can mean",
    thread("duolahypercho/codex-router", 573),
    { "retry-after": "1000000000" },
    [["group:opus-5", "guessed", minute]]
  ),
  limit(
    "retry-after that is no time",
    retryAfterForms,
    { "retry-after": "Mon, 99 Foo 2026 25:61:61 GMT" },
    [["group:opus-5", "guessed", minute]]
  ),
  limit("retry-after that is over", retryAfterForms, { "retry-after": "-5" }, [
    ["group:opus-5", "guessed", "step"]
  ]),
  limit("retry-after with a unit", thread("earendil-works/pi", 9571), { "retry-after": "120s" }, [
    ["group:opus-5", "stated", 120 * second]
  ]),
  limit(
    "a time in the body only",
    report("field reports of gateways"),
    {},
    [["group:opus-5", "stated", 45 * second]],
    { error: { ...throttled, reset_after_seconds: 45 } }
  ),
  limit(
    "a time in the sentence only",
    report("field reports of gateways"),
    {},
    [["group:opus-5", "stated", 2 * hour]],
    {
      error: {
        type: "rate_limit_error",
        message: `Your limit resets at ${iso(2 * hour)}`
      }
    }
  )
]

const bad = (message: string, code?: string) => ({
  type: "invalid_request_error",
  message,
  details: code === undefined ? null : { error_code: code }
})
const regain = (offset: number) => `${iso(offset).slice(0, 10)} at ${iso(offset).slice(11, 16)} UTC`

const money: ReadonlyArray<LimitRow> = [
  refusal(
    "the tier's cap, with its date",
    page("api/rate-limits"),
    429,
    {
      type: "rate_limit_error",
      message:
        "You have reached your API usage limits: your organization has crossed its monthly API " +
        "usage threshold, set based on your organization's API tier. You will regain access on " +
        `${regain(16 * day)}.`,
      details: { error_code: "enforced_spend_limit_reached" }
    },
    "spend_cap",
    [["credential", "stated", 16 * day]]
  ),
  refusal(
    "the tier's cap, no date",
    page("api/rate-limits"),
    429,
    {
      type: "rate_limit_error",
      message: "cap",
      details: { error_code: "contract_spend_limit_reached" }
    },
    "spend_cap",
    [["credential", "guessed", "next month"]]
  ),
  refusal(
    "Claude Code's workspace over its limit",
    page("api/errors"),
    429,
    {
      type: "rate_limit_error",
      message: "over",
      details: { error_code: "enforced_spend_limit_reached" }
    },
    "rate_limit",
    [["group:opus-5", "stated", 40 * second]],
    { headers: { "retry-after": "40" } }
  ),
  refusal(
    "a limit that the customer set",
    thread("laravel/ai", 864),
    400,
    bad(
      "You have reached your specified API usage limits. You will regain access on " +
        `${regain(10 * day)}.`
    ),
    "spend_cap",
    [["credential", "stated", 10 * day]]
  ),
  refusal(
    "a limit of the workspace",
    thread("anthropics/claude-code", 38035),
    400,
    bad(
      "You have reached your specified workspace API usage limits. You will regain access on " +
        `${regain(10 * day)}.`
    ),
    "spend_cap",
    [["credential", "stated", 10 * day]]
  ),
  refusal(
    "a date that nobody can mean",
    thread("laravel/ai", 864),
    400,
    bad(
      "You have reached your specified API usage limits. You will regain access on " +
        "2099-01-01 at 00:00 UTC."
    ),
    "spend_cap",
    [["credential", "guessed", "next month"]]
  ),
  refusal(
    "credit",
    file("JuanCS-Dev/Max-Code", "max-code-cli/docs/ANTHROPIC_SUPPORT_REQUEST.md"),
    400,
    bad("Your credit balance is too low to access the Anthropic API."),
    "billing",
    [["credential", "guessed", "step"]]
  ),
  refusal(
    "credit, the other sentence",
    thread("laravel/ai", 864),
    400,
    bad("Your credit balance too low to access the API"),
    "billing",
    [["credential", "guessed", "step"]]
  ),
  refusal(
    "a payment that failed",
    page("api/errors"),
    402,
    { type: "billing_error", message: "There is a problem with your payment method." },
    "billing",
    [["credential", "guessed", "step"]]
  ),
  refusal(
    "a quota of the organisation, for a time",
    file("openclaw/openclaw", "src/agents/failover-error.test.ts"),
    402,
    {
      type: "billing_error",
      message: "request reached organization usage limit, try again later"
    },
    "spend_cap",
    [["credential", "guessed", "step"]]
  ),
  refusal(
    "an organisation on hold",
    page("api/$shared"),
    400,
    bad(
      "This organization has been disabled. An organization admin can appeal.",
      "organization_on_hold"
    ),
    "billing",
    [["credential", "guessed", "step"]]
  ),
  refusal(
    "an organisation that pays for another",
    page("api/$shared"),
    402,
    {
      type: "billing_error",
      message: "x",
      details: { error_code: "linked_organization_spend_limit_reached" }
    },
    "billing",
    [["credential", "guessed", "step"]]
  ),
  refusal(
    "a quota by its code",
    file("goblin-yao/wx-mp-node", "mock-data/chat-error.ts"),
    400,
    { type: "invalid_request_error", message: "x", code: "insufficient_quota" },
    "billing",
    [["credential", "guessed", "step"]]
  )
]

const uses: ReadonlyArray<LimitRow> = [
  refusal(
    "long context without extra usage",
    thread("NousResearch/hermes-agent", 4747),
    429,
    {
      type: "rate_limit_error",
      message: "Extra usage is required for long context requests."
    },
    "entitlement",
    []
  ),
  refusal(
    "the same while a window is spent: that rests",
    thread("anthropics/claude-code", 42616),
    429,
    {
      type: "rate_limit_error",
      message: "Extra usage is required for long context requests."
    },
    "rate_limit",
    [["5h", "stated", hour]],
    { headers: unified({ "": "rejected", "5h-status": "rejected", "5h-reset": epoch(hour) }) }
  ),
  refusal(
    "out of extra usage",
    report("anthropics/claude-code 2.1"),
    400,
    bad("You’re out of extra usage. Add more at claude.ai/settings/usage"),
    "entitlement",
    []
  ),
  refusal(
    "third-party apps",
    thread("Wei-Shaw/sub2api", 572),
    400,
    bad("Third-party apps now draw from your extra usage, not your plan limits."),
    "entitlement",
    []
  ),
  refusal(
    "fast mode without usage credits",
    report("live measurement of a gateway"),
    429,
    { type: "rate_limit_error", message: "Usage credits are required for fast mode." },
    "entitlement",
    [],
    { asked: fast }
  ),
  refusal(
    "a bare Error",
    report("live measurement of a gateway"),
    429,
    { type: "rate_limit_error", message: "Error" },
    "entitlement",
    []
  ),
  refusal(
    "an Error with a time to come back is a limit",
    report("live measurement of a gateway"),
    429,
    { type: "rate_limit_error", message: "Error" },
    "rate_limit",
    [["group:opus-5", "stated", 7 * second]],
    { headers: { "retry-after": "7" } }
  ),
  refusal(
    "Claude Code only",
    file("openclaw/openclaw", "docs/providers/anthropic.md"),
    400,
    bad(
      "This credential is only authorized for use with Claude Code and cannot be used for " +
        "other API requests."
    ),
    "entitlement",
    []
  )
]

const permission = {
  type: "permission_error",
  message: "Your API key does not have permission to use the specified resource."
}

const access: ReadonlyArray<LimitRow> = [
  refusal(
    "no permission for one resource",
    thread("mirrorange/clove", 8),
    403,
    permission,
    "auth",
    [["path:models", "guessed", "step"]],
    { asked: { path: "/v1/models" } }
  ),
  refusal("no permission for messages", errorDocs, 403, permission, "auth", [
    ["credential", "guessed", "step"]
  ]),
  refusal(
    "a 401 for files",
    thread("vanillagreencom/kendex", 995),
    401,
    { type: "authentication_error", message: "invalid x-api-key" },
    "auth",
    [["path:files", "guessed", "step"]],
    { asked: { path: "/v1/files" } }
  ),
  refusal(
    "whoever made the key has left",
    page("api/$shared"),
    400,
    bad("x", "claude_code_key_creator_not_member"),
    "auth",
    [["credential", "guessed", "step"]]
  ),
  refusal(
    "a client that is too old",
    page("api/$shared"),
    403,
    {
      type: "permission_error",
      message: "x",
      details: { error_code: "claude_code_version_too_old" }
    },
    "format",
    []
  ),
  refusal("overloaded", thread("tombii/better-ccflare", 271), 529, "<html>", "overloaded", [], {
    headers: { "retry-after": "3600" }
  }),
  ...[401, 402, 403].map((status) =>
    refusal(
      `a wall's ${status}`,
      report("corporate proxies and portals"),
      status,
      "<html><title>Sign in to the network</title></html>",
      "format",
      []
    )
  ),
  refusal(
    "a wall's JSON",
    report("corporate proxies and portals"),
    401,
    JSON.stringify({ error: { message: "invalid api key", type: "authentication_error" } }),
    "format",
    []
  ),
  refusal(
    "a wall's 429",
    report("corporate proxies and portals"),
    429,
    "<html>Too many requests</html>",
    "rate_limit",
    [["group:opus-5", "guessed", minute]],
    { headers: { "retry-after": "3600" } }
  ),
  refusal(
    "a wall's 429 of a few seconds",
    report("corporate proxies and portals"),
    429,
    "",
    "rate_limit",
    [["group:opus-5", "guessed", 5 * second]],
    { headers: { "retry-after": "5" } }
  ),
  refusal(
    "no envelope, but the provider's own id",
    errorDocs,
    401,
    "",
    "auth",
    [["credential", "guessed", "step"]],
    { headers: { "request-id": "req_1" } }
  )
]

export const limitRows: ReadonlyArray<LimitRow> = [...plans, ...keys, ...money, ...uses, ...access]
