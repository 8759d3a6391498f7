/**
 * Trials as one process decides on them (decision D32): by what it knows of health, and of when the
 * last trial was sent. What other processes know, whoever holds one of these finds out first.
 */
import { decideTrial } from "./decideTrial.ts"
import type { HealthDocument } from "./HealthDocument.ts"
import type { HealthEvent } from "./HealthEvent.ts"
import type { TrialRequest, TrialStart } from "./HealthStore.ts"
import * as Trial from "./Trial.ts"

/** `H` is an agent's health as the store keeps it. Times in epoch ms. */
export class ProcessTrials<H extends { readonly document: HealthDocument }> {
  /** When the last one was sent, as far as is known here. */
  lastAt = Number.NEGATIVE_INFINITY
  private readonly now: () => number
  private readonly record: (health: H, request: TrialRequest, event: HealthEvent) => void

  constructor(
    now: () => number,
    record: (health: H, request: TrialRequest, event: HealthEvent) => void
  ) {
    this.now = now
    this.record = record
  }

  /** Whether one may begin; nothing begins. Nearly always this is enough to say no. */
  look({ document }: H, request: TrialRequest): TrialStart {
    return decideTrial(document, request, this.lastAt, this.now())
  }

  /** Whether one may begin; one that may is in force at once. */
  decide(health: H, request: TrialRequest): TrialStart {
    const start = this.look(health, request)
    if (start._tag === "NotDue") return start
    this.lastAt = start.trial.at
    this.record(health, request, { _tag: "TrialBegun", ...start.trial, kind: request.kind })
    return start
  }

  /** The answer while another request is being decided on. */
  busy(): TrialStart {
    return { _tag: "NotDue", retryAt: this.now() + Trial.spacingMs }
  }
}
