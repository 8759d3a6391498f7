// The table of a run: what was measured, against which budget, and whether it holds.

const rows = []

/** One figure. `holds` is undefined where there is no budget. */
export const row = (what, value, budget = "", holds = undefined) => {
  rows.push({ what, value, budget, holds })
  console.error(`    ${what}: ${value}${holds === false ? " (does not hold)" : ""}`)
}

/** A ratio to a baseline with the spread of its rounds, and the two medians it is made of. */
export const ratioRow = (what, { baseline, high, low, measured, ratio }, unit, digits, budget) =>
  row(
    what,
    `${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}; ` +
      `${measured.toFixed(digits)} against ${baseline.toFixed(digits)} ${unit})`,
    budget === undefined ? "" : `${budget.least === true ? "≥" : "≤"} ${budget.limit}`,
    budget === undefined ? undefined : isWithin(ratio, budget)
  )

const verdict = (isHeld) => {
  if (isHeld === undefined) return ""
  return isHeld ? "yes" : "**no**"
}

const isWithin = (ratio, { least, limit }) => (least === true ? ratio >= limit : ratio <= limit)

/** As markdown. */
export const markdown = (conditions) =>
  [
    "| What | Measured | Budget | Holds |",
    "| --- | --- | --- | --- |",
    ...rows.map(
      ({ budget, holds, value, what }) => `| ${what} | ${value} | ${budget} | ${verdict(holds)} |`
    ),
    "",
    conditions
  ].join("\n")

/** As JSON; `series` are the figures behind the plots. */
export const json = (conditions, series) => JSON.stringify({ conditions, rows, series }, null, 2)
