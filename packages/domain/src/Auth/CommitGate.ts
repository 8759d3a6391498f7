/**
 * Decides when a response of the provider becomes the client's (decisions D14, D28). Until then
 * nothing of it is sent, and another credential may still be tried; afterwards there is no way
 * back. Every carrier (the gateway, a `fetch`, an `HttpClient`) asks the same gate, which knows no
 * transport: it is given the status, the bytes and the end, and says what to do with them.
 *
 * The carrier keeps the bytes that are held, sets the timer of {@link holdMs} and reports a client
 * that went away, which says nothing about the response.
 */
import { StreamScan, type StreamSign } from "../Anthropic/StreamScan.ts"
import type { HeaderReader } from "../Health/answerHeaders.ts"
import { classifyEvent, classifyNoAnswer } from "../Health/classify.ts"
import type { RequestShape } from "../Health/RequestTarget.ts"
import type { UpstreamFailure } from "../Health/UpstreamFailure.ts"
import { failureOf } from "./AttemptResult.ts"

/** How long a stream is held back while its first content is waited for, in ms. */
export const holdMs = 2_000

/** How much of a stream is held back at most, in bytes. */
export const maxHeldBytes = 64 * 1024

/** How much of a refusal's body is held, in bytes; the provider's have a few hundred. */
export const maxRefusalBytes = 1024 * 1024

/**
 * What to do with the beginning of a response, or with the next bytes of it.
 *
 * - `hold`: keep them; nothing is sent.
 * - `commit`: send the head and everything that is held, with these bytes.
 * - `send`: send these bytes.
 * - `refuse`: an error came before any content. What is held is the provider's refusal; read no
 *   further, and take {@link CommitGate.end}.
 */
export type Step = "hold" | "commit" | "send" | "refuse"

/**
 * How a response ended.
 *
 * - `Answered`: it was sent whole.
 * - `Broken`: it failed after something of it was sent. `isCutOff`: its end is missing, so that the
 *   client must not take it for whole; otherwise it reports the error itself.
 * - `Refused`: nothing was sent. What is held is the provider's own refusal, whole.
 * - `Unanswered`: nothing was sent, and nothing is held that a client could use.
 */
export type Ending =
  | { readonly _tag: "Answered" }
  | { readonly _tag: "Broken"; readonly failure: UpstreamFailure; readonly isCutOff: boolean }
  | { readonly _tag: "Refused"; readonly failure: UpstreamFailure }
  | { readonly _tag: "Unanswered"; readonly failure: UpstreamFailure }

/** What a gate needs of its carrier. */
export interface Carrier {
  readonly now: () => number
  /** What is held, unpacked, as text; at most {@link maxRefusalBytes} of it. */
  readonly heldText: () => string
  /** Receives the data of each event that reports tokens, as JSON text. */
  readonly onUsage: ((data: string) => void) | undefined
}

/** The head of a response. */
export interface Head {
  readonly status: number
  readonly header: HeaderReader
  /** Whether the request's method is HEAD: no body will come, whatever the head announces. */
  readonly isHead: boolean
}

/** Whether a body can be read as it comes, without unpacking it. */
export const isPlain = (header: HeaderReader): boolean =>
  (header("content-encoding") ?? "identity") === "identity"

const truncated = () => classifyNoAnswer("reset", "TRUNCATED")

/** The gate of one response. */
export class CommitGate {
  private phase: "waiting" | "holding" | "refusing" | "refused" | "committed" = "waiting"
  private status = 0
  private header: HeaderReader = () => undefined
  private heldBytes = 0
  private scan: StreamScan | undefined
  private isStopped = false
  /** What went wrong with a response whose bytes go on all the same. */
  private fault: UpstreamFailure | undefined
  private readonly request: RequestShape
  private readonly carrier: Carrier

  constructor(request: RequestShape, carrier: Carrier) {
    this.request = request
    this.carrier = carrier
  }

  /** Whether no head has come yet. */
  get isWaiting(): boolean {
    return this.phase === "waiting"
  }

  /** Whether the carrier keeps the bytes. */
  get isHolding(): boolean {
    return this.phase === "holding" || this.phase === "refusing"
  }

  /** Whether the response is one of events, which are read while they pass. */
  get isStream(): boolean {
    return this.scan !== undefined
  }

  /** The head has come. */
  begin({ header, isHead, status }: Head): "hold" | "commit" {
    this.status = status
    this.header = header
    if (status >= 300) {
      this.phase = "refusing"
      return "hold"
    }
    const isEvents = header("content-type")?.includes("text/event-stream") === true
    // A stream is asked for without compression; one that comes packed all the same is passed on.
    if (!isEvents || isHead || !isPlain(header)) {
      this.phase = "committed"
      return "commit"
    }
    this.scan = new StreamScan()
    this.phase = "holding"
    return "hold"
  }

  /** The next bytes, which the carrier has among what it holds where {@link isHolding}. */
  push(chunk: Uint8Array): Step {
    if (this.phase === "committed") {
      if (this.scan !== undefined) for (const sign of this.scan.push(chunk)) this.note(sign)
      return "send"
    }
    this.heldBytes += chunk.length
    if (this.phase === "holding") return this.hold(chunk)
    if (this.phase !== "refusing" || this.heldBytes <= maxRefusalBytes) return "hold"
    // A refusal that is too large to hold is passed on; nothing else can be tried then.
    this.fault = this.refusal()
    this.phase = "committed"
    return "commit"
  }

  /** {@link holdMs} have passed. Whether the carrier has to send the head and what it holds. */
  release(): boolean {
    if (this.phase !== "holding") return false
    this.phase = "committed"
    return true
  }

  /** The response ended as it should, as far as the transport can tell. */
  end(): Ending {
    switch (this.phase) {
      case "refusing":
        return { _tag: "Refused", failure: this.refusal() }
      case "refused":
        return { _tag: "Refused", failure: this.fault ?? truncated() }
      case "committed":
        if (this.fault !== undefined || this.scan === undefined || this.isStopped)
          return this.whole()
        return { _tag: "Broken", failure: truncated(), isCutOff: true }
      case "holding":
      case "waiting":
        return { _tag: "Unanswered", failure: truncated() }
    }
  }

  /** The connection failed. */
  fail(failure: UpstreamFailure): Ending {
    if (this.phase !== "committed") return { _tag: "Unanswered", failure }
    // After `message_stop` the response is whole, however the connection ended.
    if (this.isStopped) return this.whole()
    return { _tag: "Broken", failure: this.fault ?? failure, isCutOff: true }
  }

  private hold(chunk: Uint8Array): Step {
    let hasContent = false
    for (const sign of this.scan?.push(chunk) ?? []) {
      this.note(sign)
      if (sign._tag === "Error" && !hasContent) {
        this.phase = "refused"
        return "refuse"
      }
      hasContent ||= sign._tag !== "Usage"
    }
    if (!hasContent && this.heldBytes < maxHeldBytes) return "hold"
    this.phase = "committed"
    return "commit"
  }

  private note(sign: StreamSign): void {
    if (sign._tag === "Usage") this.carrier.onUsage?.(sign.data)
    else if (sign._tag === "Stop") this.isStopped = true
    else if (sign._tag === "Error")
      this.fault = classifyEvent(sign.data, this.header, this.carrier.now(), this.request)
  }

  private refusal(): UpstreamFailure {
    const { carrier, header, request, status } = this
    const { fast, model, path } = request
    const body = carrier.heldText()
    return failureOf({ status, header, body, now: carrier.now(), model, fast, path })
  }

  private whole(): Ending {
    if (this.fault === undefined) return { _tag: "Answered" }
    return { _tag: "Broken", failure: this.fault, isCutOff: false }
  }
}
