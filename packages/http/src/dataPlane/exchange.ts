/**
 * One attempt: sends a request with one credential and hands the answer to the client while it comes (decisions D13, D14, D27, D28).
 *
 * Until the answer is committed nothing reaches the client, and another credential may still be tried. Afterwards bytes go straight from
 * socket to socket with back-pressure; an upstream that breaks off breaks the client's connection off too, and a client that leaves takes the
 * upstream request with it.
 */
import type { ServerResponse } from "node:http"
import * as zlib from "node:zlib"
import { StreamScan, type StreamSign } from "@clawdbot/domain/Anthropic/StreamScan"
import type { AttemptResult } from "@clawdbot/domain/Auth/Attempt"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import { classify, classifyEvent, classifyNoAnswer } from "@clawdbot/domain/Health/classify"
import { readWindows } from "@clawdbot/domain/Health/readWindows"
import type { UpstreamFailure } from "@clawdbot/domain/Health/UpstreamFailure"
import * as Effect from "effect/Effect"
import type { Dispatcher } from "undici"
import type { HeldAnswer } from "./Answer.ts"
import { reader, toClient, toUpstream } from "./forwardHeaders.ts"

/** How long and how much of a stream is held back while its first content is waited for (decision D28). */
const holdMs = 2_000
const holdBytes = 64 * 1024
/** How long a client may take to read what was sent before a break, in ms. */
const flushMs = 5_000
/** How much of an error's body is kept. The provider's are a few hundred bytes. */
const errorBytes = 4 * 1024 * 1024

/** What is sent, the same for every attempt. */
export interface Outgoing {
  readonly method: string
  /** Path with its query, from `/v1/` on. */
  readonly path: string
  readonly rawHeaders: ReadonlyArray<string>
  readonly body: Buffer
  readonly model: string | undefined
  readonly stream: boolean
  /** `models.providers.<id>.headers`. */
  readonly configuredHeaders: Readonly<Record<string, string>>
  /** Headers of our own on every answer. */
  readonly answerHeaders: Readonly<Record<string, string>>
}

/** What an attempt gives back: the answer that was held, or nothing where it went to the client already. */
export type Exchanged = HeldAnswer | undefined

type Phase = "waiting" | "holding" | "relaying" | "refusing" | "done"

const decompress = (encoding: string | undefined, body: Buffer): string => {
  try {
    const limit = { maxOutputLength: errorBytes }
    switch (encoding?.trim().toLowerCase()) {
      case "gzip":
        return zlib.gunzipSync(body, limit).toString("utf8")
      case "br":
        return zlib.brotliDecompressSync(body, limit).toString("utf8")
      case "deflate":
        return zlib.inflateSync(body, limit).toString("utf8")
      default:
        return body.toString("utf8")
    }
  } catch {
    // Only for reading the error's kind; the bytes themselves are handed on untouched.
    return ""
  }
}

const noAnswer = (error: unknown): UpstreamFailure => {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "UNKNOWN"
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return classifyNoAnswer("timeout", code)
  if (code === "ECONNREFUSED") return classifyNoAnswer("refused", code)
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return classifyNoAnswer("dns", code)
  if (/CERT|TLS|SSL/.test(code)) return classifyNoAnswer("tls", code)
  return classifyNoAnswer("reset", code)
}

const badGateway = (failure: UpstreamFailure, answerHeaders: Readonly<Record<string, string>>): HeldAnswer => ({
  status: failure.class === "timeout" ? 504 : 502,
  headers: ["content-type", "application/json", ...Object.entries(answerHeaders).flat()],
  body: new TextEncoder().encode(
    JSON.stringify({
      type: "error",
      error: {
        type: failure.class === "timeout" ? "timeout_error" : "api_error",
        message: failure.message ?? "no answer from the provider",
        details: { error_code: "UpstreamUnavailable" }
      }
    })
  )
})

/** The life of one attempt. Callbacks instead of effects: this is the path that every byte takes. */
class Exchange implements Dispatcher.DispatchHandler {
  private phase: Phase = "waiting"
  private abort: ((error?: Error) => void) | undefined
  private status = 0
  private raw: ReadonlyArray<Buffer> = []
  private held: Array<Buffer> = []
  private heldBytes = 0
  private scan: StreamScan | undefined
  private stopped = false
  private streamError: string | undefined
  private timer: NodeJS.Timeout | undefined
  private resumeUpstream: (() => void) | undefined
  private readonly outgoing: Outgoing
  private readonly response: ServerResponse
  private readonly now: () => number
  private readonly settle: (result: AttemptResult<Exchanged>) => void

  constructor(
    outgoing: Outgoing,
    response: ServerResponse,
    now: () => number,
    settle: (result: AttemptResult<Exchanged>) => void
  ) {
    this.outgoing = outgoing
    this.response = response
    this.now = now
    this.settle = settle
    response.on("close", this.onClientClose)
    response.on("drain", this.onDrain)
  }

  private readonly onClientClose = (): void => {
    if (this.response.writableFinished) return
    this.cancel()
    this.finish({ _tag: "Abandoned", value: undefined })
  }

  private readonly onDrain = (): void => this.resumeUpstream?.()

  /** Ends the upstream request, whatever it is doing. */
  cancel(): void {
    this.abort?.(new Error("the exchange ended"))
    this.abort = undefined
  }

  private finish(result: AttemptResult<Exchanged>): void {
    if (this.phase === "done") return
    this.phase = "done"
    clearTimeout(this.timer)
    this.response.off("close", this.onClientClose)
    this.response.off("drain", this.onDrain)
    this.settle(result)
  }

  private heldAnswer(): HeldAnswer {
    return {
      status: this.status,
      headers: toClient(this.raw, this.outgoing.answerHeaders),
      body: Buffer.concat(this.held, this.heldBytes)
    }
  }

  /** From here on the answer is the client's; there is no way back. */
  private commit(): void {
    clearTimeout(this.timer)
    this.phase = "relaying"
    this.response.writeHead(this.status, toClient(this.raw, this.outgoing.answerHeaders))
    if (this.heldBytes > 0) this.response.write(Buffer.concat(this.held, this.heldBytes))
    else this.response.flushHeaders()
    this.held = []
  }

  private keep(chunk: Buffer): void {
    this.held.push(chunk)
    this.heldBytes += chunk.length
  }

  private note(sign: StreamSign): void {
    if (sign._tag === "Stop") this.stopped = true
    else if (sign._tag === "Error") this.streamError = sign.data
  }

  onConnect(abort: (error?: Error) => void): void {
    this.abort = abort
    if (this.phase === "done") this.cancel()
  }

  onHeaders(status: number, raw: Array<Buffer>, resume: () => void): boolean {
    if (status < 200 || this.phase === "done") return true
    this.status = status
    this.raw = raw
    this.resumeUpstream = resume
    const header = reader(raw)
    if (status >= 300) {
      this.phase = "refusing"
      return true
    }
    const isStream = header("content-type")?.includes("text/event-stream") === true
    const readable = (header("content-encoding") ?? "identity") === "identity"
    if (!isStream || !readable || this.outgoing.method === "HEAD") {
      this.commit()
      return true
    }
    this.scan = new StreamScan()
    this.phase = "holding"
    this.timer = setTimeout(() => {
      if (this.phase === "holding") this.commit()
    }, holdMs)
    return true
  }

  onData(chunk: Buffer): boolean {
    if (this.phase === "relaying") {
      if (this.scan !== undefined) for (const sign of this.scan.push(chunk)) this.note(sign)
      return this.response.write(chunk)
    }
    if (this.phase === "holding" && this.scan !== undefined) {
      this.keep(chunk)
      let content = false
      for (const sign of this.scan.push(chunk)) {
        if (sign._tag === "Error" && !content) return this.refuseStream(sign.data)
        this.note(sign)
        content = content || sign._tag !== "Error"
      }
      if (content || this.heldBytes >= holdBytes) this.commit()
      return true
    }
    if (this.phase === "refusing" && this.heldBytes < errorBytes) this.keep(chunk)
    return true
  }

  /** An error event before any content: the answer failed, whatever its status said. */
  private refuseStream(data: string): boolean {
    const failure = classifyEvent(data, reader(this.raw), this.now(), this.outgoing.model)
    const value = this.heldAnswer()
    this.finish({ _tag: "Refused", value, failure })
    this.cancel()
    return false
  }

  private refused(): void {
    const header = reader(this.raw)
    const value = this.heldAnswer()
    const failure = classify({
      status: this.status,
      header,
      body: decompress(header("content-encoding"), Buffer.from(value.body)),
      now: this.now(),
      ...(this.outgoing.model !== undefined ? { model: this.outgoing.model } : {})
    })
    this.finish({ _tag: "Refused", value, failure })
  }

  onComplete(): void {
    this.abort = undefined
    switch (this.phase) {
      case "refusing":
        return this.refused()
      case "holding": {
        // The end came before any content, and nothing has reached the client: as good as no answer.
        const failure = classifyNoAnswer("reset", "TRUNCATED")
        return this.finish({ _tag: "Refused", value: badGateway(failure, this.outgoing.answerHeaders), failure })
      }
      case "relaying":
        return this.relayed()
      case "waiting":
      case "done":
        return
    }
  }

  private relayed(): void {
    if (this.streamError !== undefined) {
      const failure = classifyEvent(this.streamError, reader(this.raw), this.now(), this.outgoing.model)
      this.response.end()
      return this.finish({ _tag: "Broken", value: undefined, failure })
    }
    if (this.scan !== undefined && !this.stopped) return this.breakOff(classifyNoAnswer("reset", "TRUNCATED"))
    this.response.end()
    const header = reader(this.raw)
    const organization = header("anthropic-organization-id")
    const { windows } = readWindows({
      header,
      now: this.now(),
      failureClass: "none",
      ...(this.outgoing.model !== undefined ? { model: this.outgoing.model } : {})
    })
    this.finish({
      _tag: "Answered",
      value: undefined,
      windows,
      ...(organization !== undefined ? { organization } : {})
    })
  }

  /** What is cut off must look cut off: a clean end would make half an answer look whole. */
  private breakOff(failure: UpstreamFailure): void {
    this.finish({ _tag: "Broken", value: undefined, failure })
    const { socket } = this.response
    if (socket === null) return void this.response.destroy()
    // What came before the break is the client's: it goes out first. A client that does not read it does not hold the socket for ever.
    socket.destroySoon()
    setTimeout(() => socket.destroy(), flushMs).unref()
  }

  onError(error: Error): void {
    this.abort = undefined
    if (this.phase === "done") return
    const failure = noAnswer(error)
    if (this.phase === "relaying") return this.breakOff(failure)
    this.finish({ _tag: "Refused", value: badGateway(failure, this.outgoing.answerHeaders), failure })
  }
}

/** Sends the request with a credential. `now` gives epoch ms. Interruption ends the upstream request. */
export const exchange = (
  client: Pick<Dispatcher, "dispatch">,
  outgoing: Outgoing,
  response: ServerResponse,
  now: () => number,
  use: CredentialUse
): Effect.Effect<AttemptResult<Exchanged>> =>
  Effect.async((resume) => {
    if (response.destroyed) return resume(Effect.succeed({ _tag: "Abandoned", value: undefined }))
    const life = new Exchange(outgoing, response, now, (result) => resume(Effect.succeed(result)))
    client.dispatch(
      {
        origin: use.origin,
        path: `${use.basePath}${outgoing.path}`,
        // The client's own method; undici passes every token on.
        method: outgoing.method as Dispatcher.HttpMethod,
        headers: toUpstream({
          raw: outgoing.rawHeaders,
          configured: outgoing.configuredHeaders,
          use,
          identity: outgoing.stream
        }),
        body: outgoing.body.length === 0 ? null : outgoing.body
      },
      life
    )
    return Effect.sync(() => life.cancel())
  })
