/**
 * What the provider's prompt cache did, for people: a table of causes, then what each cause of a
 * miss means and what ends it. Pure.
 */
import { listIf, listOf } from "@clawdbot/domain/Document/listIf"
import type { CacheRow, CacheSummary } from "@clawdbot/domain/PromptCache/CacheReport"
import { type CacheCause, isMiss } from "@clawdbot/domain/PromptCache/cacheCause"
import { causeWords } from "@clawdbot/domain/PromptCache/causeWords"
import { printable } from "@clawdbot/domain/Text/printable"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import { type Cells, inOneLine, inTwoLines, type Line, widest } from "../terminal/figures.ts"
import { wrap } from "../terminal/wrap.ts"
import { grouped, short, usd } from "../usage/text.ts"

type Sum = Pick<CacheRow, "requests" | "lostTokens" | "lostUsd" | "unpriced">

const headings: readonly [above: Cells, below: Cells] = [
  ["", "tokens", "USD", "price"],
  ["requests", "lost", "lost", "unknown"]
]

const zero: Sum = { requests: 0, lostTokens: 0, lostUsd: 0, unpriced: 0 }

const sumOf = (rows: ReadonlyArray<CacheRow>): Sum =>
  rows.reduce<Sum>(
    (sum, row) => ({
      requests: sum.requests + row.requests,
      lostTokens: sum.lostTokens + row.lostTokens,
      lostUsd: sum.lostUsd + row.lostUsd,
      unpriced: sum.unpriced + row.unpriced
    }),
    zero
  )

/** What is not known is not zero. */
const figuresOf = (row: Sum, count: typeof grouped): Cells => [
  count(row.requests),
  count(row.lostTokens),
  usd(row.lostUsd === 0 && row.unpriced > 0 ? null : row.lostUsd, count),
  count(row.unpriced)
]

const table = (rows: ReadonlyArray<CacheRow>, width: number): Cells => {
  const total = sumOf(rows)
  // The last column counts what is unknown; it is left out where nothing is.
  const shown = headings[0].length - Number(total.unpriced === 0)
  const names = ["client", "model", "cause"]
  const blank = ["", "", ""]
  const linesWith = (headed: readonly [Cells, Cells], count: typeof grouped) =>
    [
      { names: headed[0], figures: headings[0] },
      { names: headed[1], figures: headings[1] },
      ...rows.map((row) => ({
        names: [row.client || "default token", row.model || "-", row.cause].map(printable),
        figures: figuresOf(row, count)
      })),
      ...listIf(rows.length > 1, {
        names: blank.with(0, "total"),
        figures: figuresOf(total, count)
      })
    ].map((line): Line => ({ ...line, figures: line.figures.slice(0, shown) }))
  const whole = inOneLine(linesWith([blank, names], grouped))
  if (widest(whole) <= width) return whole
  return inTwoLines(linesWith([names, blank], short), width)
}

/** How many of the messages that could have read something did. */
const hitLine = (rows: ReadonlyArray<CacheRow>): Cells => {
  const hits = sumOf(rows.filter(({ cause }) => cause === "hit")).requests
  const misses = sumOf(rows.filter(({ cause }) => isMiss(cause))).requests
  const all = hits + misses
  return listIf(
    all > 0,
    `Hits: ${Math.round((hits * 100) / all)} % of the ${grouped(all)} messages that could have ` +
      "read something from the cache."
  )
}

/** A cause, where its most expensive row lay last, and what ends it. */
const causeLines = (cause: CacheCause, at: string | undefined, width: number): Cells => {
  const { cure, what } = causeWords[cause]
  const place = at === undefined ? "" : ` (last: ${printable(at)})`
  return [
    "",
    ...wrap(`${cause}${place}: the request ${what}.`, width),
    ...listOf(cure, (text) => wrap(`  fix: ${text}`, width))
  ]
}

/** The summary. `width` is how many columns a line may have. */
export const toText = ({ enabled, rows, since }: CacheSummary, width: number): Cells => {
  const off = listIf(
    !enabled,
    "The gateway does not look at the prompt cache: gateway.cacheCauses is false.",
    "To turn it on: clawdbot config set gateway.cacheCauses true"
  )
  if (!enabled && rows.length === 0) return off
  const from = `${EpochMs.toIso(since).slice(0, 16).replace("T", " ")} UTC`
  if (rows.length === 0) return [`No messages since ${from}.`]
  const causes = new Map(
    rows
      .filter(({ cause }) => causeWords[cause].cure !== undefined)
      .toReversed()
      .map(({ at, cause }) => [cause, at])
  )
  return [
    ...off,
    `What the prompt cache did since ${from}:`,
    "",
    ...table(rows, width),
    "",
    ...hitLine(rows).flatMap((line) => wrap(line, width)),
    ...[...causes].toReversed().flatMap(([cause, at]) => causeLines(cause, at, width))
  ]
}
