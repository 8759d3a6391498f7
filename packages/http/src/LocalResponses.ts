/** The responses that the gateway gives itself, each of them reported. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { type ErrorType, make as makeError } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import type { Client } from "@clawdbot/domain/Client/ClientTokens"
import type { RequestReporter } from "./RequestReporter.ts"
import type { Malformed } from "./requestForm.ts"
import { newRequestId, send } from "./respond.ts"

/** Why a request is refused before anything was sent upstream. */
export interface Refusal {
  readonly status: number
  readonly type: ErrorType
  readonly message: string
  readonly code: string
}

/** Sends and reports them. `headers` go on every response, `now` gives epoch ms. */
export class LocalResponses {
  private readonly reporter: RequestReporter
  private readonly headers: Readonly<Record<string, string>>
  private readonly now: () => number

  constructor(
    reporter: RequestReporter,
    headers: Readonly<Record<string, string>>,
    now: () => number
  ) {
    this.reporter = reporter
    this.headers = headers
    this.now = now
  }

  /** Reports a request that the caller answers. */
  report(request: IncomingMessage, status: number, code: string, client?: Client): void {
    this.reporter.own(request, { at: this.now(), status, code, client: client?.name })
  }

  /** Reports bytes that are no request. */
  reportUnreadable(status: number): void {
    this.reporter.notUnderstood(this.now(), status)
  }

  /** Refuses a request in the provider's envelope. */
  refuse(response: ServerResponse, refusal: Refusal, added = this.headers): void {
    this.report(response.req, refusal.status, refusal.code)
    send(response, makeError({ ...refusal, requestId: newRequestId() }), added)
  }

  /** Refuses a request whose head is malformed. */
  refuseMalformed(response: ServerResponse, fault: Malformed): void {
    const { code, message, status } = fault
    const headers = { ...this.headers, ...fault.headers }
    this.refuse(response, { status, type: "invalid_request_error", message, code }, headers)
  }

  /** Refuses a request because too many are in flight, of all clients or of one. */
  refuseBusy(response: ServerResponse, client?: Client): void {
    this.report(response.req, 529, "TooManyRequests", client)
    const answer = makeError({
      status: 529,
      type: "overloaded_error",
      message: "too many requests are in flight; try again in a moment",
      code: "TooManyRequests",
      requestId: newRequestId(),
      retryAfterSeconds: 1
    })
    send(response, answer, { ...this.headers, connection: "close" })
  }

  /** Sends a document; not reported. */
  json(response: ServerResponse, value: unknown, status = 200): void {
    if (response.destroyed) return
    const body = JSON.stringify(value)
    response.writeHead(status, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      ...this.headers
    })
    response.end(body)
  }
}
