/**
 * What was used and is not on disk yet. Models are named by clients, and each new name is a cell
 * for every hour, kept for months: the book keeps few names apart, and is never larger than it may
 * be, however long the disk is full.
 */
import {
  addTo,
  cellOf,
  increase,
  keyText,
  type UsageCell,
  type UsageEntry,
  type UsageSums
} from "./UsageCell.ts"

/** So many models are told apart on one day of UTC, by one process. */
export const maxModels = 200

/** So many sets of agent, profile, model, client and time to live are told apart on one day. */
export const maxSets = 5_000

/**
 * So many cells wait for the disk; what comes beyond is told apart by hour, profile and client
 * only. Clients have names that a person gave them, and budgets that a restart has to find.
 */
export const maxCells = 20_000

/** What the model of further ones is called. */
export const otherModel = "other"

/** What is not told apart where there are too many. */
const inGeneral = { agent: "", model: otherModel, ttl: "" }

const dayMs = 86_400_000

/** The book of one process. */
export class UsageBook {
  private sums: UsageSums = new Map()
  private day = 0
  private models = new Set<string>()
  private sets = new Set<string>()

  /** How many cells it has. */
  get size(): number {
    return this.sums.size
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.sums.size === 0
  }

  /** Adds what a request used. */
  record(entry: UsageEntry): void {
    const cell = cellOf(entry)
    const known = this.sums.get(keyText(cell))
    // Nearly every request: somebody asked for the same since the last write.
    if (known !== undefined) increase(known, cell)
    else addTo(this.sums, cellOf(this.bounded(entry)))
  }

  /** Adds cells that could not be written. */
  putBack(cells: Iterable<UsageCell>): void {
    for (const cell of cells) {
      const isRoom = this.sums.size < maxCells || this.sums.has(keyText(cell))
      addTo(this.sums, isRoom ? cell : { ...cell, ...inGeneral })
    }
  }

  /** All cells that wait; the book is empty then. */
  take(): ReadonlyArray<UsageCell> {
    const cells = this.cells()
    this.sums = new Map()
    return cells
  }

  /** All cells that wait. */
  cells(): ReadonlyArray<UsageCell> {
    return [...this.sums.values()]
  }

  /** The entry under names that are told apart. */
  private bounded(entry: UsageEntry): UsageEntry {
    if (this.sums.size >= maxCells) return { ...entry, ...inGeneral }
    const day = Math.floor(entry.at / dayMs)
    if (day !== this.day) {
      this.day = day
      this.models = new Set()
      this.sets = new Set()
    }
    const { agent, client, model, profile, ttl } = entry
    const name = keyText({ hour: day, agent, profile, model, client, ttl })
    if (this.sets.has(name)) return entry
    const isRoom =
      this.sets.size < maxSets && (this.models.has(model) || this.models.size < maxModels)
    if (!isRoom) return { ...entry, model: otherModel }
    this.models.add(model)
    this.sets.add(name)
    return entry
  }
}
