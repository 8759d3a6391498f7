/**
 * Figures of named rows for people: one row a line, figures right-aligned; where that is too wide,
 * the names of a row stand above its figures. Pure.
 */

/** The cells of a row. */
export type Cells = ReadonlyArray<string>

/** The names of a row, and its figures. */
export interface Line {
  readonly names: Cells
  readonly figures: Cells
}

const widthsOf = (rows: ReadonlyArray<Cells>): ReadonlyArray<number> =>
  rows.reduce<ReadonlyArray<number>>(
    (known, row) => row.map((cell, column) => Math.max(known[column] ?? 0, cell.length)),
    []
  )

const figuresText = (cells: Cells, widths: ReadonlyArray<number>): string =>
  cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")

/** Names and figures of a row beside each other. */
export const inOneLine = (lines: ReadonlyArray<Line>): Cells => {
  const names = widthsOf(lines.map((line) => line.names))
  const figures = widthsOf(lines.map((line) => line.figures))
  return lines.map((line) => {
    const named = line.names.map((cell, column) => cell.padEnd(names[column] ?? 0))
    return [...named, figuresText(line.figures, figures)].join("  ").trimEnd()
  })
}

/** The names of a row above its figures, each on its own line where they are long. */
export const inTwoLines = (lines: ReadonlyArray<Line>, width: number): Cells => {
  const figures = widthsOf(lines.map((line) => line.figures))
  return lines.flatMap((line) => {
    const named = line.names.filter((name) => name !== "")
    const joined = named.join(", ")
    const names = joined.length <= width ? [joined] : named
    return [
      ...names.filter((name) => name !== ""),
      `  ${figuresText(line.figures, figures)}`.trimEnd()
    ]
  })
}

/** How long the longest one is. */
export const widest = (texts: Cells): number => Math.max(0, ...texts.map(({ length }) => length))
