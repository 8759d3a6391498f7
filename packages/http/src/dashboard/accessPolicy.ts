/**
 * What a request to the dashboard without an admin token may have, and the response where it is
 * rejected. The pages are loaded with the first such request.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import type { DashboardSession } from "./DashboardSession.ts"
import { isPageName } from "./pageFiles.ts"

const pages = Effect.promise(() => import("./pages.ts"))

/** Opens a link: the browser gets its session, or a page that says how to get another link. */
export const openLink = (
  sessions: DashboardSession,
  request: IncomingMessage,
  response: ServerResponse,
  added: Readonly<Record<string, string>>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { signedIn, unauthenticated } = yield* pages
    // Looking whether a link is there (as chats do before anybody opens it) must not use it up.
    const isOpened = request.method === "GET"
    const session = isOpened ? yield* sessions.openLink(request.url ?? "") : undefined
    if (session === undefined) unauthenticated(response, 403, added)
    else signedIn(response, session, added)
  })

/** What a browser loads by itself, without the page's key; it is the same for every gateway. */
const withoutKey: ReadonlySet<string> = new Set(["", "docs", "openapi.json"])

/** Whether a path is of a file that is the same for every gateway. */
export const isPublicFile = (path: string): boolean => {
  if (path === "/clawdbot") return true
  if (!path.startsWith("/clawdbot/")) return false
  const name = path.slice("/clawdbot/".length)
  return withoutKey.has(name) || isPageName(name)
}

/** True for a page that a browser navigates to: errors are rendered as a page, not as JSON. */
export const isBrowserNavigation = ({ headers, method }: IncomingMessage): boolean =>
  method === "GET" && headers.accept?.includes("text/html") === true

/** Rejects a browser without a session with a page that says how to get a link. */
export const reject = (
  response: ServerResponse,
  added: Readonly<Record<string, string>>
): Effect.Effect<void> =>
  Effect.map(pages, ({ unauthenticated }) => unauthenticated(response, 401, added))
