/**
 * What one client has spent and reserved, in the memory of one gateway. Money is what the ledger
 * knew when it was read last, and what was settled since; times are epoch ms.
 */
import { TokenBucket } from "../Bounded/TokenBucket.ts"
import type { ClientBudget } from "../Config/budgetSection.ts"
import { type Decision, decide, type Standing } from "./decideBudget.ts"
import { endOf, type Period, periods, startOf } from "./Period.ts"
import type { Amounts } from "./reserveOf.ts"
import type { Spent } from "./Spent.ts"

interface PeriodSum {
  start: number
  usd: number
}

/** What can be read of an account at the moment at which the ledger is asked. */
export interface Mark {
  readonly sums: { readonly [Key in Period]: Readonly<PeriodSum> }
  readonly settled: number
}

/** What is known of all gateways. */
export interface Known {
  /** By the ledger, in the periods around the moment `asOf`. */
  readonly spent: Spent
  readonly asOf: number
  /** USD that this gateway may spend beyond that; infinite where it is the only one. */
  readonly granted: number
  /** Until when that holds. */
  readonly until: number
  /** How many gateways serve the client: each lets its part of a rate through. */
  readonly gateways: number
}

/** The rates of a budget, or parts of them. */
export type Rates = Pick<ClientBudget, "tokensPerMinute" | "requestsPerMinute">

/** The reserve of one request in flight. */
export class Reservation {
  private readonly account: BudgetAccount
  private isReserved = true
  private isSettled = false
  readonly amounts: Amounts

  constructor(account: BudgetAccount, amounts: Amounts) {
    this.account = account
    this.amounts = amounts
  }

  /** Gives the reserve back; what the request cost may still be told. */
  release(): void {
    if (this.isReserved) this.account.unreserve(this.amounts)
    this.isReserved = false
  }

  /** Charges what it cost in place of the reserve, once. */
  settle(charged: Amounts, now: number): void {
    this.release()
    if (!this.isSettled) this.account.charge(charged, now)
    this.isSettled = true
  }
}

/** One client's account. */
export class BudgetAccount {
  private readonly sums: Record<Period, PeriodSum> = {
    day: { start: 0, usd: 0 },
    week: { start: 0, usd: 0 },
    month: { start: 0, usd: 0 }
  }
  private known: Pick<Known, "granted" | "until"> | undefined
  private wasWaitedFor = false
  private gateways = 1
  private reserved = 0
  private settled = 0
  /** How much of that is in the ledger, as far as known. */
  private inLedger = 0
  private readonly tokens = new TokenBucket()
  private readonly requests = new TokenBucket()

  /** The next midnight: no period ends at another time. */
  private rolledUntil = 0

  private roll(now: number): void {
    if (now < this.rolledUntil) return
    this.rolledUntil = endOf("day", now)
    for (const period of periods) {
      const start = startOf(period, now)
      if (start > this.sums[period].start) this.sums[period] = { start, usd: 0 }
    }
  }

  /** USD that the ledger does not know of yet, and requests in flight may cost. */
  get held(): number {
    return this.reserved + this.settled - this.inLedger
  }

  /** The same by a ledger that knows what was settled before a mark. */
  heldSince({ settled }: Mark): number {
    return this.reserved + this.settled - settled
  }

  /** Whether what was spent was never read, and no request has waited for that yet. */
  get isNew(): boolean {
    return this.known === undefined && !this.wasWaitedFor
  }

  /** A request has waited for what was spent, whether that was read or not. */
  beWaitedFor(): void {
    this.wasWaitedFor = true
  }

  /** Whether it is known what was spent. */
  isKnown(now: number): boolean {
    return this.known !== undefined && now < this.known.until
  }

  /** This gateway's parts of the rates. */
  parts({ requestsPerMinute, tokensPerMinute }: ClientBudget): Rates {
    return {
      tokensPerMinute: this.part(tokensPerMinute),
      requestsPerMinute: this.part(requestsPerMinute)
    }
  }

  /** This gateway's part of a rate; no gateway is left without a request. */
  private part(perMinute: number | undefined): number | undefined {
    if (perMinute === undefined) return undefined
    return Math.max(1, perMinute / this.gateways)
  }

  /** What is known at a moment. */
  standing({ requestsPerMinute, tokensPerMinute }: ClientBudget, now: number): Standing {
    this.roll(now)
    const { day, month, week } = this.sums
    return {
      spent: this.isKnown(now) ? { day: day.usd, week: week.usd, month: month.usd } : undefined,
      reserved: this.reserved,
      share: (this.known?.granted ?? 0) - this.held,
      tokens: this.tokens.left(this.part(tokensPerMinute), now),
      requests: this.requests.left(this.part(requestsPerMinute), now)
    }
  }

  /** Reserves for a request, or says why it is not let through. */
  begin(budget: ClientBudget, amounts: Amounts, now: number): Reservation | Decision {
    const decision = decide(budget, this.standing(budget, now), now)
    if (decision._tag !== "Admitted") return decision
    this.reserved += amounts.usd
    this.tokens.take(amounts.tokens)
    this.requests.take(1)
    return new Reservation(this, amounts)
  }

  /** @internal */
  unreserve({ tokens, usd }: Amounts): void {
    // Sums of fractions do not come back to zero by themselves.
    this.reserved = Math.max(0, this.reserved - usd)
    this.tokens.take(-tokens)
  }

  /** Adds what something cost. */
  charge({ tokens, usd }: Amounts, now: number): void {
    this.roll(now)
    for (const period of periods) this.sums[period].usd += usd
    this.settled += usd
    this.tokens.take(tokens)
  }

  /** To be taken before the ledger is asked: what is settled later is not in its answer. */
  mark(): Mark {
    const { day, month, week } = this.sums
    return {
      sums: { day: { ...day }, week: { ...week }, month: { ...month } },
      settled: this.settled
    }
  }

  /** Takes what the ledger answered at the moment `now` to whoever took the mark. */
  learn(mark: Mark, { asOf, gateways, granted, spent, until }: Known, now: number): void {
    this.roll(now)
    for (const period of periods) {
      const sum = this.sums[period]
      const before = mark.sums[period]
      if (before.start === sum.start) sum.usd -= before.usd
      // A period that began since then is not in the answer.
      if (startOf(period, asOf) === sum.start) sum.usd += spent[period]
    }
    this.inLedger = mark.settled
    this.known = { granted, until }
    this.gateways = gateways
  }
}
