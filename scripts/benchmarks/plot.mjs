// A plot of a few lines over a logarithmic axis, as SVG text. It reads on light and on dark ground.

const [width, height, left, right, top, bottom] = [640, 320, 64, 150, 40, 48]
const colours = ["#2f6fde", "#8a8a8a", "#c2571a"]

const short = (value) => (value >= 1000 ? `${value / 1000}k` : String(Number(value.toPrecision(2))))

/** `lines`: name → list of [x, y]; x is drawn by its logarithm, y from 0. */
export const plot = ({ lines, title, x, y }) => {
  const points = Object.values(lines).flat()
  const xs = [...new Set(points.map(([value]) => value))].sort((a, b) => a - b)
  const logs = xs.map((value) => Math.log(value))
  const [first, last] = [Math.min(...logs), Math.max(...logs)]
  const most = Math.max(...points.map(([, value]) => value)) * 1.1
  const atX = (value) =>
    left + ((Math.log(value) - first) / (last - first || 1)) * (width - left - right)
  const atY = (value) => height - bottom - (value / most) * (height - top - bottom)
  const text = (at, down, words, anchor = "middle") =>
    `<text x="${at.toFixed(0)}" y="${down.toFixed(0)}" text-anchor="${anchor}">${words}</text>`
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => (most / 1.1) * part)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
      'font-family="sans-serif" font-size="12" fill="#808080">',
    `<title>${title}</title>`,
    text(width / 2, 20, title),
    ...ticks.flatMap((value) => [
      `<path d="M${left} ${atY(value).toFixed(1)}H${width - right}" stroke="#808080" ` +
        'stroke-opacity="0.25"/>',
      text(left - 8, atY(value) + 4, short(value), "end")
    ]),
    ...xs.map((value) => text(atX(value), height - bottom + 18, short(value))),
    text((left + width - right) / 2, height - 10, x),
    text(8, top - 12, y, "start"),
    ...Object.entries(lines).flatMap(([name, line], index) => {
      const colour = colours[index % colours.length]
      const path = line.map(([px, py]) => `${atX(px).toFixed(1)} ${atY(py).toFixed(1)}`).join("L")
      const [endX, endY] = line[line.length - 1]
      return [
        `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...line.map(
          ([px, py]) =>
            `<circle cx="${atX(px).toFixed(1)}" cy="${atY(py).toFixed(1)}" r="3" fill="${colour}"/>`
        ),
        `<text x="${(atX(endX) + 8).toFixed(0)}" y="${(atY(endY) + 4).toFixed(0)}" ` +
          `fill="${colour}">${name}</text>`
      ]
    }),
    "</svg>",
    ""
  ].join("\n")
}
