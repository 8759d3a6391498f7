// @ts-check
// The requests that the page knows, and those of them a person wants to see.

/**
 * @typedef {{ profile: string, startedAt: number, endedAt: number, result: string, failureClass?:
 * string, status?: number, model?: string, heldMs?: number }} Attempt
 */
/**
 * @typedef {{
 *   id: number, startedAt: number, firstByteAt?: number, endedAt: number, stream?: boolean,
 *   method: string, path: string, status: number, model?: string, modelFallback?: string,
 *   agent?: string, client?: string, attempts: Attempt[], refused?: string,
 *   cache?: import("./cacheView.js").CacheReport
 * }} RequestRecord
 */
/**
 * @typedef {{ search: string, status: string, client: string, model: string, profile: string,
 * failure: string, agent: string }} Wanted
 */

/** So many of the newest are kept in the tab. */
export const maxKept = 2_000
/** So many of those wanted have a row. */
export const maxShown = 100

/** The client in words. @param {RequestRecord} record */
export const clientOf = ({ client }) => client ?? "default token"

/** What went wrong on the way, the answer's own failure included. @param {RequestRecord} record */
export const failuresOf = ({ attempts, refused }) => [
  ...attempts.flatMap(({ failureClass }) => failureClass ?? []),
  ...(refused === undefined ? [] : [refused])
]

/**
 * The records known before with new ones, newest first, each once.
 * @param {RequestRecord[]} known
 * @param {RequestRecord[]} added
 */
export const merged = (known, added) => {
  const byId = new Map(known.map((record) => [record.id, record]))
  for (const record of added) byId.set(record.id, record)
  return [...byId.values()].sort((one, other) => other.id - one.id).slice(0, maxKept)
}

/**
 * @param {RequestRecord} record
 * @param {string} status
 */
const hasStatus = (record, status) => {
  if (status === "") return true
  const { attempts } = record
  if (status === "failover")
    return attempts.length > 1 && attempts.at(-1)?.result === "answered" && record.status < 400
  if (status === "2") return record.status >= 200 && record.status < 400
  return Math.floor(record.status / 100) === Number(status)
}

/**
 * Those a person wants to see, newest first.
 * @param {RequestRecord[]} records
 * @param {Wanted} wanted
 */
export const filtered = (records, wanted) => {
  const text = wanted.search.trim().toLowerCase()
  return records.filter(
    (record) =>
      hasStatus(record, wanted.status) &&
      (wanted.client === "" || clientOf(record) === wanted.client) &&
      (wanted.model === "" || record.model === wanted.model) &&
      (wanted.agent === "" || record.agent === undefined || record.agent === wanted.agent) &&
      (wanted.profile === "" ||
        record.attempts.some(({ profile }) => profile === wanted.profile)) &&
      (wanted.failure === "" || failuresOf(record).includes(wanted.failure)) &&
      (text === "" ||
        [
          `${record.method} ${record.path} ${record.status} ${clientOf(record)}`,
          record.model,
          record.agent,
          record.refused,
          record.cache?.cause.replaceAll("_", " "),
          ...record.attempts.map(({ profile, result }) => `${profile} ${result}`)
        ]
          .join(" ")
          .toLowerCase()
          .includes(text))
  )
}

/**
 * The values there are to choose from, by how often they come.
 * @param {string[]} values
 */
export const choices = (values) => {
  /** @type {Map<string, number>} */
  const counted = new Map()
  for (const value of values) counted.set(value, (counted.get(value) ?? 0) + 1)
  return [...counted].sort(([, one], [, other]) => other - one)
}

/**
 * The time that a share of the requests took at most, in ms; undefined where there are none.
 * @param {number[]} sorted
 * @param {number} share 0 to 1
 */
export const percentile = (sorted, share) =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]

/**
 * Figures of requests: how many a minute, how many failed and of what, how long they took, and how
 * long streams took to begin.
 * @param {RequestRecord[]} records newest first
 * @param {number} now epoch ms
 */
export const figuresOf = (records, now) => {
  const minute = 60_000
  const recent = records.filter(({ endedAt }) => now - endedAt < minute)
  const oldest = records.at(-1)?.endedAt ?? now
  // Of a busy gateway less than a minute is known at first.
  const span = Math.min(minute, Math.max(1_000, now - oldest))
  const ended = records.filter(({ status }) => status !== 0)
  const took = ended.map(({ endedAt, startedAt }) => endedAt - startedAt).sort((a, b) => a - b)
  const firstByte = records
    .flatMap(({ firstByteAt, startedAt, stream }) =>
      stream && firstByteAt !== undefined ? [firstByteAt - startedAt] : []
    )
    .sort((a, b) => a - b)
  return {
    perMinute: Math.round((recent.length * minute) / span),
    total: records.length,
    failed: ended.filter(({ status }) => status >= 400).length,
    p50: percentile(took, 0.5),
    p95: percentile(took, 0.95),
    p99: percentile(took, 0.99),
    firstByte50: percentile(firstByte, 0.5),
    firstByte95: percentile(firstByte, 0.95),
    firstByte99: percentile(firstByte, 0.99),
    failures: choices(records.flatMap(failuresOf))
  }
}
