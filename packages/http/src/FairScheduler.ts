/**
 * Shares the gateway's time between its clients. Everything runs in one thread: what one client has
 * done at once, every other one waits for. So in each turn of the event loop a client gets so much
 * done and no more; the rest of its requests, of the bodies it sends and of the answers it gets
 * goes on in the next turns, in the order it came. One client alone is slowed down by nothing but a
 * turn now and then.
 *
 * Costs are estimates, in microseconds; where a client made a turn longer than they said, it is
 * paused for a while.
 */

/** What a request costs, beside its bytes, in µs. */
export const requestCost = 100

/** What a new connection costs, with the beginning of its first request, in µs. */
const connectionCost = 200
/** How long after a pause new connections are looked at one in a turn, in ms. */
const strainedMs = 10_000

/** What a piece of a body or an answer costs: for itself, and for so many bytes one µs. */
export const pieceCost = 10
const bytesPerMicrosecond = 640

/** The cost of a piece, in µs. */
export const costOf = (bytes: number): number => pieceCost + bytes / bytesPerMicrosecond

/** So much a client gets done in a turn, in µs: beside others, and alone. */
const sharedQuantum = 1_000
const aloneQuantum = 8_000

/** How long another client is reckoned with after its last request, in ms. */
const besideMs = 10_000

/**
 * A turn may take so much longer than the costs in it said before a client is paused for that, for
 * so many times as long; in ms.
 */
const excessMs = 1
/** Where other programs have the processor as well, so many times its work counts at most. */
const contention = 4
const pauseFactor = 6
/** No pause is longer than this, in ms. */
const maxPauseMs = 1_000

/** Shares of clients that do nothing are forgotten when there are more than this. */
const maxClients = 1_024

/** What waits for its turn, and what it is expected to cost beside what it counts itself, in µs. */
interface Deferred {
  readonly run: () => void
  readonly cost: number
}

/** One client's share. */
export class ClientTurns {
  private readonly scheduler: FairScheduler
  readonly isOne: boolean
  /** Spent in this turn, in µs. */
  spent = 0
  /** While it is more than 0, nothing of it goes on before this, in ms of the scheduler's clock. */
  pausedUntil = 0
  private waiting: Array<Deferred> = []
  private next = 0

  /** `isOne`: whether others are to be kept from waiting for it; not where it stands for many. */
  constructor(scheduler: FairScheduler, isOne: boolean) {
    this.scheduler = scheduler
    this.isOne = isOne
  }

  /** Whether anything waits. */
  get isWaiting(): boolean {
    return this.next < this.waiting.length
  }

  /** Counts what was done, in µs; false where nothing more should be in this turn. */
  spend(cost: number): boolean {
    // A stream spends for every event: only the first of a turn has anything to begin.
    if (this.spent === 0 || !this.scheduler.isLast(this)) this.scheduler.begin(this)
    this.spent += cost
    return !this.isOver()
  }

  /**
   * The same for a piece of a body or an answer, of so many bytes, of whose cost so much was
   * counted before.
   */
  pass(bytes: number, counted = 0): boolean {
    this.scheduler.onBytes(bytes)
    return this.spend(costOf(bytes) - counted)
  }

  /** Whether nothing more of it should be done in this turn. */
  isOver(): boolean {
    return this.spent >= this.scheduler.quantum || this.pausedUntil > 0 || this.isWaiting
  }

  /**
   * Runs something in a turn in which there is time for it, when what waits before it has run.
   * `cost` is what comes of it in that turn, as far as it does not count that itself; in µs.
   */
  defer(run: () => void, cost = 0): void {
    this.scheduler.begin(this)
    this.waiting.push({ run, cost })
  }

  /** Goes on with what waits, as long as there is time for it in this turn. */
  resume(): void {
    const { waiting } = this
    while (this.next < waiting.length && this.spent < this.scheduler.quantum) {
      const deferred = waiting[this.next]
      this.next += 1
      this.spent += deferred?.cost ?? 0
      deferred?.run()
    }
    if (this.next < 1_000 && this.isWaiting) return
    this.waiting = waiting.slice(this.next)
    this.next = 0
  }
}

/**
 * What a scheduler calls. Default: the event loop's own and the system's, and nothing for bytes.
 */
export interface SchedulerEvents {
  readonly onNextTurn?: ((run: () => void) => void) | undefined
  readonly onTime?: ((run: () => void, ms: number) => void) | undefined
  readonly onBytes?: ((bytes: number) => void) | undefined
  /** Gives the processor time of this process so far, in ms. */
  readonly worked?: (() => number) | undefined
}

const processorTime = (): number => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1_000
}

/** The shares of all clients. */
export class FairScheduler {
  private readonly clients = new Map<string, ClientTurns>()
  /** Those that did something in this turn, or have something waiting. */
  private readonly active = new Set<ClientTurns>()
  private last: ClientTurns | undefined
  /** Until when more than one client is reckoned with. */
  private sharedUntil = 0
  private strainedUntil = 0
  private isScheduled = false
  private beganAt = 0
  private workedBefore = 0
  private readonly now: () => number
  private readonly onNextTurn: (run: () => void) => void
  private readonly onTime: (run: () => void, ms: number) => void
  private readonly worked: () => number
  /** Hears of the bytes that pass. */
  readonly onBytes: (bytes: number) => void
  /** What a client gets done in a turn, in µs. */
  quantum = aloneQuantum

  /** `now` gives ms of a clock that never jumps. */
  constructor(now: () => number, events: SchedulerEvents = {}) {
    this.now = now
    this.onNextTurn = events.onNextTurn ?? setImmediate
    this.onTime = events.onTime ?? setTimeout
    this.onBytes = events.onBytes ?? (() => undefined)
    this.worked = events.worked ?? processorTime
  }

  /** How many shares are remembered. */
  get size(): number {
    return this.clients.size
  }

  /** The share of a client, by its name. */
  of(name: string, isOne = true): ClientTurns {
    const known = this.clients.get(name)
    if (known !== undefined) return known
    if (this.clients.size >= maxClients)
      for (const [other, share] of this.clients)
        if (!this.active.has(share)) this.clients.delete(other)
    const made = new ClientTurns(this, isOne)
    this.clients.set(name, made)
    return made
  }

  /**
   * What a new connection is reckoned with, in µs. What it brings is not known before it was read:
   * after bad surprises one of them is enough for a turn.
   */
  get newConnectionCost(): number {
    if (this.now() < this.strainedUntil) return sharedQuantum
    return connectionCost
  }

  /** Whether this client was the last one to begin something. */
  isLast(client: ClientTurns): boolean {
    return client === this.last
  }

  /** A client does something, or waits for it. */
  begin(client: ClientTurns): void {
    this.active.add(client)
    if (client !== this.last && client.isOne) {
      if (this.last !== undefined) {
        this.sharedUntil = this.now() + besideMs
        this.quantum = sharedQuantum
      }
      this.last = client
    }
    if (!this.isScheduled) this.schedule(this.now())
  }

  private schedule(now: number): void {
    this.isScheduled = true
    this.beganAt = now
    if (now < this.sharedUntil) this.workedBefore = this.worked()
    this.onNextTurn(this.turn)
  }

  private readonly turn = (): void => {
    const now = this.now()
    this.isScheduled = false
    if (now < this.sharedUntil) this.pauseHeavy(now)
    else this.quantum = aloneQuantum
    let goesOn = false
    for (const client of this.active) {
      client.spent = 0
      if (client.pausedUntil > now) continue
      client.pausedUntil = 0
      client.resume()
      if (client.isWaiting || client.spent > 0) goesOn = true
      else this.active.delete(client)
    }
    if (goesOn && !this.isScheduled) this.schedule(now)
  }

  /**
   * After a turn that took longer than its costs said, whoever did much in it is paused, so that
   * the others get on.
   */
  private pauseHeavy(now: number): void {
    if (now - this.beganAt < excessMs) return
    // What others wait for is time, but a machine that did something else is no client's fault.
    const worked = this.worked() - this.workedBefore
    const took = Math.min(now - this.beganAt, contention * worked)
    let all = 0
    let allowed = 0
    for (const { spent } of this.active) {
      all += spent
      // What a client overdrew in one go is expected no more than what was not counted.
      allowed += Math.min(spent, this.quantum)
    }
    const excess = took - allowed / 1_000
    if (excess < excessMs) return
    for (const client of this.active) {
      // The turn may have been long for another reason: a collection of garbage, a file.
      if (client.spent < this.quantum) continue
      const ms = Math.min(maxPauseMs, (pauseFactor * excess * client.spent) / all)
      client.pausedUntil = now + ms
      this.strainedUntil = now + strainedMs
      this.onTime(() => {
        if (!this.isScheduled) this.schedule(this.now())
      }, Math.ceil(ms) + 1)
    }
  }
}
