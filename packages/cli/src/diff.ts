/** Two texts as a unified diff: lines taken away, lines added, three lines around them. Pure. */
import { textIf } from "@clawdbot/domain/Text/textIf"

/** A line of a diff. */
interface Line {
  readonly mark: " " | "-" | "+"
  /** Position in the text before (for `+`: of the line that follows), counted from 0. */
  readonly before: number
  readonly after: number
}

/**
 * Beyond this many cells the middle is told as replaced as a whole, rather than compared line by
 * line.
 */
const maxCells = 4_000_000

const context = 3

const linesOf = (text: string): ReadonlyArray<string> => {
  if (text === "") return []
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n")
}

/** Lengths of the longest common subsequences of all pairs of endings. */
const common = (
  before: ReadonlyArray<string>,
  after: ReadonlyArray<string>
): ((row: number, column: number) => number) => {
  const width = after.length + 1
  const cells = new Uint32Array((before.length + 1) * width)
  const at = (row: number, column: number): number => cells[row * width + column] ?? 0
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      cells[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  return at
}

const compare = (
  before: ReadonlyArray<string>,
  after: ReadonlyArray<string>
): ReadonlyArray<Line> => {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let tail = 0
  while (
    tail < before.length - start &&
    tail < after.length - start &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) {
    tail++
  }
  const lines: Array<Line> = []
  for (let index = 0; index < start; index++) lines.push({ mark: " ", before: index, after: index })
  const left = before.slice(start, before.length - tail)
  const right = after.slice(start, after.length - tail)
  const length = left.length * right.length > maxCells ? () => 0 : common(left, right)
  let row = 0
  let column = 0
  while (row < left.length || column < right.length) {
    const place = { before: start + row, after: start + column }
    if (
      row < left.length &&
      column < right.length &&
      left[row] === right[column] &&
      length(row, column) > 0
    ) {
      lines.push({ mark: " ", ...place })
      row++
      column++
    } else if (
      row < left.length &&
      (column >= right.length || length(row + 1, column) >= length(row, column + 1))
    ) {
      lines.push({ mark: "-", ...place })
      row++
    } else {
      lines.push({ mark: "+", ...place })
      column++
    }
  }
  for (let index = 0; index < tail; index++) {
    lines.push({
      mark: " ",
      before: before.length - tail + index,
      after: after.length - tail + index
    })
  }
  return lines
}

const hunks = (lines: ReadonlyArray<Line>): ReadonlyArray<ReadonlyArray<Line>> => {
  const found: Array<Array<Line>> = []
  let until = -1
  for (const [index, line] of lines.entries()) {
    if (line.mark === " ") continue
    const from = Math.max(index - context, until + 1, 0)
    const last = found.at(-1)
    const fresh = last === undefined || from > until + 1 || index - context > until + 1
    const hunk = fresh ? [] : last
    if (fresh) found.push(hunk)
    for (let at = from; at <= Math.min(index + context, lines.length - 1); at++) {
      const one = lines[at]
      if (one !== undefined && at > until) hunk.push(one)
    }
    until = Math.max(until, Math.min(index + context, lines.length - 1))
  }
  return found
}

const range = (hunk: ReadonlyArray<Line>, side: "before" | "after"): string => {
  const skipped = side === "before" ? "+" : "-"
  const count = hunk.filter((line) => line.mark !== skipped).length
  const start = hunk[0]?.[side] ?? 0
  return `${count === 0 ? start : start + 1}${textIf(count !== 1, `,${count}`)}`
}

/**
 * The diff as lines; empty for equal texts. `show` makes a text fit to be seen,
 * line by line: what is compared are the texts themselves, what is printed are the lines that
 * `show` gave, so that a changed secret shows as a changed line and not as itself.
 */
export const unified = (
  before: string,
  after: string,
  options: { readonly name: string; readonly show?: (text: string) => string }
): ReadonlyArray<string> => {
  if (before === after) return []
  const show = options.show ?? ((text: string) => text)
  const shownBefore = linesOf(show(before))
  const shownAfter = linesOf(show(after))
  const text = ({ after: right, before: left, mark }: Line): string =>
    `${mark}${(mark === "+" ? shownAfter[right] : shownBefore[left]) ?? ""}`
  const body = hunks(compare(linesOf(before), linesOf(after))).flatMap((hunk) => [
    `@@ -${range(hunk, "before")} +${range(hunk, "after")} @@`,
    ...hunk.map(text)
  ])
  if (body.length === 0)
    return [`--- ${options.name}`, `+++ ${options.name}`, "@@ the newline at the end @@"]
  return [`--- ${before === "" ? "/dev/null" : options.name}`, `+++ ${options.name}`, ...body]
}
