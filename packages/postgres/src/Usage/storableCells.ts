/** Usage under names that the database takes. Pure. */
import { createHash } from "node:crypto"
import * as Cell from "@clawdbot/domain/Usage/UsageCell"

/**
 * A longer name is cut, in bytes: an entry of an index holds 2,704 bytes in all, and clients name
 * their models as they like.
 */
export const maxNameBytes = 400

const hashLength = 16

const byteLength = (name: string): number => Buffer.byteLength(name, "utf8")

/** The beginning of a long name with a hash of all of it, so that two long ones stay two. */
const cut = (name: string): string => {
  const hash = createHash("sha256").update(name).digest("hex").slice(0, hashLength)
  const room = maxNameBytes - hashLength - byteLength("…")
  // A character that was cut in its middle becomes U+FFFD, of three bytes: room is left for it.
  const kept = Buffer.from(name, "utf8")
    .subarray(0, room - 3)
    .toString("utf8")
  return `${kept}…${hash}`
}

/** A name as a text of the database: without NUL and halves of characters, and not too long. */
export const storableName = (name: string): string => {
  const whole = Buffer.from(name, "utf8").toString("utf8").replaceAll("\0", "\uFFFD")
  if (byteLength(whole) <= maxNameBytes) return whole
  return cut(whole)
}

/** The cells under such names; those that become alike are one. */
export const storable = (cells: Iterable<Cell.UsageCell>): ReadonlyArray<Cell.UsageCell> =>
  Cell.merged(
    [...cells].map((cell) => ({
      ...cell,
      agent: storableName(cell.agent),
      profile: storableName(cell.profile),
      model: storableName(cell.model),
      client: storableName(cell.client),
      ttl: storableName(cell.ttl)
    }))
  )
