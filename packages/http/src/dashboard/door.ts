/**
 * What happens at the door of the dashboard, for requests that carry no admin token. The pages are
 * loaded when somebody stands there.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import type { Entry } from "./Entry.ts"

const pages = Effect.promise(() => import("./pages.ts"))

/** Opens a link: the browser gets its cookie, or is told how to get another link. */
export const enter = (
  entry: Entry,
  request: IncomingMessage,
  response: ServerResponse,
  added: Readonly<Record<string, string>>
): Effect.Effect<void> =>
  Effect.map(pages, ({ entered, stranger }) => {
    // Looking whether a link is there (as chats do before anybody opens it) must not use it up.
    const cookie = request.method === "GET" ? entry.enter(request.url ?? "") : undefined
    if (cookie === undefined) stranger(response, 403, added)
    else entered(response, cookie, added)
  })

/** Whether it is a browser with a person before it. */
export const isPerson = ({ headers, method }: IncomingMessage): boolean =>
  method === "GET" && headers.accept?.includes("text/html") === true

/** Tells a person whose browser has not entered how to. */
export const turnAway = (
  response: ServerResponse,
  added: Readonly<Record<string, string>>
): Effect.Effect<void> => Effect.map(pages, ({ stranger }) => stranger(response, 401, added))
