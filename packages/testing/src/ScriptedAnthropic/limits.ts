/**
 * The limits of the scripted Anthropic: those of API keys by group of models and in fast mode,
 * those of plans by window, limits on spending, and the walls in between. Steps and headers of a
 * script.
 */
import { modelGroup } from "@clawdbot/domain/Health/modelGroups"
import { type ErrorStep, ok, rateLimited, type Script, type Step } from "./Script.ts"

type Headers = Readonly<Record<string, string>>

/** One window of a plan. `reset` in epoch seconds, `utilization` as a fraction. */
export interface PlanWindow {
  readonly status?: "allowed" | "allowed_warning" | "rejected"
  readonly reset?: number
  readonly utilization?: number
}

/** What a plan's headers can name. `7d_oi` is the weekly window of the Fable models. */
export type PlanWindows = Readonly<
  Partial<Record<"5h" | "7d" | "7d_oi" | "7d_opus" | "7d_sonnet" | "overage", PlanWindow>>
>

/** The `unified` headers of an answer, those of each window and `more` (`status`, `reset`, …). */
export const planHeaders = (windows: PlanWindows, more: Headers = {}): Headers =>
  Object.fromEntries(
    [
      ...Object.entries(windows).flatMap(([window, facts]) =>
        Object.entries(facts).map(([fact, value]) => [`${window}-${fact}`, String(value)])
      ),
      ...Object.entries(more)
    ].map(([name, value]) => [`anthropic-ratelimit-unified-${name}`, String(value)])
  )

/** 429 of a plan: as its windows say. */
export const planRefused = (windows: PlanWindows, more: Headers = {}): ErrorStep =>
  rateLimited(planHeaders(windows, { status: "rejected", ...more }))

/** The limits that a key's headers name. */
export type KeyLimit = "requests" | "tokens" | "input-tokens" | "output-tokens"

/** The headers of one limit of a key; `reset` is a date in RFC 3339. */
export const keyHeaders = (
  limit: KeyLimit,
  facts: { readonly limit: number; readonly remaining: number; readonly reset: string },
  mode: "standard" | "fast" = "standard"
): Headers => {
  const prefix = mode === "fast" ? "anthropic-fast" : "anthropic-ratelimit"
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [`${prefix}-${limit}-${name}`, String(value)])
  )
}

/** 429 of a key: one limit is exhausted until `reset`. */
export const keyLimited = (
  limit: KeyLimit,
  reset: string,
  mode: "standard" | "fast" = "standard"
): ErrorStep => rateLimited(keyHeaders(limit, { limit: 1_000, remaining: 0, reset }, mode))

/**
 * Limits as the provider counts them: each group of models for itself (`opus-4`), fast mode apart
 * from it (`fast:opus-5`), and each other resource by its path (`/v1/models`). What has no step is
 * answered.
 */
export const byBucket =
  (steps: Readonly<Record<string, Step>>): Script =>
  (_count, { fast, model, path }) => {
    if (path !== "/v1/messages") return steps[path] ?? ok()
    const group = modelGroup(model)
    return steps[fast ? `fast:${group}` : group] ?? ok()
  }

/**
 * 400 of a limit that the customer set, with the words for when it ends (`2026-12-01 at 00:00
 * UTC`).
 */
export const spendLimited = (until: string, whose: "" | "workspace " = ""): ErrorStep => ({
  _tag: "Error",
  status: 400,
  type: "invalid_request_error",
  message:
    `You have reached your specified ${whose}API usage limits. You will regain access on ` +
    `${until}.`
})

/** 429 of the tier's cap: a code, and no time to come back. */
export const tierCapped: ErrorStep = { ...rateLimited(), code: "enforced_spend_limit_reached" }

/** 429: no plan pays for a long context. */
export const longContext: ErrorStep = {
  ...rateLimited(),
  message: "Extra usage is required for long context requests."
}

/** 429: fast mode without usage credits. */
export const fastCreditsRequired: ErrorStep = {
  ...rateLimited(),
  message: "Usage credits are required for fast mode."
}

/** 403 of one resource. */
export const noPermission: ErrorStep = {
  _tag: "Error",
  status: 403,
  type: "permission_error",
  message: "Your API key does not have permission to use the specified resource."
}

/** The page of something that answers in the provider's place: a portal, a firewall. */
export const wall = (status: number, headers: Headers = {}): ErrorStep => ({
  _tag: "Error",
  status,
  isWall: true,
  headers: { "content-type": "text/html", ...headers },
  body: "<html><title>Sign in</title><body>Please sign in to the network.</body></html>"
})
