/**
 * The way into the dashboard: links that work once, and the sessions of browsers that opened one
 * (decision D26a). A session looks at the control plane, with `GET` below `/clawdbot`, and does
 * nothing else.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import type { IncomingMessage } from "node:http"
import type { SharedLinks } from "@clawdbot/domain/Client/DashboardAccess"
import * as Effect from "effect/Effect"
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

/**
 * The sessions of one gateway, or with `shared` of all gateways of a store. `now` gives epoch ms.
 */
export class DashboardSession {
  private links: Sessions.Links = new Map()
  private readonly key: SessionKey
  private readonly now: () => number
  private readonly shared: SharedLinks | undefined
  private url = ""
  private cookie = ""

  constructor(key: SessionKey, now: () => number, shared?: SharedLinks) {
    this.key = key
    this.now = now
    this.shared = shared
  }

  /**
   * Where the gateway listens. Cookies know no ports: two gateways of one machine must not
   * overwrite each other's.
   */
  listensOn(url: string, port: number): void {
    this.url = url
    this.cookie = this.shared?.cookie ?? `clawdbot_${port}`
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
    const until = now + Sessions.linkMs
    const code = this.newCode(now, until)
    return { url: `${this.url}${enterPath}?code=${code}`, until }
  }

  /** A code that other gateways know by its signature, or that this one remembers. */
  private newCode(now: number, until: number): string {
    const secret = newSecret()
    if (this.shared !== undefined) return Sessions.signedCode(secret, until, this.sign)
    this.links = Sessions.withLink(this.links, this.linkHash(secret), now)
    return secret
  }

  /** Whether a code was good, and was not used before. It is used now. */
  private useCode(code: string): Effect.Effect<boolean> {
    if (this.shared !== undefined) {
      const until = Sessions.endOfCode(code, this.sign, isSame, this.now())
      if (until === undefined) return Effect.succeed(false)
      return this.shared.useOnce(this.linkHash(code), until)
    }
    const links = Sessions.withoutLink(this.links, this.linkHash(code), this.now())
    this.links = links ?? this.links
    return Effect.succeed(links !== undefined)
  }

  /**
   * Uses a link up. Gives the session that begins; undefined where the link is not good (any more).
   */
  openLink(target: string): Effect.Effect<SignIn | undefined> {
    return Effect.suspend(() => {
      const code = new URLSearchParams(target.split("?", 2)[1] ?? "").get("code")
      if (code === null || code === "") return Effect.succeed(undefined)
      return Effect.map(this.useCode(code), (isGood) => (isGood ? this.signIn() : undefined))
    })
  }

  /** A session that begins. */
  private signIn(): SignIn {
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
    const skewMs = this.shared === undefined ? 0 : Sessions.maxSkewMs
    for (const part of headers.cookie?.split(";") ?? []) {
      const at = part.indexOf("=")
      if (part.slice(0, at).trim() === this.cookie)
        return Sessions.sessionOf(part.slice(at + 1).trim(), this.sign, isSame, this.now(), skewMs)
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
