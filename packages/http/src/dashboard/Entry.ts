/**
 * The way into the dashboard: links that work once, and the cookie of the browser that opened one
 * (decision D26a). The cookie opens `GET` below `/clawdbot` and nothing else; only hashes of links
 * and cookies are kept, and only in memory.
 */
import { createHash, randomBytes } from "node:crypto"
import type { IncomingMessage } from "node:http"
import * as Sessions from "./sessions.ts"

/** Where a link leads. */
export const enterPath = "/clawdbot/enter"

const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex")
const newSecret = (): string => randomBytes(32).toString("base64url")

/** A link, and until when it may be opened (epoch ms). */
export interface Link {
  readonly url: string
  readonly until: number
}

/** The doors of one gateway. `now` gives epoch ms. */
export class Entry {
  private state = Sessions.none
  private readonly now: () => number
  private url = ""
  private cookie = ""

  constructor(now: () => number) {
    this.now = now
  }

  /**
   * Where the gateway listens. Cookies know no ports: two gateways of one machine must not
   * overwrite each other's.
   */
  standsAt(url: string, port: number): void {
    this.url = url
    this.cookie = `clawdbot_${port}`
  }

  /** A new link. */
  offer(): Link {
    const now = this.now()
    const code = newSecret()
    this.state = Sessions.offer(this.state, hashOf(code), now)
    return { url: `${this.url}${enterPath}?code=${code}`, until: now + Sessions.linkMs }
  }

  /**
   * Uses a link up. Gives the `Set-Cookie` of the session that begins; undefined where the link is
   * not good (any more).
   */
  enter(target: string): string | undefined {
    const code = new URLSearchParams(target.split("?", 2)[1] ?? "").get("code")
    if (code === null || code === "") return undefined
    const secret = newSecret()
    const entered = Sessions.enter(this.state, hashOf(code), hashOf(secret), this.now())
    if (entered === undefined) return undefined
    this.state = entered
    const age = Sessions.sessionMs / 1_000
    return `${this.cookie}=${secret}; Path=/clawdbot; Max-Age=${age}; HttpOnly; SameSite=Strict`
  }

  /** Whether a request comes from a browser that entered. It may look, not touch. */
  admits({ headers, method }: IncomingMessage): boolean {
    if (method !== "GET" && method !== "HEAD") return false
    for (const part of headers.cookie?.split(";") ?? []) {
      const at = part.indexOf("=")
      if (part.slice(0, at).trim() === this.cookie) {
        return Sessions.admits(this.state, hashOf(part.slice(at + 1).trim()), this.now())
      }
    }
    return false
  }
}
