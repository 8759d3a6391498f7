/** Whether a client's budget lets a request through, and what is reserved for it while it runs. */
import { type RequestFacts, scan, wantedForBudgets } from "@clawdbot/domain/Anthropic/RequestScan"
import { Reservation } from "@clawdbot/domain/Budget/BudgetAccount"
import { type BudgetAnswer, toAnswer } from "@clawdbot/domain/Budget/budgetAnswer"
import type { Config } from "@clawdbot/domain/Config/Config"
import type { Budgets } from "../Budgets.ts"
import { newRequestId } from "../respond.ts"
import type { Incoming } from "./Incoming.ts"
import type { RelayRequest } from "./RelayRequest.ts"

/** A request that may go on. */
export interface Admitted {
  /** What its body says; nothing of one that was not read. */
  readonly facts: RequestFacts
  /** Undefined where it costs its client's budget nothing, or its client has none. */
  readonly reserved: Reservation | undefined
  /** Headers that say how far its client's budget is used; undefined where it has none. */
  readonly limitsOf: RelayRequest["limitsOf"]
}

/** Whether a request was refused. */
export const isRefused = (admission: Admitted | BudgetAnswer): admission is BudgetAnswer =>
  "code" in admission

/**
 * Admits requests. `budgets` is undefined where no client has one; `now` gives epoch ms.
 * `bodyBytes` are those that have come, which is all of a body that is held.
 */
export const makeAdmission =
  (budgets: Budgets | undefined, now: () => number) =>
  (
    config: Config,
    { client, request, response }: Incoming,
    body: Buffer | undefined,
    bodyBytes: number
  ): Admitted | BudgetAnswer => {
    const budget = budgets?.of(config, client?.name)
    const facts =
      body === undefined || bodyBytes === 0 ? {} : scan(body, budget && wantedForBudgets)
    if (budgets === undefined || budget === undefined)
      return { facts, reserved: undefined, limitsOf: undefined }
    const name = client?.name ?? ""
    const asked = {
      method: request.method ?? "GET",
      path: request.url ?? "/",
      bodyBytes,
      model: facts.model,
      fast: facts.fast,
      maxTokens: facts.maxTokens
    }
    const begun = budgets.begin(budget, name, config, asked, now())
    if (begun === undefined) return { facts, reserved: undefined, limitsOf: undefined }
    if (!(begun instanceof Reservation)) return toAnswer(begun, name, now(), newRequestId())
    // However the request ends, nothing of it is in flight then.
    response.on("close", () => begun.release())
    return {
      facts,
      reserved: begun,
      limitsOf: () => budgets.limitHeaders(budget, name, now())
    }
  }
