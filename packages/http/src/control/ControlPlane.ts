/**
 * The control plane as the server sees it, the dashboard's files among it: its libraries and
 * handlers are loaded when the first request for it comes.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import { pathOf } from "../pathOf.ts"
import type { ControlApp, ControlSources, Via } from "./controlApp.ts"

/** Answers one control request that may pass. */
export type ControlHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  via: Via
) => Effect.Effect<void>

/** Whether a path is the control plane's. */
export const isControlPath = (path: string): boolean =>
  path === "/metrics" || path === "/clawdbot" || path.startsWith("/clawdbot/")

/** The handler. `added` headers go on every answer. */
export const make = (
  sources: ControlSources,
  added: Readonly<Record<string, string>>
): ControlHandler => {
  let loading: Promise<readonly [ControlApp, typeof import("./webBridge.ts")]> | undefined
  const pages = () => import("../dashboard/pages.ts")
  const load = () => {
    loading ??= Promise.all([
      import("./controlApp.ts").then(({ make: makeApp }) => makeApp(sources)),
      import("./webBridge.ts")
    ])
    return loading
  }
  return (request, response, via) =>
    Effect.promise(async () => {
      const isReading = request.method === "GET" || request.method === "HEAD"
      const page = isReading ? (await pages()).file(pathOf(request.url ?? "/")) : undefined
      if (page !== undefined) return page(response, added)
      const [app, { bridge }] = await load()
      await bridge(request, response, added, (asked) => app(asked, via))
    })
}
