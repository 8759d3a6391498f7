/** What `doctor` says of the prompt cache: the causes that make many requests miss. Pure. */

import type { Finding } from "../Status/Finding.ts"
import { textIf } from "../Text/textIf.ts"
import type { CacheRow, CacheSummary } from "./CacheReport.ts"
import { type CacheCause, isMiss } from "./cacheCause.ts"
import { causeWords } from "./causeWords.ts"

/** A cause of a greater part of a client's messages is a finding. */
export const maxShare = 0.2

/** Of fewer messages nothing is said: the first ones of a conversation are no habit. */
export const leastMessages = 10

/** All misses of one client with one cause. */
interface Habit {
  readonly client: string
  readonly cause: CacheCause
  readonly at: string | undefined
  readonly requests: number
  readonly lostUsd: number
  readonly unpriced: number
  readonly share: number
}

const sumOf = (rows: ReadonlyArray<CacheRow>, of: (row: CacheRow) => number): number =>
  rows.reduce((sum, row) => sum + of(row), 0)

const causesOf = (client: string, rows: ReadonlyArray<CacheRow>): ReadonlyArray<Habit> => {
  const all = sumOf(rows, ({ requests }) => requests)
  const causes = new Set(rows.map(({ cause }) => cause).filter(isMiss))
  return [...causes].map((cause) => {
    const same = rows.filter((row) => row.cause === cause)
    const requests = sumOf(same, (row) => row.requests)
    return {
      client,
      cause,
      at: same.find(({ at }) => at !== undefined)?.at,
      requests,
      lostUsd: sumOf(same, ({ lostUsd }) => lostUsd),
      unpriced: sumOf(same, ({ unpriced }) => unpriced),
      share: all < leastMessages ? 0 : requests / all
    }
  })
}

const costOf = ({ lostUsd, unpriced }: Habit): string => {
  if (lostUsd === 0 && unpriced > 0) return "at a price that is not known"
  const more = textIf(unpriced > 0, " and more, as not all prices are known")
  return `for ${lostUsd.toFixed(2)} USD${more}`
}

const findingOf = (habit: Habit): Finding => {
  const { at, cause, client, requests, share } = habit
  const who = client === "" ? "clients with the gateway's own token" : `the client ${client}`
  const { cure, what } = causeWords[cause]
  return {
    id: "cache-misses",
    severity: "warning",
    what:
      `${cause}: the prompt cache missed ${requests} messages of ${who} in the last day ` +
      `(${Math.round(share * 100)} %)`,
    why: `what could have been read was written again, ${costOf(habit)}; each request ${what}`,
    fix: cure ?? "clawdbot cache",
    alternatives: ["to see all causes: clawdbot cache"],
    details: at === undefined ? [] : [`last: ${at}`]
  }
}

/** The habits of clients that a running gateway saw; none where it does not look. */
export const ofCache = (summary: CacheSummary | undefined): ReadonlyArray<Finding> => {
  const rows = summary?.rows ?? []
  const clients = [...new Set(rows.map(({ client }) => client))]
  return clients
    .flatMap((client) =>
      causesOf(
        client,
        rows.filter((row) => row.client === client)
      )
    )
    .filter(({ share }) => share > maxShare)
    .map(findingOf)
}
