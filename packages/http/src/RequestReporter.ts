/**
 * Reports what became of each request to the last requests, the metrics, the access log, and
 * whoever else listens.
 */
import type { IncomingMessage } from "node:http"
import type { CacheHours } from "@clawdbot/domain/PromptCache/CacheHours"
import type * as Effect from "effect/Effect"
import { accessLine } from "./control/accessLine.ts"
import type { Metrics } from "./control/Metrics.ts"
import type { RequestLog, RequestReport } from "./control/RequestLog.ts"
import type { LocalResponse, ServedRequest, Used } from "./dataPlane/ServedRequest.ts"
import { shortPathOf } from "./pathOf.ts"
import type { Telemetry } from "./telemetry/Telemetry.ts"

/** Who receives the reports. */
export interface Listeners {
  readonly requests: RequestLog
  readonly metrics: Metrics
  readonly cacheHours: CacheHours
  readonly accessLog: ((line: string) => void) | undefined
  readonly telemetry: Telemetry | undefined
  readonly observe: ((served: ServedRequest) => Effect.Effect<void> | undefined) | undefined
}

const nothing: ReadonlyArray<Used> = []

/** Reports requests. */
export class RequestReporter {
  private readonly to: Listeners

  constructor(to: Listeners) {
    this.to = to
  }

  private report(report: RequestReport, used: ReadonlyArray<Used>): void {
    this.to.metrics.add(report, used)
    this.to.accessLog?.(accessLine(report))
  }

  /** A request that wanted a credential. Gives what has to be done about it, if anything. */
  served(served: ServedRequest): Effect.Effect<void> | undefined {
    const {
      agent,
      cache,
      client,
      endedAt,
      failure,
      fallback,
      firstByteAt,
      held,
      method,
      model,
      movedFrom,
      path,
      skipped,
      startedAt,
      status,
      stream,
      trail
    } = served
    const report: RequestReport = {
      startedAt,
      firstByteAt,
      endedAt,
      stream,
      method,
      path: shortPathOf(path),
      status,
      agent,
      attempts: trail,
      passedOver: skipped,
      movedFrom,
      held,
      model,
      modelFallback: fallback?.words,
      client,
      cache,
      refused: failure
    }
    this.to.requests.add(report)
    if (cache !== undefined) this.to.cacheHours.add(endedAt, client ?? "", model ?? "", cache)
    this.report(report, served.used)
    this.to.telemetry?.record(served)
    return this.to.observe?.(served)
  }

  /**
   * A request that the gateway answered itself. Not among the last ones: whoever has no token could
   * push all others out of them.
   */
  own(
    { method = "GET", url = "/" }: IncomingMessage,
    { at, client, code, status }: LocalResponse
  ): void {
    const report = {
      startedAt: at,
      endedAt: at,
      method,
      path: shortPathOf(url),
      status,
      attempts: [],
      client,
      refused: code
    }
    this.report(report, nothing)
  }

  /** Bytes that were no request. */
  notUnderstood(at: number, status: number): void {
    const report = {
      startedAt: at,
      endedAt: at,
      method: "",
      path: "",
      status,
      attempts: [],
      refused: "NotUnderstood"
    }
    this.report(report, nothing)
  }
}
