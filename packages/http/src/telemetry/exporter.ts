/**
 * Traces and metrics by OTLP over HTTP, in JSON (decision D51). A request only leaves its record in
 * a queue: spans are made and sent in the background. The queue is bounded, so a collector that is
 * away or slow costs its spans and nothing else.
 */
import * as crypto from "node:crypto"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { boundedMemo } from "@clawdbot/domain/Bounded/boundedMemo"
import * as ProcessMetrics from "@clawdbot/domain/Metric/processMetrics"
import { version } from "@clawdbot/domain/version"
import { UpstreamClient } from "@clawdbot/node/Upstream/UpstreamClient"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { ServedRequest } from "../dataPlane/ServedRequest.ts"
import * as Otlp from "./otlp.ts"
import { type ExportFailed, postJson } from "./postJson.ts"
import { RequestMetrics } from "./requestMetrics.ts"
import { type Ids, requestSpans } from "./requestSpans.ts"
import { SpanBody } from "./SpanBody.ts"
import type { Span } from "./spanText.ts"
import type { Telemetry } from "./Telemetry.ts"
import type { TelemetrySettings } from "./TelemetrySettings.ts"

/** So many requests wait for the collector, unless a test says otherwise. */
const standardMaxWaiting = 2_048

/**
 * So many go out together, as soon as they are there: making their spans takes a millisecond or two
 * of the event loop, and what waits longer costs more to clear away.
 */
const batchSize = 128

/** How long fewer of them wait. */
const sendEvery = "1 second"

/** How long the end of the gateway waits for the last of it. */
const flushTimeout = "3 seconds"

/** Conversations whose names are worked out once. */
const maxConversations = 512

/** Random bytes are asked for by the block: a few cost as much as thousands. */
const randomBlock = 4_096

/** Gives random hexadecimal digits. */
const randomHex = () => {
  let block = ""
  let used = 0
  return (digits: number): string => {
    if (used + digits > block.length) {
      block = crypto.randomBytes(randomBlock).toString("hex")
      used = 0
    }
    used += digits
    return block.slice(used - digits, used)
  }
}

const randomIds = (): Ids => {
  const key = crypto.randomBytes(32)
  const hex = randomHex()
  return {
    trace: () => hex(32),
    span: () => hex(16),
    // By a key of this process: the same conversation is known again, and nobody finds its name.
    conversation: boundedMemo(
      (conversation) =>
        crypto.createHmac("sha256", key).update(conversation).digest("hex").slice(0, 32),
      maxConversations
    )
  }
}

const sourceOf = ({ resource, serviceName }: TelemetrySettings): Otlp.Source => {
  const named = {
    "service.version": version,
    "service.instance.id": crypto.randomUUID(),
    ...resource,
    "service.name": serviceName
  }
  const attributes = new Otlp.Attributes()
  for (const [name, value] of Object.entries(named)) attributes.text(name, value)
  return { version, resource: attributes.list }
}

/** A request that waits. Sent once more, its spans are the same, so that a collector knows them. */
class WaitingRequest {
  private made: ReadonlyArray<Span> | undefined
  private readonly served: ServedRequest

  constructor(served: ServedRequest) {
    this.served = served
  }

  spans(ids: Ids): ReadonlyArray<Span> {
    this.made ??= requestSpans(this.served, ids)
    return this.made
  }
}

/** The requests that wait for the collector, oldest first. */
class WaitingRequests {
  private requests: Array<WaitingRequest> = []
  /** How many found no room since it was asked last. */
  private dropped = 0
  private readonly max: number

  constructor(max: number) {
    this.max = max
  }

  push(served: ServedRequest): void {
    if (this.requests.length < this.max) this.requests.push(new WaitingRequest(served))
    else this.dropped += 1
  }

  take(count: number): ReadonlyArray<WaitingRequest> {
    return this.requests.splice(0, count)
  }

  /** Puts requests back that could not be sent, as far as there is room. */
  putBack(requests: ReadonlyArray<WaitingRequest>): void {
    const room = Math.max(0, this.max - this.requests.length)
    this.dropped += Math.max(0, requests.length - room)
    this.requests = [...requests.slice(0, room), ...this.requests]
  }

  drop(count: number): void {
    this.dropped += count
  }

  /** How many wait. */
  get size(): number {
    return this.requests.length
  }

  takeDropped(): number {
    const { dropped } = this
    this.dropped = 0
    return dropped
  }
}

/** An exporter that runs until the scope closes, with a way to send at once what waits. */
export interface Exporter extends Telemetry {
  readonly flush: Effect.Effect<void, ExportFailed>
}

/** What is the same in every run of a test. */
export interface ExporterOptions {
  readonly ids?: Ids
  readonly maxWaiting?: number
}

/** Starts exporting. */
export const start = (
  settings: TelemetrySettings,
  { ids = randomIds(), maxWaiting = standardMaxWaiting }: ExporterOptions = {}
): Effect.Effect<Exporter, never, UpstreamClient | Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* UpstreamClient
    const { headers, metricsEveryMs, metricsUrl, tracesUrl } = settings
    const source = sourceOf(settings)
    const waiting = new WaitingRequests(maxWaiting)
    const metrics = new RequestMetrics(yield* Clock.currentTimeMillis)

    const isBatchThere = Effect.unsafeMakeLatch()
    /** A collector that is away is asked again by the clock. */
    let isTaken = true

    const countDropped = Effect.suspend(() =>
      Metric.incrementBy(ProcessMetrics.telemetryDropped.metric, waiting.takeDropped())
    )

    /** What was not sent is sent with the next: also where the gateway ends meanwhile. */
    const keep = (requests: ReadonlyArray<WaitingRequest>, exit: Exit.Exit<void, ExportFailed>) =>
      Effect.sync(() => {
        isTaken = Exit.isSuccess(exit)
        if (Exit.isSuccess(exit)) return
        const failed = Cause.failureOption(exit.cause)
        if (Option.isSome(failed) && !failed.value.isTemporary) waiting.drop(requests.length)
        else waiting.putBack(requests)
      })

    const body = new SpanBody(source)
    /** One batch is on its way at a time, in the memory of that body. */
    const oneAtATime = yield* Effect.makeSemaphore(1)

    const sendSpans = (url: string, requests: ReadonlyArray<WaitingRequest>) => {
      const spans = requests.flatMap((request) => request.spans(ids))
      if (spans.length === 0) return Effect.void
      body.fill(spans)
      return postJson(client, url, headers, body.bytes).pipe(
        Effect.onExit((exit) => keep(requests, exit))
      )
    }

    /** Sends so many at least as long as they are there. */
    const sendBatches = (url: string, least: number): Effect.Effect<void, ExportFailed> =>
      Effect.suspend(() => {
        if (waiting.size < least) return Effect.void
        return Effect.zipRight(sendSpans(url, waiting.take(batchSize)), sendBatches(url, least))
      })

    const flushSpans = (url: string, least = 1) =>
      sendBatches(url, least).pipe(oneAtATime.withPermits(1), Effect.ensuring(countDropped))

    /** Sends whole batches as they come, and what is less after a while. */
    const sendDue = (url: string) =>
      isBatchThere.await.pipe(
        Effect.timeoutOption(sendEvery),
        Effect.flatMap((woken) => flushSpans(url, Option.isSome(woken) ? batchSize : 1)),
        Effect.ensuring(isBatchThere.close)
      )

    const sendMetrics = (url: string) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        postJson(client, url, headers, Otlp.metricsBody(source, metrics.read(now)))
      )

    const traces = tracesUrl === undefined ? Effect.void : flushSpans(tracesUrl)
    const figures = metricsUrl === undefined ? Effect.void : sendMetrics(metricsUrl)
    const flush = Effect.zipRight(traces, figures)

    yield* Effect.addFinalizer(() =>
      flush.pipe(Effect.interruptible, Effect.timeoutOption(flushTimeout), Effect.ignore)
    )
    if (tracesUrl !== undefined)
      yield* BackgroundLoop.start(
        { task: "exporting traces", schedule: Schedule.forever },
        sendDue(tracesUrl)
      )
    yield* BackgroundLoop.start({ task: "exporting metrics", every: metricsEveryMs }, figures)
    return {
      record: (served) => {
        if (metricsUrl !== undefined) metrics.add(served)
        if (tracesUrl === undefined) return
        waiting.push(served)
        if (isTaken && waiting.size >= batchSize) isBatchThere.unsafeOpen()
      },
      flush
    }
  })
