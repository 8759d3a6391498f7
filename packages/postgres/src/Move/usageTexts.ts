/**
 * The files of the ledger, made of what a store holds: a day to which nothing came is given byte
 * for byte. Pure.
 */
import * as path from "node:path"
import { cellDifference, isNothing } from "@clawdbot/domain/Usage/cellDifference"
import * as Cell from "@clawdbot/domain/Usage/UsageCell"
import { dayOf } from "@clawdbot/node/Usage/UsageFiles"
import { storable } from "../Usage/storableCells.ts"
import { type FolderFile, file, textIn, type Written } from "./folderFile.ts"
import { names, type Places } from "./places.ts"

/** The lines of a day: what stood there, and behind it what came to it since. */
const dayText = (cells: ReadonlyArray<Cell.UsageCell>, before: string | undefined): string => {
  const whole = () => cells.map((cell) => `${Cell.toLine(cell)}\n`).join("")
  if (before === undefined) return whole()
  const known = new Map(storable(Cell.fromText(before)).map((cell) => [Cell.keyText(cell), cell]))
  const differences = cells.map((cell) => {
    const kept = known.get(Cell.keyText(cell))
    return kept === undefined ? cell : cellDifference(cell, kept)
  })
  const present = new Set(cells.map(Cell.keyText))
  const isAddition =
    differences.every((cell) => cell !== undefined) &&
    [...known.keys()].every((key) => present.has(key))
  if (!isAddition) return whole()
  const lines = differences.flatMap((cell) => {
    if (cell === undefined || isNothing(cell)) return []
    return [`${Cell.toLine(cell)}\n`]
  })
  if (lines.length === 0 || before === "" || before.endsWith("\n")) return before + lines.join("")
  return `${before}\n${lines.join("")}`
}

/** The files of all days. */
export const usageFiles = (
  { usage }: Places,
  cells: ReadonlyArray<Cell.UsageCell>,
  written: Written
): ReadonlyArray<FolderFile> => {
  const days = new Map<string, Array<Cell.UsageCell>>()
  for (const cell of cells) {
    const day = dayOf(cell.hour)
    const known = days.get(day)
    if (known === undefined) days.set(day, [cell])
    else known.push(cell)
  }
  return [...days].map(([day, ofDay]) =>
    file(path.join(usage, `${day}.jsonl`), dayText(ofDay, textIn(written, names.usage(day))))
  )
}
