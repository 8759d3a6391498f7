/**
 * The provider's price page, copied by hand, and a calculation that shares nothing with the
 * program's: one line for each model and speed, in USD for a million tokens.
 */

/** Input, output, cache write for 5 minutes, for 1 hour, cache read. */
export type Line = readonly [number, number, number, number, number]

/** One line of the page. */
export interface HandRow {
  readonly name: string
  readonly models: ReadonlyArray<string>
  readonly line: Line
  readonly fast?: Line
  /** Of a prompt above 100,000 tokens. */
  readonly long?: Line
  /** Whether `inference_geo: "us"` is offered, at 1.1 times the price. */
  readonly us?: boolean
  /** A day on which the line holds. */
  readonly day?: string
}

const opus: Line = [5, 25, 6.25, 10, 0.5]
const sonnet4: Line = [3, 15, 3.75, 6, 0.3]
const opusFast: Line = [10, 50, 12.5, 20, 1]
const olderFast: Line = [30, 150, 37.5, 60, 3]

/** The page. */
export const handTable: ReadonlyArray<HandRow> = [
  {
    name: "Opus 5.5",
    models: ["claude-opus-5-5", "claude-opus-5-5-20261001", "anthropic/claude-opus-5.5"],
    line: [4, 20, 5, 8, 0.2],
    fast: [8, 40, 10, 16, 0.4],
    us: true
  },
  { name: "Opus 5", models: ["claude-opus-5"], line: opus, fast: opusFast, us: true },
  { name: "Opus 4.8", models: ["claude-opus-4-8"], line: opus, fast: opusFast, us: true },
  { name: "Opus 4.7", models: ["claude-opus-4-7"], line: opus, fast: olderFast, us: true },
  { name: "Opus 4.6", models: ["claude-opus-4-6[1m]"], line: opus, fast: olderFast, us: true },
  { name: "Opus 4.5", models: ["claude-opus-4-5", "claude-opus-4-5-20251101"], line: opus },
  {
    name: "Opus 4 and 4.1",
    models: ["claude-opus-4-20250514", "claude-opus-4-0", "claude-opus-4-1-20250805"],
    line: [15, 75, 18.75, 30, 1.5]
  },
  {
    name: "Sonnet 5.5 before 7 October",
    models: ["claude-sonnet-5-5"],
    line: [2, 10, 2.5, 4, 0.2],
    us: true,
    day: "2026-10-06T23:59:59.999Z"
  },
  {
    name: "Sonnet 5.5",
    models: ["claude-sonnet-5-5"],
    line: [2, 10, 2.5, 4, 0.1],
    us: true,
    day: "2026-10-07T00:00:00.000Z"
  },
  { name: "Sonnet 5", models: ["claude-sonnet-5"], line: [2, 10, 2.5, 4, 0.2], us: true },
  { name: "Sonnet 4.6", models: ["claude-sonnet-4-6"], line: sonnet4, us: true },
  {
    name: "Sonnet 4 and 4.5",
    models: ["claude-sonnet-4-20250514", "claude-sonnet-4-0", "claude-sonnet-4-5"],
    line: sonnet4
  },
  {
    name: "Haiku 5.5",
    models: ["claude-haiku-5-5"],
    line: [0.1, 0.5, 0.125, 0.2, 0.01],
    long: [0.5, 2.5, 0.625, 1, 0.05],
    us: true
  },
  { name: "Haiku 4.5", models: ["claude-haiku-4-5-20251001"], line: [1, 5, 1.25, 2, 0.1] },
  {
    name: "Fable and Mythos 5.2",
    models: ["claude-fable-5-2", "claude-mythos-5-2"],
    line: [8, 40, 10, 16, 0.2],
    fast: [16, 80, 20, 32, 0.4],
    us: true,
    day: "2026-11-09T00:00:00.000Z"
  },
  {
    name: "Fable and Mythos 5.1",
    models: ["claude-fable-5-1", "claude-mythos-5-1"],
    line: [10, 50, 12.5, 20, 0.25],
    us: true
  },
  {
    name: "Fable and Mythos 5",
    models: ["claude-fable-5", "claude-mythos-5"],
    line: [10, 50, 12.5, 20, 1],
    us: true
  }
]

/** A day on which every undated line holds. */
export const today = "2026-11-29T00:00:00.000Z"

/** The counts of one run, in the order of a line. */
export type Counts = readonly [number, number, number, number, number]

/** One run at one speed, before region, batch and searches; in USD. */
export const byHand = (row: HandRow, isFast: boolean, counts: Counts): number => {
  const [input, output, short, long, read] = counts
  let line = row.line
  if (isFast && row.fast !== undefined) line = row.fast
  if (row.long !== undefined && input + short + long + read > 100_000) line = row.long
  return (
    (input * line[0] + output * line[1] + short * line[2] + long * line[3] + read * line[4]) /
    1_000_000
  )
}
