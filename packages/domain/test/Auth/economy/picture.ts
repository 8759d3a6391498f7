/** A picture of what each day cost by several rules, as a share of what it cost by another. */

/** One rule: its name, its color, and its share of each day. */
export interface Series {
  readonly name: string
  readonly color: string
  readonly shares: ReadonlyArray<number>
}

const left = 56
const right = 470
const top = 40
const bottom = 270
const highest = 1.25

const y = (share: number): string =>
  (bottom - (Math.min(share, highest) / highest) * (bottom - top)).toFixed(1)

const grid = [0, 0.25, 0.5, 0.75, 1, 1.25].flatMap((share) => [
  `<path d="M${left} ${y(share)}H${right}" stroke="#808080" stroke-opacity="0.25"/>`,
  `<text x="${left - 8}" y="${Number(y(share)) + 4}" text-anchor="end">${share * 100} %</text>`
])

/** The days of each rule, its cheapest first. What is above the top is drawn on it. */
export const pictureOf = (title: string, series: ReadonlyArray<Series>): string =>
  `${[
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 310" font-family="sans-serif" ' +
      'font-size="12" fill="#808080">',
    `<title>${title}</title>`,
    `<text x="330" y="20" text-anchor="middle">${title}</text>`,
    ...grid,
    `<text x="${(left + right) / 2}" y="296" text-anchor="middle">days, the cheapest first</text>`,
    ...series.flatMap(({ color, name, shares }, row) => {
      const sorted = [...shares].sort((a, b) => a - b)
      const step = (right - left) / (sorted.length - 1)
      const points = sorted.map((share, day) => `${(left + day * step).toFixed(1)} ${y(share)}`)
      return [
        `<path d="M${points.join("L")}" fill="none" stroke="${color}" stroke-width="2"/>`,
        `<text x="480" y="${60 + 20 * row}" fill="${color}">${name}</text>`
      ]
    }),
    "</svg>"
  ].join("\n")}\n`
