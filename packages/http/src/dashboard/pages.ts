/**
 * The answers that a browser sees: the dashboard's files, the step from a link to the page, and
 * what to do without a session.
 */

import type { ServerResponse } from "node:http"
import {
  personReasons,
  placeWords,
  rejectWords,
  revokedWords
} from "@clawdbot/domain/Auth/explanationWords"
import { classWords } from "@clawdbot/domain/Health/FailureClass"
import { scopeWords } from "@clawdbot/domain/Health/Scope"
import { sourceWords } from "@clawdbot/domain/Health/Window"
import { CacheCause, isMiss } from "@clawdbot/domain/PromptCache/cacheCause"
import { causeWords } from "@clawdbot/domain/PromptCache/causeWords"
import { printable } from "@clawdbot/domain/Text/printable"
import type { SignIn } from "./DashboardSession.ts"
import { entryStyle, entryStyleSource } from "./entryStyle.ts"
import { isPageName, type PageName, pageTypes } from "./pageFiles.ts"
import { readPage } from "./readPage.ts"

/** Nothing from elsewhere, nothing inline but a style that is named, in no frame. */
const policy = (styles: string): string =>
  `default-src 'none'; script-src 'self'; style-src ${styles}; connect-src 'self'; img-src ` +
  "'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Sent with everything; a link's code is never told to anybody. */
const guarded = {
  "content-security-policy": policy("'self'"),
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store"
}

const send = (
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>>
): void => {
  if (response.headersSent || response.destroyed) return
  const body = Buffer.from(text)
  response.writeHead(status, {
    ...guarded,
    "content-type": type,
    "content-length": body.length,
    ...headers
  })
  response.end(response.req.method === "HEAD" ? undefined : body)
}

const page = (title: string, main: string, head = ""): string =>
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" ' +
  'content="width=device-width"><meta name="color-scheme" content="light dark"><link ' +
  `rel="icon" href="data:,">${entryStyle}${head}<title>${title}</title></head><body>` +
  `<main>${main}</main></body></html>`

/** Of a page that brings its own style. */
const styled = { "content-security-policy": policy(entryStyleSource) }

const constants = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)}\n`)
    .join("")

/**
 * The text of a file. The page shows names of others as the command does, by the same function, and
 * says why something is cooling down in the same words.
 */
export const textOf = (name: PageName): string => {
  switch (name) {
    case "printable.js":
      return `export const printable = ${printable.toString()}\n`
    case "healthWords.js":
      return constants({
        classes: classWords,
        sources: sourceWords,
        scopes: scopeWords,
        places: placeWords,
        rejections: rejectWords,
        personReasons: [...personReasons],
        revoked: revokedWords,
        causes: Object.fromEntries(
          CacheCause.literals.map((cause) => [
            cause,
            { ...causeWords[cause], isMiss: isMiss(cause) }
          ])
        )
      })
    default:
      return readPage(name)
  }
}

/** `/clawdbot/` and its files. Undefined where there is no such file: somebody else may have it. */
export const file = (
  path: string
): ((response: ServerResponse, added: Readonly<Record<string, string>>) => void) | undefined => {
  if (path === "/clawdbot") {
    return (response, added) =>
      send(response, 308, "text/plain", "", { location: "/clawdbot/", ...added })
  }
  const name = path === "/clawdbot/" ? "index.html" : path.slice("/clawdbot/".length)
  if (!isPageName(name)) return undefined
  return (response, added) => send(response, 200, pageTypes[name], textOf(name), added)
}

/**
 * The step from a link to the page. A page of its own instead of a redirect: after a link in a mail
 * or a chat the browser would leave a strict cookie out of the redirected request; what this page
 * asks for is its own site's. Its script hands the page key on to the dashboard.
 */
export const signedIn = (
  response: ServerResponse,
  { pageKey, setCookie }: SignIn,
  added: Readonly<Record<string, string>>
): void =>
  send(
    response,
    200,
    "text/html; charset=utf-8",
    page(
      "clawdbot",
      "<noscript><p>The dashboard needs JavaScript. In a terminal: clawdbot models status, " +
        "clawdbot usage.</p></noscript>",
      `<meta name="clawdbot-page" content="${pageKey}"><script type="module" ` +
        'src="/clawdbot/enter.js"></script>'
    ),
    { ...styled, "set-cookie": setCookie, ...added }
  )

/** What to do where a link is used up, or a session has ended. */
export const unauthenticated = (
  response: ServerResponse,
  status: 401 | 403,
  added: Readonly<Record<string, string>>
): void =>
  send(
    response,
    status,
    "text/html; charset=utf-8",
    page(
      "clawdbot: not signed in",
      `<h1>${status === 403 ? "This link was already used" : "Not signed in"}</h1><p>A ` +
        "link to the dashboard can be used once, within two minutes. Get a new one on " +
        "the gateway host:</p><pre>clawdbot dashboard</pre>"
    ),
    { ...styled, ...added }
  )
