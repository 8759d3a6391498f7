/**
 * The way into the dashboard: links that work once, and the sessions of browsers that opened one
 * (decision D26a). A session looks at the control plane, with `GET` below `/clawdbot`, and does
 * nothing else.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import type { IncomingMessage } from "node:http"
import type { SessionKey } from "./SessionKey.ts"
import * as Sessions from "./sessions.ts"

/** Where a link leads. */
export const enterPath = "/clawdbot/enter"

/** The header with a session's page key. */
export const pageHeader = "x-clawdbot-page"

const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("base64url")
const newSecret = (): string => randomBytes(32).toString("base64url")

const isSame: Sessions.IsSame = (one, other) => {
  const [mine, theirs] = [Buffer.from(one), Buffer.from(other)]
  return mine.length === theirs.length && timingSafeEqual(mine, theirs)
}

/** A link, and until when it may be opened (epoch ms). */
export interface Link {
  readonly url: string
  readonly until: number
}

/** What a browser gets that opened a link. */
export interface SignIn {
  readonly setCookie: string
  readonly pageKey: string
}

/**
 * What a request may see: `page`, the files of the page and nothing of this gateway; `data`, the
 * session of that id, everything.
 */
export type Access =
  | { readonly _tag: "None" }
  | { readonly _tag: "Page" }
  | { readonly _tag: "Data"; readonly id: string }

const none: Access = { _tag: "None" }

/** The sessions of one gateway. `now` gives epoch ms. */
export class DashboardSession {
  private links: Sessions.Links = new Map()
  private readonly key: SessionKey
  private readonly now: () => number
  private url = ""
  private cookie = ""

  constructor(key: SessionKey, now: () => number) {
    this.key = key
    this.now = now
  }

  /**
   * Where the gateway listens. Cookies know no ports: two gateways of one machine must not
   * overwrite each other's.
   */
  listensOn(url: string, port: number): void {
    this.url = url
    this.cookie = `clawdbot_${port}`
  }

  private readonly sign: Sessions.Sign = (text) =>
    createHmac("sha256", this.key()).update(text).digest("base64url")

  /** A link ends with the key, as sessions do. */
  private linkHash(code: string): string {
    return hashOf(this.sign(`link ${code}`))
  }

  /** A new link. */
  createLink(): Link {
    const now = this.now()
    const code = newSecret()
    this.links = Sessions.withLink(this.links, this.linkHash(code), now)
    return { url: `${this.url}${enterPath}?code=${code}`, until: now + Sessions.linkMs }
  }

  /**
   * Uses a link up. Gives the session that begins; undefined where the link is not good (any more).
   */
  openLink(target: string): SignIn | undefined {
    const code = new URLSearchParams(target.split("?", 2)[1] ?? "").get("code")
    if (code === null || code === "") return undefined
    const links = Sessions.withoutLink(this.links, this.linkHash(code), this.now())
    if (links === undefined) return undefined
    this.links = links
    const session = {
      id: randomBytes(12).toString("base64url"),
      until: this.now() + Sessions.sessionMs
    }
    const age = Sessions.sessionMs / 1_000
    const cookie = Sessions.cookieOf(session, this.sign)
    return {
      setCookie:
        `${this.cookie}=${cookie}; Path=/clawdbot; ` + `Max-Age=${age}; HttpOnly; SameSite=Strict`,
      pageKey: Sessions.pageKeyOf(session, this.sign)
    }
  }

  /** The session of a request's cookie. */
  private sessionOf({ headers }: IncomingMessage): Sessions.Session | undefined {
    for (const part of headers.cookie?.split(";") ?? []) {
      const at = part.indexOf("=")
      if (part.slice(0, at).trim() === this.cookie)
        return Sessions.sessionOf(part.slice(at + 1).trim(), this.sign, isSame, this.now())
    }
    return undefined
  }

  /** What a request may see that comes from a browser. */
  access(request: IncomingMessage): Access {
    const { headers, method } = request
    if (method !== "GET" && method !== "HEAD") return none
    const session = this.sessionOf(request)
    if (session === undefined) return none
    const key = headers[pageHeader]
    if (typeof key === "string" && isSame(key, Sessions.pageKeyOf(session, this.sign)))
      return { _tag: "Data", id: session.id }
    return { _tag: "Page" }
  }
}
