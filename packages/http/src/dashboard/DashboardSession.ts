/**
 * The way into the dashboard: links that work once, and the sessions of browsers that opened one
 * (decision D26a). A session looks at the control plane, with `GET` below `/clawdbot`, and does
 * nothing else, unless the gateway carries out actions of the dashboard: each of those uses up a
 * code of its own (`createNonce`).
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

/** A browser's session, and when its link was opened (epoch ms). */
export interface PageSession {
  readonly id: string
  readonly startedAt: number
}

/** How codes for one use are signed, remembered and found again. */
interface CodeUse {
  readonly sign: Sessions.Sign
  readonly hash: (code: string) => string
  readonly known: () => Sessions.Links
  readonly keep: (codes: Sessions.Links) => void
}

const none: Access = { _tag: "None" }

/**
 * The sessions of one gateway, or with `shared` of all gateways of a store. `now` gives epoch ms.
 */
export class DashboardSession {
  private links: Sessions.Links = new Map()
  private nonces: Sessions.Links = new Map()
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

  /** What codes of links are signed and hashed with. A link ends with the key, as sessions do. */
  private readonly ofLinks: CodeUse = {
    sign: this.sign,
    hash: (code) => hashOf(this.sign(`link ${code}`)),
    known: () => this.links,
    keep: (links) => {
      this.links = links
    }
  }

  /** The same for codes of single actions: one of a session is no other session's, and no link. */
  private ofNonces(session: string): CodeUse {
    return {
      sign: (text) => this.sign(`nonce ${session} ${text}`),
      hash: (code) => hashOf(this.sign(`nonce ${session} ${code}`)),
      known: () => this.nonces,
      keep: (nonces) => {
        this.nonces = nonces
      }
    }
  }

  /** A new link. */
  createLink(): Link {
    const now = this.now()
    const until = now + Sessions.linkMs
    const code = this.newCode(this.ofLinks, now, until)
    return { url: `${this.url}${enterPath}?code=${code}`, until }
  }

  /** A code that other gateways know by its signature, or that this one remembers. */
  private newCode({ hash, keep, known, sign }: CodeUse, now: number, until: number): string {
    const secret = newSecret()
    if (this.shared !== undefined) return Sessions.signedCode(secret, until, sign)
    keep(Sessions.withLink(known(), hash(secret), now))
    return secret
  }

  /** Whether a code was good, and was not used before. It is used now. */
  private useCode({ hash, keep, known, sign }: CodeUse, code: string): Effect.Effect<boolean> {
    if (this.shared !== undefined) {
      const until = Sessions.endOfCode(code, sign, isSame, this.now())
      if (until === undefined) return Effect.succeed(false)
      return this.shared.useOnce(hash(code), until)
    }
    const left = Sessions.withoutLink(known(), hash(code), this.now())
    keep(left ?? known())
    return Effect.succeed(left !== undefined)
  }

  /** A code that one action of a session is sent with. */
  createNonce(session: string): string {
    const now = this.now()
    return this.newCode(this.ofNonces(session), now, now + Sessions.linkMs)
  }

  /** Whether a code was made for this session, is not too old, and was not used. It is used now. */
  useNonce(session: string, code: string): Effect.Effect<boolean> {
    return Effect.suspend(() => this.useCode(this.ofNonces(session), code))
  }

  /**
   * Uses a link up. Gives the session that begins; undefined where the link is not good (any more).
   */
  openLink(target: string): Effect.Effect<SignIn | undefined> {
    return Effect.suspend(() => {
      const code = new URLSearchParams(target.split("?", 2)[1] ?? "").get("code")
      if (code === null || code === "") return Effect.succeed(undefined)
      return Effect.map(this.useCode(this.ofLinks, code), (isGood) =>
        isGood ? this.signIn() : undefined
      )
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

  /** The session whose own page sent a request: both halves came with it. */
  pageSession(request: IncomingMessage): PageSession | undefined {
    const session = this.sessionOf(request)
    if (session === undefined || !this.isPageKey(request, session)) return undefined
    return { id: session.id, startedAt: session.until - Sessions.sessionMs }
  }

  private isPageKey({ headers }: IncomingMessage, session: Sessions.Session): boolean {
    const key = headers[pageHeader]
    return typeof key === "string" && isSame(key, Sessions.pageKeyOf(session, this.sign))
  }

  /** What a request may see that comes from a browser. */
  access(request: IncomingMessage): Access {
    const { method } = request
    if (method !== "GET" && method !== "HEAD") return none
    const session = this.sessionOf(request)
    if (session === undefined) return none
    if (this.isPageKey(request, session)) return { _tag: "Data", id: session.id }
    return { _tag: "Page" }
  }
}
