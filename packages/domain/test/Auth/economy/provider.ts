/**
 * What a day costs by a rule of choice: a provider with books of its own, whose answers are all
 * that a rule learns. List price and waiting are counted apart.
 */
import { pricesOf, type Rates, ratesAt } from "../../../src/Pricing/priceTable.ts"
import { type Day, dayStart, hour, type Plan, type Talk } from "./day.ts"

/** What an answer said of a plan's windows. Used parts in whole percents, ends in epoch ms. */
export interface Seen {
  readonly used5h: number
  readonly end5h: number
  readonly used7d: number
  readonly end7d: number
  /** Not to be asked before this, as a refusal said. */
  readonly blockedUntil: number
  readonly lastUsedAt: number
}

/** A conversation as a gateway knows it. */
export interface Known {
  readonly id: number
  readonly model: string
  readonly isBackground: boolean
  /** The plan that answered last, when it was asked, what is cached there, and for how long. */
  readonly plan: number | undefined
  readonly usedAt: number
  readonly cached: number
  readonly ttl: number
}

/**
 * A rule: which of the plans that are not blocked gets a request, or undefined where it waits for
 * the plan that answered last. Never called with none.
 */
export interface Rule {
  (
    now: number,
    talk: Known,
    seen: ReadonlyArray<Seen>,
    open: ReadonlyArray<number>
  ): number | undefined
  /** Hears at the end of an answer what it cost, in USD, and what it said of its plan. */
  readonly hear?: (now: number, plan: number, usd: number, seen: Seen) => void
}

/** What a day came to. */
export interface Outcome {
  readonly listUsd: number
  readonly waitUsd: number
  readonly waitHours: number
  readonly moves: number
  readonly refused: number
  readonly requests: number
  /** How often a request waited though another plan was open. */
  readonly holds: number
}

/** What an hour of waiting costs a person, and a program without one. */
export const waitUsdPerHour = { person: 20, background: 2 }

interface Book {
  readonly plan: Plan
  used5h: number
  end5h: number
  used7d: number
  end7d: number
}

const renew = (book: Book, now: number): void => {
  if (now >= book.end5h) book.used5h = 0
  while (now >= book.end7d) {
    book.used7d = 0
    book.end7d += 7 * 24 * hour
  }
}

/** Until when a plan refuses; 0 where it does not. */
const refusedUntil = (book: Book): number => {
  const five = book.used5h >= 1 ? book.end5h : 0
  const seven = book.used7d >= 1 ? book.end7d : 0
  return Math.max(five, seven)
}

const percent = (used: number): number => Math.floor(used * 100) / 100

/** A conversation's state. */
interface Running {
  readonly talk: Talk
  readonly rates: Rates
  known: Known
  turn: number
  prompt: number
}

/** Events by time; ties in the order they were put in. */
class Queue {
  private readonly heap: Array<{ at: number; order: number; run: () => void }> = []
  private order = 0

  add(at: number, run: () => void): void {
    const { heap } = this
    heap.push({ at, order: this.order++, run })
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1
      if (!this.isBefore(child, parent)) break
      this.swap(child, parent)
      child = parent
    }
  }

  take(): { readonly at: number; readonly run: () => void } | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    heap[0] = last
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1
      const right = left + 1
      let least = parent
      if (left < heap.length && this.isBefore(left, least)) least = left
      if (right < heap.length && this.isBefore(right, least)) least = right
      if (least === parent) return first
      this.swap(least, parent)
      parent = least
    }
  }

  private isBefore(one: number, other: number): boolean {
    const a = this.heap[one]
    const b = this.heap[other]
    if (a === undefined || b === undefined) return false
    return a.at < b.at || (a.at === b.at && a.order < b.order)
  }

  private swap(one: number, other: number): void {
    const a = this.heap[one]
    const b = this.heap[other]
    if (a === undefined || b === undefined) return
    this.heap[one] = b
    this.heap[other] = a
  }
}

const ratesOf = (model: string): Rates => {
  const prices = pricesOf(model)
  const rates = prices && ratesAt(prices, dayStart)
  if (rates === undefined) throw new Error(`no price: ${model}`)
  return rates
}

/** Lives a day through by a rule. */
export const live = (day: Day, rule: Rule): Outcome => {
  const queue = new Queue()
  const books = day.plans.map((plan): Book => ({ ...plan, plan }))
  const seen = day.plans.map(
    ({ end5h, end7d, used5h, used7d }): Seen => ({
      used5h: percent(used5h),
      end5h,
      used7d: percent(used7d),
      end7d,
      blockedUntil: 0,
      lastUsedAt: 0
    })
  )
  const waiting = new Map<string, number>()
  const tally = {
    listUsd: 0,
    waitUsd: 0,
    waitHours: 0,
    moves: 0,
    refused: 0,
    requests: 0,
    holds: 0
  }
  const bookOf = (index: number): Book => {
    const book = books[index]
    if (book === undefined) throw new Error(`no such plan: ${index}`)
    return book
  }
  const see = (index: number, more: Partial<Seen>): void => {
    const before = seen[index]
    if (before !== undefined) seen[index] = { ...before, ...more }
  }
  const observe = (index: number): void => {
    const { end5h, end7d, used5h, used7d } = bookOf(index)
    see(index, { used5h: percent(used5h), end5h, used7d: percent(used7d), end7d })
  }

  const wait = (running: Running, now: number, until: number): void => {
    // A person who waits for two conversations waits once.
    const { isBackground, person } = running.talk
    const key = `${person} ${isBackground}`
    const hours = Math.max(0, until - Math.max(now, waiting.get(key) ?? 0)) / hour
    waiting.set(key, Math.max(until, waiting.get(key) ?? 0))
    tally.waitHours += hours
    tally.waitUsd += hours * (isBackground ? waitUsdPerHour.background : waitUsdPerHour.person)
    queue.add(until, () => ask(running, until))
  }

  const ask = (running: Running, now: number): void => {
    const { talk } = running
    const turn = talk.turns[running.turn]
    if (turn === undefined) return
    for (;;) {
      const open = seen.flatMap(({ blockedUntil }, index) => (blockedUntil <= now ? [index] : []))
      if (open.length === 0)
        return wait(running, now, Math.min(...seen.map(({ blockedUntil }) => blockedUntil)))
      const index = rule(now, running.known, seen, open)
      if (index === undefined) {
        tally.holds += 1
        return wait(running, now, seen[running.known.plan ?? -1]?.blockedUntil ?? now)
      }
      const book = bookOf(index)
      renew(book, now)
      see(index, { lastUsedAt: now })
      const until = refusedUntil(book)
      if (until > now) {
        tally.refused += 1
        observe(index)
        see(index, { blockedUntil: until })
        continue
      }
      const { known } = running
      const isWarm = known.plan === index && now - known.usedAt < known.ttl
      const read = isWarm ? known.cached : 0
      const rates = running.rates
      const prompt = running.prompt + turn.input
      const written = talk.ttl > 5 * 60_000 ? rates.cacheWrite1h : rates.cacheWrite5m
      const usd =
        (read * rates.cacheRead + (prompt - read) * written + turn.output * rates.output) / 1e6
      if (known.plan !== undefined && known.plan !== index) tally.moves += 1
      tally.requests += 1
      tally.listUsd += usd
      if (now >= book.end5h) book.end5h = now + 5 * hour
      book.used5h += usd / book.plan.fiveHours
      book.used7d += usd / book.plan.sevenDays
      running.known = { ...known, plan: index, usedAt: now, cached: prompt, ttl: talk.ttl }
      running.prompt = prompt + turn.output
      running.turn += 1
      const answeredAt = now + 2_000 + turn.output * 15
      queue.add(answeredAt, () => {
        observe(index)
        const said = seen[index]
        if (said !== undefined) rule.hear?.(answeredAt, index, usd, said)
        const next = talk.turns[running.turn]
        if (next === undefined) return
        const at = answeredAt + next.gap
        queue.add(at, () => ask(running, at))
      })
      return
    }
  }

  day.talks.forEach((talk, id) => {
    const { isBackground, model, ttl } = talk
    const known = { id, model, isBackground, plan: undefined, usedAt: 0, cached: 0, ttl }
    const running: Running = { talk, known, turn: 0, prompt: 0, rates: ratesOf(model) }
    queue.add(talk.beginsAt, () => ask(running, talk.beginsAt))
  })
  for (let event = queue.take(); event !== undefined; event = queue.take()) event.run()
  return tally
}
