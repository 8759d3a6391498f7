/**
 * The control plane as the server sees it, the dashboard's files among it: its libraries and
 * handlers are loaded when the first request for it comes.
 */

import type { IncomingMessage, ServerResponse } from "node:http"
import { make as makeError } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import * as Effect from "effect/Effect"
import { pathOf } from "../pathOf.ts"
import { newRequestId, send } from "../respond.ts"
import type { ControlApp, ControlSources, Via } from "./controlApp.ts"
import { EventStreams, maxStreamsPerClient } from "./EventStreams.ts"

/** Who asks. */
export interface Caller {
  readonly via: Via
  /** What streams of events are counted under. */
  readonly name: string
  /** Whether it may still look: a stream of events ends when it may not. Default: always. */
  readonly isStillAllowed?: () => boolean
}

/** Answers one control request that may pass. */
export type ControlHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: Caller
) => Effect.Effect<void>

/** Whether a path is the control plane's. */
export const isControlPath = (path: string): boolean =>
  path === "/metrics" || path === "/clawdbot" || path.startsWith("/clawdbot/")

const eventsPath = "/clawdbot/events"

/** How often it is looked whether a reader of events may still look, in ms. */
const lookAgainMs = 1_000

const tooManyStreams = () =>
  makeError({
    status: 429,
    type: "rate_limit_error",
    message:
      `too many event streams are open (at most ${maxStreamsPerClient} per client); ` + "close one",
    code: "TooManyStreams",
    requestId: newRequestId(),
    retryAfterSeconds: 5
  })

/** Ends a stream of events when its reader may not look any longer; `leave` hears of its end. */
const watch = (
  response: ServerResponse,
  isStillAllowed: (() => boolean) | undefined,
  leave: () => void
): void => {
  const timer = ifDefined(isStillAllowed, (isStillAllowed) =>
    setInterval(() => {
      if (!isStillAllowed()) response.destroy()
    }, lookAgainMs).unref()
  )
  const onClose = () => {
    clearInterval(timer)
    leave()
  }
  if (response.destroyed) onClose()
  else response.on("close", onClose)
}

/** The handler. `added` headers go on every answer. */
export const make = (
  sources: ControlSources,
  added: Readonly<Record<string, string>>
): ControlHandler => {
  const streams = new EventStreams()
  let loading: Promise<readonly [ControlApp, typeof import("./webBridge.ts")]> | undefined
  const pages = () => import("../dashboard/pages.ts")
  const load = () => {
    loading ??= Promise.all([
      import("./controlApp.ts").then(({ make: makeApp }) => makeApp(sources)),
      import("./webBridge.ts")
    ])
    return loading
  }
  return (request, response, { isStillAllowed, name, via }) =>
    Effect.promise(async () => {
      const path = pathOf(request.url ?? "/")
      const isReading = request.method === "GET" || request.method === "HEAD"
      const page = isReading ? (await pages()).file(path) : undefined
      if (page !== undefined) return page(response, added)
      if (path === eventsPath) {
        const leave = streams.enter(name)
        if (leave === undefined) return send(response, tooManyStreams(), added)
        watch(response, isStillAllowed, leave)
      }
      const [app, { bridge }] = await load()
      await bridge(request, response, added, (asked) => app(asked, via))
    })
}
