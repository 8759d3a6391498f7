/**
 * The unit in which usage is kept: all requests of one hour that agree in everything usage is asked
 * by, summed up. Pure.
 */

import * as Array from "effect/Array"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { ParseOptions } from "effect/SchemaAST"
import { atFirstUse } from "../Document/atFirstUse.ts"
import { ifDefined } from "../Document/defined.ts"
import { lazily } from "../Document/lazily.ts"
import { listOf } from "../Document/listIf.ts"
import * as Cost from "./Cost.ts"
import * as Usage from "./Usage.ts"

/** The length of an hour, in ms. */
export const hourMs = 3_600_000

/** What usage can be asked by. */
export interface UsageKey {
  /** The hour, counted from the epoch: epoch ms / 3,600,000, rounded down. */
  readonly hour: number
  readonly agent: string
  readonly profile: string
  /** The model as it was asked for; empty where none was. */
  readonly model: string
  /** The name of the client's token; empty for the gateway's own. */
  readonly client: string
  /** The cache time to live that the config adds for this model; empty where it adds none. */
  readonly ttl: string
}

/** The sum of an hour's requests with one key. */
export interface UsageCell extends UsageKey {
  readonly usage: Usage.Usage
  /** Requests whose usage is in the sum. */
  readonly requests: number
  /**
   * Requests that were answered without telling their usage: their tokens are unknown, not none.
   */
  readonly unmeasured: number
  /** What those with a known price cost; undefined where none has one. */
  readonly cost?: Cost.Cost | undefined
  /**
   * USD that budgets were charged for answers without a known price; in no sum of costs. Undefined
   * where there are none.
   */
  readonly assumed?: number | undefined
}

/** One attempt that may have used tokens. */
export interface UsageEntry extends Omit<UsageKey, "hour"> {
  /** Epoch ms at which the answer ended. */
  readonly at: number
  /** Undefined: it was answered, but how many tokens that took was not told. */
  readonly usage: Usage.Usage | undefined
  /** What it cost, by its own figures and never by sums; undefined where that is not known. */
  readonly cost?: Cost.Cost | undefined
  /** USD that its client's budget was charged where that is not known. */
  readonly assumed?: number | undefined
}

/** An entry as the cell it adds. */
export const cellOf = ({
  agent,
  assumed,
  at,
  client,
  cost,
  model,
  profile,
  ttl,
  usage
}: UsageEntry): UsageCell => ({
  hour: Math.floor(at / hourMs),
  agent,
  profile,
  model,
  client,
  ttl,
  usage: usage ?? Usage.zero,
  requests: usage === undefined ? 0 : 1,
  unmeasured: usage === undefined ? 1 : 0,
  cost,
  assumed
})

/**
 * A cell's key as one text. Names do not hold line breaks, models may hold anything: the model
 * stands last, so that no two keys give one text.
 */
export const keyText = ({ agent, client, hour, model, profile, ttl }: UsageKey): string =>
  `${hour}\n${agent}\n${profile}\n${client}\n${ttl}\n${model}`

/** A cell that is added to. */
export type UsageSum = { -readonly [Field in keyof UsageCell]: UsageCell[Field] }

/** Cells by their key, to add to. */
export type UsageSums = Map<string, UsageSum>

/** Adds a cell to the sums, in place. */
export const addTo = (sums: UsageSums, cell: UsageCell): void => {
  const name = keyText(cell)
  const known = sums.get(name)
  if (known === undefined) sums.set(name, { ...cell })
  else increase(known, cell)
}

/** Adds a cell to one with the same key, in place. */
export const increase = (known: UsageSum, cell: UsageCell): void => {
  known.usage = Usage.add(known.usage, cell.usage)
  known.requests += cell.requests
  known.unmeasured += cell.unmeasured
  known.cost = Cost.add(known.cost, cell.cost)
  if (cell.assumed !== undefined) known.assumed = (known.assumed ?? 0) + cell.assumed
}

/** As few cells as say the same. */
export const merged = (cells: Iterable<UsageCell>): ReadonlyArray<UsageCell> => {
  const sums: UsageSums = new Map()
  for (const cell of cells) addTo(sums, cell)
  return [...sums.values()]
}

// One filter for each: a year of usage has hundreds of thousands of lines with ten numbers each.
const Count = lazily(() =>
  Schema.Number.pipe(Schema.filter((value) => Number.isSafeInteger(value) && value >= 0))
)
const Usd = lazily(() =>
  Schema.Number.pipe(Schema.filter((value) => Number.isFinite(value) && value >= 0))
)

/** A line of a usage file: short names, since there may be many lines. */
const Line = lazily(() =>
  Schema.Struct({
    h: Count,
    a: Schema.String,
    p: Schema.String,
    m: Schema.String,
    c: Schema.String,
    t: Schema.String,
    n: Count,
    x: Count,
    /** input, output, cache read, cache write 5m, 1h, other. */
    u: Schema.Tuple(Count, Count, Count, Count, Count, Count),
    /** Billed and list price in USD, and of how many answers; absent where none is priced. */
    d: Schema.optional(Schema.Tuple(Usd, Usd, Count)),
    /** USD that budgets were charged for answers without a known price; absent where none. */
    e: Schema.optional(Usd)
  })
)

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/**
 * A cell as a line, without its end. Written out, not encoded by the schema: with a thousand
 * credentials there are as many lines every other second.
 */
export const toLine = ({
  agent,
  assumed,
  client,
  cost,
  hour,
  model,
  profile,
  requests,
  ttl,
  unmeasured,
  usage
}: UsageCell): string =>
  JSON.stringify({
    h: hour,
    a: agent,
    p: profile,
    m: model,
    c: client,
    t: ttl,
    n: requests,
    x: unmeasured,
    u: [
      usage.input,
      usage.output,
      usage.cacheRead,
      usage.cacheWrite5m,
      usage.cacheWrite1h,
      usage.cacheWriteOther
    ],
    d: ifDefined(cost, ({ billed, list, priced }) => [billed, list, priced] as const),
    e: assumed
  } satisfies typeof Line.Type)

const fromLine = ({ a, c, d, e, h, m, n, p, t, u, x }: typeof Line.Type): UsageCell => {
  const [input, output, cacheRead, cacheWrite5m, cacheWrite1h, cacheWriteOther] = u
  return {
    hour: h,
    agent: a,
    profile: p,
    model: m,
    client: c,
    ttl: t,
    requests: n,
    unmeasured: x,
    usage: { input, output, cacheRead, cacheWrite5m, cacheWrite1h, cacheWriteOther },
    cost: ifDefined(d, ([billed, list, priced]) => ({ billed, list, priced })),
    assumed: e
  }
}

/**
 * The cell in a parsed line; undefined where it is none. Lines are checked, not decoded: nothing in
 * them is read as anything else, and a check takes a third of the time.
 */
const cellBy = (options?: ParseOptions) => {
  const isLine = Schema.is(Line, options)
  return (value: unknown): UsageCell | undefined => (isLine(value) ? fromLine(value) : undefined)
}
const cellIn = atFirstUse(() => cellBy())
const cellInWhole = atFirstUse(() => cellBy({ onExcessProperty: "error" }))

const linesOf = (text: string): ReadonlyArray<string> =>
  text.split("\n").filter((line) => line !== "")

/**
 * The cells of a file. A line that a crash cut off, or that a newer version wrote, is passed over.
 */
export const fromText = (text: string): ReadonlyArray<UsageCell> =>
  linesOf(text).flatMap((line) => listOf(cellIn(parsed(line)), (cell) => [cell]))

/**
 * A file that says the same in as few lines as can be. A line that this version does not understand
 * in full stays as it is: what it says could not be added up.
 */
export const tidied = (text: string): ReadonlyArray<string> => {
  const [others, known] = Array.partitionMap(linesOf(text), (line) =>
    Either.fromNullable(cellInWhole(parsed(line)), () => line)
  )
  return [...merged(known).map(toLine), ...others]
}
