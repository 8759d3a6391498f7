/**
 * The contract of the control plane (decision D26a), without handlers, so that clients import it
 * alone. Over TCP it wants the admin token; over the Unix socket of the state folder whoever may
 * open that is the owner. Secrets cross the socket only.
 */

import { AllInCooldown, NoApiKey, NoCredentials } from "@clawdbot/domain/Auth/AuthError"
import { IssuedToken } from "@clawdbot/domain/Auth/IssuedToken"
import { ReportOutcome } from "@clawdbot/domain/Auth/reportOutcome"
import { BudgetReport } from "@clawdbot/domain/Budget/BudgetReport"
import { ConfigInvalid, ConfigUnavailable } from "@clawdbot/domain/Config/ConfigError"
import { OAuthRefreshFailed } from "@clawdbot/domain/OAuth/OAuthError"
import {
  StoreCorrupt,
  StoreLocked,
  StoreMoved,
  StoreTooNew,
  StoreUnavailable
} from "@clawdbot/domain/Profile/ProfileError"
import { CacheSummary } from "@clawdbot/domain/PromptCache/CacheReport"
import { AuthStatus } from "@clawdbot/domain/Status/AuthStatus"
import { UsageUnavailable } from "@clawdbot/domain/Usage/UsageLedger"
import { groupings, UsageReport } from "@clawdbot/domain/Usage/UsageReport"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { GatewayInfo } from "./GatewayInfo.ts"
import { RequestRecord } from "./RequestLog.ts"

/** Something only the owner of the state folder may do was asked for over TCP. */
export class SocketOnly extends Schema.TaggedError<SocketOnly>()(
  "SocketOnly",
  {},
  HttpApiSchema.annotations({ status: 403 })
) {
  override get message() {
    return "this is answered only over the gateway's Unix socket"
  }
}

/** The config that the asker would read is not known to mean here what it means there. */
export class ConfigOther extends Schema.TaggedError<ConfigOther>()(
  "ConfigOther",
  {},
  HttpApiSchema.annotations({ status: 409 })
) {
  override get message() {
    return "the config is to be read by the program that asks; then use POST /clawdbot/token"
  }
}

/** `?by=` names something usage is not kept by. */
export class GroupingUnknown extends Schema.TaggedError<GroupingUnknown>()(
  "GroupingUnknown",
  { by: Schema.String },
  HttpApiSchema.annotations({ status: 400 })
) {
  override get message() {
    return (
      `usage cannot be grouped by "${this.by}"; use one or more of ` +
      `${groupings.join(", ")}, separated by commas`
    )
  }
}

const withStatus = <A, I>(status: number, schema: Schema.Schema<A, I>): Schema.Schema<A, I> =>
  schema.annotations(HttpApiSchema.annotations({ status }))

const ConfigUnreadable = Schema.Union(
  withStatus(500, ConfigInvalid),
  withStatus(500, ConfigUnavailable)
)

/** The config or the credentials of an agent. */
const StateUnreadable = Schema.Union(
  ConfigUnreadable,
  withStatus(500, StoreCorrupt),
  withStatus(500, StoreTooNew),
  withStatus(500, StoreLocked),
  withStatus(500, StoreMoved),
  withStatus(500, StoreUnavailable)
)

const NothingUsable = Schema.Union(withStatus(401, NoApiKey), withStatus(401, NoCredentials))

const described = (text: string) => OpenApi.annotations({ description: text })

/** The end of the year 9999, in epoch ms: later years are written in another way. */
const maxTime = Date.UTC(10_000, 0)

/** A time in epoch ms. */
const Time = Schema.NumberFromString.pipe(Schema.int(), Schema.between(0, maxTime))

const Limit = Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 200))

const status = HttpApiEndpoint.get("status", "/status")
  .setUrlParams(Schema.Struct({ agent: Schema.optional(Schema.String) }))
  .addSuccess(AuthStatus)
  .addError(StateUnreadable)
  .annotateContext(
    described(
      "The profiles of an agent (without one, of the default agent), their windows and " +
        "cooldowns, and the next credential: the part `auth` of `clawdbot models status " +
        "--json`."
    )
  )

const agents = HttpApiEndpoint.get("agents", "/agents")
  .addSuccess(Schema.Struct({ defaultAgent: Schema.String, agents: Schema.Array(Schema.String) }))
  .addError(ConfigUnreadable)
  .annotateContext(described("The agents."))

const dashboard = HttpApiEndpoint.post("dashboard", "/dashboard")
  .addSuccess(Schema.Struct({ url: Schema.String, until: Schema.Number }))
  .addError(SocketOnly)
  .annotateContext(
    described(
      "A link that opens the dashboard in a browser, once, until a time (epoch ms). On the " +
        "Unix socket only."
    )
  )

const gateway = HttpApiEndpoint.get("gateway", "/gateway")
  .addSuccess(GatewayInfo)
  .annotateContext(described("Where this gateway listens, its process and its version."))

const clientToken = HttpApiEndpoint.post("clientToken", "/client-token")
  .addSuccess(
    Schema.Struct({
      /** Null where none is wanted (`gateway.auth.mode` is `none`). */
      token: Schema.NullOr(Schema.Redacted(Schema.NonEmptyString)),
      /** The config key or variable that sets it; absent where the gateway created it. */
      from: Schema.optional(Schema.String)
    })
  )
  .addError(SocketOnly)
  .annotateContext(
    described(
      "The gateway's own client token: what `clawdbot gateway token show` prints. On the Unix " +
        "socket only."
    )
  )

const requests = HttpApiEndpoint.get("requests", "/requests")
  .setUrlParams(Schema.Struct({ limit: Schema.optional(Limit) }))
  .addSuccess(Schema.Array(RequestRecord))
  .annotateContext(
    described("The last requests, newest first, each with its attempts. At most 200.")
  )

const usage = HttpApiEndpoint.get("usage", "/usage")
  .setUrlParams(
    Schema.Struct({
      since: Schema.optional(Time),
      until: Schema.optional(Time),
      by: Schema.optional(Schema.String)
    })
  )
  .addSuccess(UsageReport)
  .addError(GroupingUnknown)
  .addError(UsageUnavailable, { status: 503 })
  .annotateContext(
    described(
      "The tokens of a span of time (epoch ms; default: the last 7 days), by profile and " +
        "model unless `by` says otherwise."
    )
  )

const cache = HttpApiEndpoint.get("cache", "/cache")
  .setUrlParams(Schema.Struct({ since: Schema.optional(Time) }))
  .addSuccess(CacheSummary)
  .annotateContext(
    described(
      "What the provider's prompt cache did for messages, by client, model and cause, and what " +
        "misses cost in USD: from the hour of `since` on, of seven days at most, and not before " +
        "the gateway started. `enabled` is false where `gateway.cacheCauses` is off."
    )
  )

const budgets = HttpApiEndpoint.get("budgets", "/budgets")
  .addSuccess(BudgetReport)
  .annotateContext(
    described(
      "Each client with a budget: its limits, what is spent, reserved and left, when the periods " +
        "end (epoch ms), and what was refused today."
    )
  )

const events = HttpApiEndpoint.get("events", "/events")
  .addSuccess(HttpApiSchema.Text({ contentType: "text/event-stream" }))
  .annotateContext(
    described(
      "Server-sent events: `request` with a request's record when it ends, `health` with an " +
        "agent's name when a window changes."
    )
  )

const token = HttpApiEndpoint.post("token", "/token")
  .setPayload(
    Schema.Struct({
      agent: Schema.optional(Schema.String),
      profile: Schema.optional(Schema.String),
      model: Schema.optional(Schema.String)
    })
  )
  .addSuccess(IssuedToken)
  .addError(SocketOnly)
  .addError(NothingUsable)
  .addError(AllInCooldown, { status: 429 })
  .addError(OAuthRefreshFailed, { status: 503 })
  .addError(StateUnreadable)
  .annotateContext(
    described(
      "The credential a request would be sent with now, with its headers and base URL: the " +
        "document of `clawdbot models auth print-token --json`. On the Unix socket only."
    )
  )

const ownToken = HttpApiEndpoint.post("ownToken", "/own-token")
  .setPayload(Schema.Struct({ config: Schema.String }))
  .addSuccess(IssuedToken)
  .addError(SocketOnly)
  .addError(ConfigOther)
  .addError(NothingUsable)
  .addError(AllInCooldown, { status: 429 })
  .addError(OAuthRefreshFailed, { status: 503 })
  .addError(StateUnreadable)
  .annotateContext(
    described(
      "The same for the default agent, to a program that has not read the config: `config` is " +
        "the version of the file that it would read. Where the gateway goes by another one, or " +
        "would have to say more about it, the answer is 409. On the Unix socket only."
    )
  )

const report = HttpApiEndpoint.post("report", "/report")
  .setPayload(
    Schema.Struct({
      agent: Schema.optional(Schema.String),
      profile: Schema.NonEmptyTrimmedString,
      status: Schema.Int.pipe(Schema.between(100, 599)),
      retryAfter: Schema.optional(Schema.Union(Schema.String, Schema.Number)),
      model: Schema.optional(Schema.String),
      version: Schema.optional(Schema.String),
      body: Schema.optional(Schema.String)
    })
  )
  .addSuccess(ReportOutcome)
  .addError(SocketOnly)
  .addError(NothingUsable)
  .addError(AllInCooldown, { status: 429 })
  .addError(OAuthRefreshFailed, { status: 503 })
  .addError(StateUnreadable)
  .annotateContext(
    described(
      "What the provider answered to a program that was given a credential: `status`, and where " +
        "there are any `retryAfter` (the header), `body` and `model`. `version` is the " +
        "`fingerprint` it was issued with. A report is taken for a guess and counts for at most " +
        "an hour; a 401 makes a login be refreshed once. On the Unix socket only."
    )
  )

const metrics = HttpApiEndpoint.get("metrics", "/metrics")
  .addSuccess(HttpApiSchema.Text({ contentType: "text/plain; version=0.0.4; charset=utf-8" }))
  .annotateContext(described("Figures for Prometheus, in its text format."))

/** The control plane. */
export const ControlApi = HttpApi.make("clawdbot")
  .add(
    HttpApiGroup.make("control", { topLevel: true })
      .add(status)
      .add(agents)
      .add(dashboard)
      .add(gateway)
      .add(clientToken)
      .add(requests)
      .add(usage)
      .add(cache)
      .add(budgets)
      .add(events)
      .add(token)
      .add(ownToken)
      .add(report)
      .prefix("/clawdbot")
      .add(metrics)
  )
  .annotateContext(
    OpenApi.annotations({
      title: "clawdbot control plane",
      description: "Inspect a running gateway. Times are epoch ms.",
      version: "1"
    })
  )
