/**
 * The bytes of all request bodies that are held at a time. One client may hold half of them, so
 * that there is room for others whatever it sends.
 */

/** The bytes that are held, and how many may be. */
export class BodyBudget {
  private readonly limit: number
  private readonly byClient = new Map<string, number>()
  private used = 0

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.limit = limit
  }

  /** The bytes that are held now. */
  get held(): number {
    return this.used
  }

  /** Opens the share of a client's request. */
  open(client: string): BodyShare {
    return new BodyShare(this, client)
  }

  /** Counts bytes of a client; false where they would be too many. */
  take(client: string, bytes: number): boolean {
    const own = this.byClient.get(client) ?? 0
    if (this.used + bytes > this.limit || own + bytes > this.limit / 2) return false
    this.used += bytes
    this.byClient.set(client, own + bytes)
    return true
  }

  /** Counts them off again. */
  giveBack(client: string, bytes: number): void {
    this.used -= bytes
    const rest = (this.byClient.get(client) ?? 0) - bytes
    if (rest > 0) this.byClient.set(client, rest)
    else this.byClient.delete(client)
  }
}

/** Small pieces are counted in the budget so many bytes at a time. */
const step = 16 * 1024

/** What one request holds. */
export class BodyShare {
  /** What is counted in the budget for it, and how much of that is not used yet. */
  private taken = 0
  private room = 0
  private readonly budget: BodyBudget
  private readonly client: string

  constructor(budget: BodyBudget, client: string) {
    this.budget = budget
    this.client = client
  }

  /** Takes so many more bytes; false where that is more than there is room for. */
  take(bytes: number): boolean {
    if (bytes <= this.room) {
      this.room -= bytes
      return true
    }
    // The first piece of a small body is all of it.
    const counted = this.taken === 0 || bytes > step ? bytes : step
    return this.count(counted, bytes) || (counted > bytes && this.count(bytes, bytes))
  }

  private count(counted: number, bytes: number): boolean {
    if (!this.budget.take(this.client, counted)) return false
    this.taken += counted
    this.room += counted - bytes
    return true
  }

  /** Gives all of them back. */
  readonly close = (): void => {
    if (this.taken > 0) this.budget.giveBack(this.client, this.taken)
    this.taken = 0
    this.room = 0
  }
}

/** The bodies of a whole gateway: 512 MB, sixteen of the largest at once, eight of one client. */
export const makeBudget = (): BodyBudget => new BodyBudget(512 * 1024 * 1024)
