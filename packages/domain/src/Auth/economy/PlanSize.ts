/**
 * How much a window of a plan holds, in USD by list price, as answers show it (decision D57): what
 * was spent with a credential between two readings, and how much of the window that used. The
 * provider tells neither, and tells what is used in whole percents. Other programs may use the same
 * plan, so that less than all of the use is known: what is learned is never more than the window
 * holds, and the pieces in which most was spent for what was used are nearest to it. Pure.
 */
import type { Limit } from "./Quota.ts"

/** A piece ends when so much of the window was used in it, as a part of 1. */
export const pieceShare = 0.05

/**
 * The first ends sooner: until it does nothing is known of the plan, and plans differ by more than
 * the rounding of so small a piece.
 */
export const firstShare = 0.02

/** So many pieces are kept, the newest. */
export const maxPieces = 8

/** A piece that is older says nothing of the plan any more, in ms. */
export const keepMs = 7 * 24 * 60 * 60_000

/** Of one window two answers may name ends that differ by this, in ms. */
const endSkewMs = 60_000

/** What decimal fractions lose when they are subtracted. */
const rounding = 1e-9

/** What was spent while a part of the window was used. */
interface Piece {
  readonly used: number
  readonly usd: number
  /** When it ended, in epoch ms. */
  readonly at: number
}

/** What is known of one window. */
export interface PlanSize {
  /** What the running piece began with: how far the window was used, and all that was spent. */
  readonly begun: { readonly limit: Limit; readonly usd: number } | undefined
  /** Oldest first. */
  readonly pieces: ReadonlyArray<Piece>
}

/** Before the first reading. */
export const unread: PlanSize = { begun: undefined, pieces: [] }

const isOlder = ({ at }: Piece, now: number): boolean => now - at > keepMs

/**
 * With one more reading at `now` (epoch ms). `usd` is all that was ever spent with the credential,
 * and never falls. A window that began anew or that is full begins a new piece.
 */
export const withReading = (known: PlanSize, limit: Limit, usd: number, now: number): PlanSize => {
  const { begun, pieces } = known
  if (begun === undefined) return { begun: { limit, usd }, pieces }
  const used = limit.used - begun.limit.used
  const isSame = Math.abs(limit.endsAt - begun.limit.endsAt) <= endSkewMs
  if (!isSame || used < 0 || limit.used >= 1) return { begun: { limit, usd }, pieces }
  const share = pieces.length === 0 ? firstShare : pieceShare
  if (used < share - rounding) return known
  const spent = usd - begun.usd
  const before = pieces.filter((piece) => !isOlder(piece, now)).slice(1 - maxPieces)
  const next = spent > 0 ? [...before, { used, usd: spent, at: now }] : before
  return { begun: { limit, usd }, pieces: next }
}

/**
 * What the window holds, in USD by list price; undefined until a piece has ended. The half of the
 * pieces counts in which most was spent for what was used.
 */
export const usdOf = ({ pieces }: PlanSize, now: number): number | undefined => {
  const found = pieces.filter((piece) => !isOlder(piece, now))
  if (found.length === 0) return undefined
  found.sort((a, b) => b.usd / b.used - a.usd / a.used)
  let [usd, used] = [0, 0]
  for (const piece of found.slice(0, Math.ceil(found.length / 2))) {
    usd += piece.usd
    used += piece.used
  }
  return usd / used
}
