/**
 * What clients with budgets have used, for people: a client's name, its limits below it, figures
 * right-aligned. Pure.
 */
import type { BudgetLine, BudgetReport, ClientStanding } from "@clawdbot/domain/Budget/BudgetReport"
import { limitWords } from "@clawdbot/domain/Budget/limitWords"
import { listOf } from "@clawdbot/domain/Document/listIf"
import { printable } from "@clawdbot/domain/Text/printable"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import { inOneLine } from "../terminal/figures.ts"
import { type Count, grouped, short, usd } from "./text.ts"

const headings = ["allowed", "used", "reserved", "left", "resets (UTC)"]
const firstBudget = "clawdbot gateway token limit NAME --usd 5/day"
const blank = headings.map(() => "")

/** `2026-11-30 00:00`. */
const minuteOf = (at: number): string => EpochMs.toIso(at).slice(0, 16).replace("T", " ")

const figuresOf = (
  { allowed, left, limit, reserved, resetsAt, used }: BudgetLine,
  count: Count
): ReadonlyArray<string> => {
  const isMoney = limit.startsWith("usd")
  const amount = (value: number | null) => {
    if (value === null) return "unknown"
    return isMoney ? usd(value, count) : count(value)
  }
  return [
    amount(allowed),
    amount(used),
    isMoney ? amount(reserved) : "-",
    amount(left),
    resetsAt === null ? "within a minute" : minuteOf(resetsAt)
  ]
}

const refusedLine = ({ refused }: ClientStanding): ReadonlyArray<string> =>
  listOf(refused ?? undefined, ({ count, lastAt, lastCode }) => {
    const last = EpochMs.toIso(lastAt).slice(11, 16)
    return [`  refused today: ${grouped(count)}, last at ${last} (${lastCode})`]
  })

const tableOf = (clients: ReadonlyArray<ClientStanding>, count: Count): ReadonlyArray<string> => {
  const rows = clients.flatMap((client) => [
    { names: [printable(client.client)], figures: blank, after: [] },
    ...client.limits.map((line, index) => ({
      names: [`  ${limitWords[line.limit]}`],
      figures: figuresOf(line, count),
      after: index === client.limits.length - 1 ? refusedLine(client) : []
    }))
  ])
  const [heading = "", ...lines] = inOneLine([{ names: ["client"], figures: headings }, ...rows])
  return [heading, ...lines.flatMap((line, index) => [line, ...(rows[index]?.after ?? [])])]
}

/** Who said it, where that is not a running gateway. */
const sourceLines = (place: string | undefined): ReadonlyArray<string> =>
  listOf(place, (place) => [
    "",
    `No gateway answered. Used: by the ledger in ${place}.`,
    "Requests in flight and the rates of this minute are not known."
  ])

/** The text. `width` is how many columns a line may have. */
export const toText = (
  { clients }: BudgetReport,
  place: string | undefined,
  width: number
): ReadonlyArray<string> => {
  if (clients.length === 0) return ["No client has a budget. To set one:", `  ${firstBudget}`]
  const whole = tableOf(clients, grouped)
  const isNarrow = whole.every((line) => line.length <= width)
  return [...(isNarrow ? whole : tableOf(clients, short)), ...sourceLines(place)]
}
