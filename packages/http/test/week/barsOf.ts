/** A picture of bars, as SVG text. It reads on light and on dark ground. */

/** A part of a bar, beginning at its foot. */
export interface Part {
  readonly value: number
  readonly color: string
}

/** A bar: its parts, and what stands below it. */
export interface Bar {
  readonly name: string
  readonly parts: ReadonlyArray<Part>
}

/** What the colors mean. */
export interface Key {
  readonly name: string
  readonly color: string
}

const left = 56
const right = 500
const top = 44
const bottom = 260

/** What an axis is drawn up to: a round number that is not below any bar. */
const roundedUp = (highest: number): number => {
  const step = 10 ** Math.floor(Math.log10(highest))
  return [1, 2, 2.5, 5, 10].map((times) => times * step).find((one) => one >= highest) ?? highest
}

const totalOf = ({ parts }: Bar): number => parts.reduce((sum, { value }) => sum + value, 0)

/** Draws bars beside each other; bars that share a name stand together, and it is written once. */
export const barsOf = (
  title: string,
  unit: string,
  bars: ReadonlyArray<Bar>,
  keys: ReadonlyArray<Key>
): string => {
  const highest = roundedUp(Math.max(...bars.map(totalOf)))
  const height = (value: number): number => (value / highest) * (bottom - top)
  const names = [...new Set(bars.map(({ name }) => name))]
  const room = (right - left) / names.length
  const drawn = names.flatMap((name, column) => {
    const together = bars.filter((bar) => bar.name === name)
    const width = Math.min(40, (0.8 * room) / together.length)
    const middle = left + (column + 0.5) * room
    return [
      ...together.flatMap(({ parts }, index) => {
        const x = middle + (index - together.length / 2) * width
        let y = bottom
        return parts.flatMap(({ color, value }) => {
          if (value === 0) return []
          y -= height(value)
          return [
            `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${(width - 2).toFixed(1)}" ` +
              `height="${height(value).toFixed(1)}" fill="${color}"/>`
          ]
        })
      }),
      `<text x="${middle.toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${name}</text>`
    ]
  })
  const lines = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => {
    const y = bottom - share * (bottom - top)
    const value = Number((share * highest).toPrecision(3))
    return [
      `<path d="M${left} ${y.toFixed(1)}H${right}" stroke="#808080" stroke-opacity="0.25"/>`,
      `<text x="${left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${value}</text>`
    ]
  })
  return `${[
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 290" font-family="sans-serif" ' +
      'font-size="12" fill="#808080">',
    `<title>${title}</title>`,
    `<text x="340" y="18" text-anchor="middle">${title}</text>`,
    `<text x="8" y="${top - 14}">${unit}</text>`,
    ...lines,
    ...drawn,
    ...keys.flatMap(({ color, name }, row) => [
      `<rect x="514" y="${50 + 20 * row}" width="12" height="12" fill="${color}"/>`,
      `<text x="532" y="${60 + 20 * row}">${name}</text>`
    ]),
    "</svg>"
  ].join("\n")}\n`
}
