/** `anthropic-beta`: a list that is only ever added to (S5, docs/provider.md). */

/** Needed by bearers of a subscription. */
export const oauth = "oauth-2025-04-20"

/** Promised with every API-key request by the user's documentation. */
export const extendedCacheTtl = "extended-cache-ttl-2025-04-11"

/**
 * The values of one or several header lines, in order, without doubles, with the added ones last.
 */
export const merge = (present: ReadonlyArray<string>, added: ReadonlyArray<string>): string => {
  const list: Array<string> = []
  for (const line of [...present, ...added]) {
    for (const part of line.split(",")) {
      const beta = part.trim()
      if (beta !== "" && !list.includes(beta)) list.push(beta)
    }
  }
  return list.join(",")
}
