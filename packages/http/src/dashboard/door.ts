/**
 * What happens at the door of the dashboard, for requests that carry no admin token. The pages are
 * loaded when somebody stands there.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import type { DashboardSession } from "./DashboardSession.ts"
import { isPageName } from "./pageFiles.ts"

const pages = Effect.promise(() => import("./pages.ts"))

/** Opens a link: the browser gets its session, or is told how to get another link. */
export const enter = (
  sessions: DashboardSession,
  request: IncomingMessage,
  response: ServerResponse,
  added: Readonly<Record<string, string>>
): Effect.Effect<void> =>
  Effect.map(pages, ({ entered, stranger }) => {
    // Looking whether a link is there (as chats do before anybody opens it) must not use it up.
    const session = request.method === "GET" ? sessions.enter(request.url ?? "") : undefined
    if (session === undefined) stranger(response, 403, added)
    else entered(response, session, added)
  })

/** What a browser loads by itself, without the page's key; it is the same for every gateway. */
const withoutKey: ReadonlySet<string> = new Set(["", "docs", "openapi.json"])

/** Whether a path is of a file that tells nothing of this gateway. */
export const isPageFile = (path: string): boolean => {
  if (path === "/clawdbot") return true
  if (!path.startsWith("/clawdbot/")) return false
  const name = path.slice("/clawdbot/".length)
  return withoutKey.has(name) || isPageName(name)
}

/** Whether it is a browser with a person before it. */
export const isPerson = ({ headers, method }: IncomingMessage): boolean =>
  method === "GET" && headers.accept?.includes("text/html") === true

/** Tells a person whose browser has not entered how to. */
export const turnAway = (
  response: ServerResponse,
  added: Readonly<Record<string, string>>
): Effect.Effect<void> => Effect.map(pages, ({ stranger }) => stranger(response, 401, added))
