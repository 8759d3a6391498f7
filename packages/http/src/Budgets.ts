/**
 * The budgets of a gateway's clients: decided from memory, so that no request waits for a file or
 * for a database. What was spent is read in the background.
 */
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { BudgetAccount, Reservation } from "@clawdbot/domain/Budget/BudgetAccount"
import { BudgetLeases } from "@clawdbot/domain/Budget/BudgetLeases"
import * as BudgetReport from "@clawdbot/domain/Budget/BudgetReport"
import { codeOf, type Refused } from "@clawdbot/domain/Budget/budgetAnswer"
import { limitsMoney } from "@clawdbot/domain/Budget/decideBudget"
import { limitHeaders } from "@clawdbot/domain/Budget/limitHeaders"
import { startOf } from "@clawdbot/domain/Budget/Period"
import { reserveOf } from "@clawdbot/domain/Budget/reserveOf"
import type {
  Budgets as BudgetsByClient,
  ClientBudget
} from "@clawdbot/domain/Config/budgetSection"
import type { Config } from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A request as far as its price is known before it is answered. */
export interface BudgetedRequest {
  readonly method: string
  readonly path: string
  readonly bodyBytes: number
  readonly model: string | undefined
  readonly fast: boolean | undefined
  readonly maxTokens: number | undefined
}

/** Requests of one day that were refused. */
interface RefusedToday extends BudgetReport.BudgetRefusals {
  readonly day: number
}

/** One client's figures at a moment; USD, and epoch ms. */
export interface BudgetFigures {
  readonly client: string
  readonly limit: string
  readonly usd: number
  /** Undefined where it is not known. */
  readonly spent: number | undefined
}

const messages = /^\/v1\/messages(?:\?|$)/
/** Requests that cost money which no answer of theirs reports. */
const unmeasured = /^\/v1\/(?:messages\/batches|complete|sessions(?:\/[^/?]+\/events)?)\/?(?:\?|$)/

/** How often it is looked whether something has to be read. */
const lookEvery = "1 second"
/** What other gateways spend is asked for so often while a client does nothing, in ms. */
const idleMs = 10_000
/** The start of a gateway, and the first requests with a new budget, wait so long for a read. */
const longestRead = "2 seconds"

const admitted = (begun: ReturnType<BudgetAccount["begin"]>): Reservation | Refused | undefined => {
  if (begun instanceof Reservation) return begun
  if (begun._tag === "Admitted") return undefined
  return begun
}

/** The accounts of one gateway. */
export class Budgets {
  private inForce: BudgetsByClient = {}
  private readonly accounts = new Map<string, BudgetAccount>()
  private readonly refused = new Map<string, RefusedToday>()
  /** When each was renewed last, in epoch ms, and what it held then. */
  private readonly renewed = new Map<string, { readonly at: number; readonly held: number }>()
  private readonly read: Effect.Effect<void>

  /** `read` reads what is due, or gives up after a while. */
  constructor(read: Effect.Effect<void>) {
    this.read = read
  }

  /** The budget of a client; undefined for most. */
  of({ gateway }: Config, client: string | undefined): ClientBudget | undefined {
    if (client === undefined || gateway?.budgets === undefined) return undefined
    if (!Object.hasOwn(gateway.budgets, client)) return undefined
    return gateway.budgets[client]
  }

  /**
   * What a client's request waits for before it is decided: the first read of what was spent, where
   * its budget was set since the last look. Undefined for all others, and once such a wait is over:
   * while nothing can be read, requests are decided at once.
   */
  beforeFirst(config: Config, client: string | undefined): Effect.Effect<void> | undefined {
    const budget = this.of(config, client)
    if (budget === undefined || client === undefined) return undefined
    const account = this.account(client)
    if (!limitsMoney(budget) || !account.isNew) return undefined
    return Effect.ensuring(
      this.read,
      Effect.sync(() => account.beWaitedFor())
    )
  }

  /** A client's account. */
  account(client: string): BudgetAccount {
    const known = this.accounts.get(client)
    if (known !== undefined) return known
    const made = new BudgetAccount()
    this.accounts.set(client, made)
    return made
  }

  /**
   * Reserves for a request of a client with a budget, or says why it is not let through. Undefined:
   * it costs nothing.
   */
  begin(
    budget: ClientBudget,
    client: string,
    config: Config,
    request: BudgetedRequest,
    now: number
  ): Reservation | Refused | undefined {
    const begun = this.decide(budget, client, config, request, now)
    if (begun !== undefined && !(begun instanceof Reservation)) {
      const day = startOf("day", now)
      const count = (this.refusedOn(client, day)?.count ?? 0) + 1
      this.refused.set(client, { day, count, lastAt: now, lastCode: codeOf[begun._tag] })
    }
    return begun
  }

  private refusedOn(client: string, day: number): BudgetReport.BudgetRefusals | undefined {
    const known = this.refused.get(client)
    if (known === undefined || known.day !== day) return undefined
    const { count, lastAt, lastCode } = known
    return { count, lastAt, lastCode }
  }

  private decide(
    budget: ClientBudget,
    client: string,
    { pricing }: Config,
    request: BudgetedRequest,
    now: number
  ): Reservation | Refused | undefined {
    const { bodyBytes, fast, maxTokens, method, model, path } = request
    if (method !== "POST") return undefined
    if (messages.test(path)) {
      const amounts = reserveOf({ bodyBytes, fast, maxTokens, model, pricing, at: now })
      return admitted(this.account(client).begin(budget, amounts, now))
    }
    if (limitsMoney(budget) && budget.failOpen !== true && unmeasured.test(path))
      return { _tag: "Unmeasured" }
    return undefined
  }

  /** Headers that say how far a client's budget is used; undefined where that is not known. */
  limitHeaders(budget: ClientBudget, client: string, now: number) {
    return limitHeaders(budget, this.account(client).standing(budget, now).spent, now)
  }

  /** The clients with budgets at a moment. */
  report(now: number): BudgetReport.BudgetReport {
    const clients = Object.entries(this.inForce).map(([client, budget]) => {
      const account = this.account(client)
      return BudgetReport.ofGateway(
        client,
        budget,
        account.standing(budget, now),
        account.parts(budget),
        this.refusedOn(client, startOf("day", now)),
        now
      )
    })
    return { at: now, from: "gateway", clients: BudgetReport.byName(clients) }
  }

  /** The limits of money that were in force last, and what was spent of them. */
  figures(now: number): ReadonlyArray<BudgetFigures> {
    return Object.entries(this.inForce).flatMap(([client, budget]) => {
      const { spent } = this.account(client).standing(budget, now)
      return (
        [
          ["usdPerDay", spent?.day],
          ["usdPerWeek", spent?.week],
          ["usdPerMonth", spent?.month]
        ] as const
      ).flatMap(([limit, spent]) => {
        const usd = budget[limit]
        if (usd === undefined) return []
        return [{ client, limit, usd, spent }]
      })
    })
  }

  /** The clients of which something has to be read. */
  due(
    { gateway }: Config,
    isShared: boolean,
    now: number
  ): ReadonlyArray<readonly [string, ClientBudget]> {
    this.inForce = gateway?.budgets ?? {}
    return Object.entries(this.inForce).filter(([client]) => {
      const account = this.account(client)
      if (!account.isKnown(now)) return true
      if (!isShared) return false
      const last = this.renewed.get(client)
      return last === undefined || now - last.at >= idleMs || last.held !== account.held
    })
  }

  /** Notes that a client was renewed. */
  noteRenewed(client: string, at: number): void {
    this.renewed.set(client, { at, held: this.account(client).held })
  }
}

/** The budgets of the config in force, read on until the scope ends. */
export const make: Effect.Effect<Budgets, never, BudgetLeases | ConfigStore | Scope.Scope> =
  Effect.gen(function* () {
    const leases = yield* BudgetLeases
    const configs = yield* ConfigStore
    const oneByOne = yield* Effect.makeSemaphore(1)
    const soon: Effect.Effect<void> = Effect.suspend(() =>
      Effect.ignore(Effect.timeoutOption(Effect.disconnect(renew), longestRead))
    )
    const budgets = new Budgets(soon)

    const renewDue = Effect.gen(function* () {
      const known = configs.current() ?? (yield* configs.load)
      const asked = yield* Clock.currentTimeMillis
      const due = budgets.due(known.config, leases.isShared, asked)
      if (due.length === 0) return
      const marks = new Map(due.map(([client]) => [client, budgets.account(client).mark()]))
      const asks = due.flatMap(([client, budget]) => {
        const mark = marks.get(client)
        if (mark === undefined) return []
        return [{ client, budget, held: () => budgets.account(client).heldSince(mark) }]
      })
      const found = yield* leases.renew(asks, asked)
      const now = yield* Clock.currentTimeMillis
      for (const [client, known] of found) {
        const mark = marks.get(client)
        if (mark === undefined) continue
        budgets.account(client).learn(mark, known, now)
        budgets.noteRenewed(client, now)
      }
    })
    const renew = oneByOne.withPermits(1)(renewDue)

    yield* soon
    yield* BackgroundLoop.start(
      { task: "reading what clients have spent", every: lookEvery },
      renew
    )
    return budgets
  })
