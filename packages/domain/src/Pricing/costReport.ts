/**
 * The provider's cost report: what it billed an organization for each day (docs/provider.md). Pure.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { atFirstUse } from "../Document/atFirstUse.ts"
import { listIf } from "../Document/listIf.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import type { UsageSpan } from "../Usage/UsageLedger.ts"

/** The path it is read at, behind the provider's address. */
export const path = "/v1/organizations/cost_report"

/** So many days are in one answer, at most. */
export const daysPerPage = 31

/** A day, as `YYYY-MM-DD`, in UTC. */
const DayStart = Schema.String.pipe(Schema.pattern(/^\d{4}-\d\d-\d\dT/))

/**
 * One item of the report. Amounts are texts in cents with decimals; items of other currencies than
 * the documented one would be added up wrongly, so there may be none.
 */
const Item = Schema.Struct({
  amount: Schema.NumberFromString.pipe(Schema.finite()),
  currency: Schema.Literal("USD"),
  workspace_id: Schema.optional(Schema.NullOr(Schema.String))
})

const Page = Schema.parseJson(
  Schema.Struct({
    data: Schema.Array(Schema.Struct({ starting_at: DayStart, results: Schema.Array(Item) })),
    has_more: Schema.Boolean,
    next_page: Schema.optional(Schema.NullOr(Schema.String))
  })
)

/** What was billed on one day (`YYYY-MM-DD`, UTC) in one workspace, in USD. */
export interface BilledDay {
  readonly day: string
  /** Undefined: the default workspace. */
  readonly workspace: string | undefined
  readonly usd: number
}

/** A part of the report, and how the next one is asked for. */
export interface CostPage {
  readonly days: ReadonlyArray<BilledDay>
  readonly next: string | undefined
}

const decode = atFirstUse(() => Schema.decodeUnknownEither(Page))

/** Reads an answer; on the left what is wrong with it, without what it says. */
export const readPage = (text: string): Either.Either<CostPage, string> =>
  Either.mapBoth(decode(text), {
    onLeft: (error) => {
      const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
      return (issue?.path ?? []).join(".") || "no JSON"
    },
    onRight: ({ data, has_more: hasMore, next_page: next }) => ({
      days: data.flatMap(({ results, starting_at: start }) =>
        results.map(({ amount, workspace_id: workspace }) => ({
          day: start.slice(0, 10),
          workspace: workspace ?? undefined,
          usd: amount / 100
        }))
      ),
      next: hasMore ? (next ?? undefined) : undefined
    })
  })

/** The query of one part, for whole days in UTC. Epoch ms. */
export const query = ({ since, until }: UsageSpan, page: string | undefined): string =>
  [
    ["starting_at", EpochMs.toIso(since)],
    ["ending_at", EpochMs.toIso(until)],
    ["bucket_width", "1d"],
    ["limit", String(daysPerPage)],
    ["group_by[]", "workspace_id"],
    ...listIf(page !== undefined, ["page", page ?? ""])
  ]
    .map((pair) => pair.map(encodeURIComponent).join("="))
    .join("&")
