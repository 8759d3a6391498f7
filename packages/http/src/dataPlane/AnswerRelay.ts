/**
 * One answer of the upstream on its way to the client (decisions D14, D27, D28).
 *
 * Until the answer is committed nothing reaches the client, and another credential may still be
 * tried. Afterwards bytes go straight from socket to socket with back-pressure; an upstream that
 * breaks off breaks the client's connection off too, and a client that leaves takes the upstream
 * request with it.
 */
import type { ServerResponse } from "node:http"
import type { AttemptResult } from "@clawdbot/domain/Auth/AttemptResult"
import {
  CommitGate,
  type Ending,
  holdMs,
  isPlain,
  maxRefusalBytes
} from "@clawdbot/domain/Auth/CommitGate"
import type { HeaderReader } from "@clawdbot/domain/Health/answerHeaders"
import { isLengthMismatch, noAnswer } from "@clawdbot/domain/Health/noAnswer"
import type { UpstreamFailure } from "@clawdbot/domain/Health/UpstreamFailure"
import type { Dispatcher } from "undici"
import type { Exchanged, HeldAnswer } from "./Answer.ts"
import { AnswerBody } from "./AnswerBody.ts"
import { clientHeaders, windowsOf } from "./answerHead.ts"
import { breakConnection, Resend } from "./brokenConnection.ts"
import { Creations } from "./Creations.ts"
import { asTexts, reader, readerOfAll } from "./forwardHeaders.ts"
import { Pieces } from "./Pieces.ts"
import type { Account, RelayRequest } from "./RelayRequest.ts"
import { UsageMeter } from "./UsageMeter.ts"
import { badGateway, isBodyless, readable } from "./upstreamAnswer.ts"

/**
 * An answer that goes on goes on for so many bytes: what the system gives at once. Stopping within
 * them costs more than the rest of them.
 */
const runBytes = 64 * 1024
/** What that costs in pieces as small as events are, in µs. */
const runCost = 400

/**
 * The life of one attempt. Callbacks instead of effects: this is the path that every byte takes.
 */
export class AnswerRelay implements Dispatcher.DispatchHandler {
  private readonly gate: CommitGate
  private isDone = false
  private abort: ((error?: Error) => void) | undefined
  private status = 0
  private headers: ReadonlyArray<string> = []
  private readonly held = new Pieces()
  private created: Creations | undefined
  private meter: UsageMeter | undefined
  private timer: NodeJS.Timeout | undefined
  private resumeUpstream: (() => void) | undefined
  /** Whether the upstream waits until the client's time has come. */
  private isDeferred = false
  /** Bytes since it went on. */
  private run = 0
  private readonly asked: RelayRequest
  private readonly account: Account
  private readonly response: ServerResponse
  private readonly body: AnswerBody
  private readonly now: () => number
  private readonly settle: (result: AttemptResult<Exchanged>) => void
  private readonly resend: Resend

  constructor(
    asked: RelayRequest,
    account: Account,
    response: ServerResponse,
    now: () => number,
    settle: (result: AttemptResult<Exchanged>) => void,
    /** Sends the same once more; undefined where its body is gone. */
    sendAgain: (() => void) | undefined
  ) {
    this.asked = asked
    this.account = account
    this.response = response
    this.body = new AnswerBody(response, this.onRead)
    this.now = now
    this.settle = settle
    this.gate = new CommitGate(asked, {
      now,
      heldText: () => readable(reader(this.headers)("content-encoding"), this.refusalBody()),
      onUsage: asked.onUsage && ((data) => this.meter?.event(data))
    })
    this.resend = new Resend(now, sendAgain)
    response.on("close", this.onClientClose)
  }

  private readonly onClientClose = (): void => {
    if (!this.response.writableFinished) this.abandon()
  }

  private readonly onRead = (): void => {
    if (!this.isDone && !this.isDeferred) this.resumeUpstream?.()
  }

  /** The client's time for more of the answer has come. */
  private readonly onTurn = (): void => {
    this.isDeferred = false
    if (!this.isDone && !this.response.writableNeedDrain) this.resumeUpstream?.()
  }

  /** Ends the upstream request, whatever it is doing. */
  private cancel(): void {
    const { abort } = this
    this.abort = undefined
    abort?.(new Error("the exchange ended"))
  }

  /**
   * Nobody waits for the answer any more. The result is set first: ending the request calls back
   * with an error of its own.
   */
  abandon(): void {
    this.finish({ _tag: "Abandoned", value: undefined })
    this.cancel()
  }

  /** The upstream takes nothing of the request, or does not answer it, for too long. */
  timeOut(): void {
    const { abort } = this
    this.abort = undefined
    abort?.(Object.assign(new Error("the upstream stands still"), { code: "ETIMEDOUT" }))
  }

  private finish(result: AttemptResult<Exchanged>): void {
    if (this.isDone) return
    this.isDone = true
    clearTimeout(this.timer)
    this.body.stop()
    // An answer that went out whole was the last: the listener goes with it.
    if (result._tag !== "Answered") this.response.off("close", this.onClientClose)
    const usage = this.meter?.end()
    // A refusal that told of nothing used nothing; an answer that told of nothing used nobody knows
    // how much.
    if (usage !== undefined || (this.meter !== undefined && result._tag !== "Refused")) {
      this.asked.onUsage?.(this.account, usage)
    }
    this.settle(result)
  }

  private clientHeaders(): Array<string> {
    return clientHeaders(this.status, this.headers, this.asked.answerHeaders, this.asked.limitsOf)
  }

  private heldAnswer(): HeldAnswer {
    return {
      status: this.status,
      headers: this.clientHeaders(),
      body: this.held.joined()
    }
  }

  private refusalBody(): Buffer {
    return this.held.joined().subarray(0, maxRefusalBytes)
  }

  /** From here on the answer is the client's; there is no way back. */
  private commit(): void {
    clearTimeout(this.timer)
    this.asked.onBegin(this.now())
    this.response.writeHead(this.status, this.clientHeaders())
    if (this.held.bytes > 0) for (const chunk of this.held.list()) this.body.write(chunk)
    else if (this.gate.isStream) this.response.flushHeaders()
    this.held.clear()
  }

  onConnect(abort: (error?: Error) => void): void {
    this.abort = abort
    if (this.isDone) this.cancel()
  }

  onHeaders(status: number, raw: Array<Buffer>, resume: () => void): boolean {
    if (status < 200 || this.isDone) return true
    this.status = status
    this.headers = asTexts(raw)
    this.resumeUpstream = resume
    const header = status < 300 ? reader(this.headers) : readerOfAll(this.headers)
    if (status < 300) this.expectAnswer(header)
    if (this.gate.begin({ status, header, isHead: this.asked.method === "HEAD" }) === "commit")
      this.commit()
    else if (this.gate.isStream)
      this.timer = setTimeout(() => {
        if (this.gate.release()) this.commit()
      }, holdMs)
    return true
  }

  /** A good status came: listens for what the answer creates and uses. */
  private expectAnswer(header: HeaderReader): void {
    this.asked.onAccepted?.()
    const encoding = header("content-encoding")
    const created = new Creations(
      this.asked,
      this.account.profile,
      this.body,
      encoding,
      isPlain(header)
    )
    this.created = created
    const { onMessage, onUsage } = this.asked
    if (onUsage !== undefined) this.meter = new UsageMeter(encoding, created.onMessage, onMessage)
  }

  onData(chunk: Buffer): boolean {
    if (this.isDone || this.gate.isWaiting) return true
    if (this.gate.isHolding) this.held.push(chunk)
    switch (this.gate.push(chunk)) {
      case "send":
        return this.relay(chunk)
      case "hold":
        this.created?.hold(chunk)
        return true
      case "commit":
        this.created?.hold(chunk)
        this.commit()
        return true
      case "refuse":
        this.conclude(this.gate.end())
        this.cancel()
        return false
    }
  }

  private relay(chunk: Buffer): boolean {
    if (!this.gate.isStream) this.meter?.body(chunk)
    this.created?.push(chunk)
    const wantsMore = this.body.write(chunk)
    this.run += chunk.length
    if (this.asked.turns.pass(chunk.length) || this.run < runBytes) return wantsMore
    this.run = 0
    if (!this.isDeferred) this.asked.turns.defer(this.onTurn, runCost)
    this.isDeferred = true
    return false
  }

  private conclude(ending: Ending): void {
    switch (ending._tag) {
      case "Answered":
        return this.relayed()
      case "Broken":
        if (ending.isCutOff) return this.breakOff(ending.failure)
        this.endBody()
        return this.finish({ _tag: "Broken", value: undefined, failure: ending.failure })
      case "Refused":
        return this.finish({ ...ending, value: this.heldAnswer() })
      case "Unanswered":
        // Nothing has reached the client, and nothing of worth came: as good as no answer.
        return this.finish({
          _tag: "Refused",
          value: badGateway(ending.failure, this.asked.answerHeaders),
          failure: ending.failure
        })
    }
  }

  onComplete(): void {
    this.abort = undefined
    if (!this.isDone) this.conclude(this.gate.end())
  }

  onError(error: Error): void {
    this.abort = undefined
    if (this.isDone) return
    // These have no body whatever length they tell (RFC 9112 §6.3), so they are whole.
    if (isLengthMismatch(error) && isBodyless(this.status)) return this.onComplete()
    if (this.gate.isWaiting && this.resend.after(error)) return
    this.conclude(this.gate.fail(noAnswer(error)))
  }

  private endBody(): void {
    this.created?.end()
    this.body.end()
  }

  /** The end of an answer that reached the client whole. */
  private relayed(): void {
    this.endBody()
    const organization = reader(this.headers)("anthropic-organization-id")
    const windows = windowsOf(this.headers, this.asked, this.now)
    this.finish({ _tag: "Answered", value: undefined, windows, organization })
  }

  /** What is cut off must look cut off: a clean end would make half an answer look whole. */
  private breakOff(failure: UpstreamFailure): void {
    this.finish({ _tag: "Broken", value: undefined, failure })
    breakConnection(this.response, this.body)
  }
}
