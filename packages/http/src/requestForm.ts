/**
 * The form of a request's head, checked before anything else is looked at: the method, the one
 * `Host` line, and the target in either of its forms (RFC 9112 §3.2).
 */
import type { IncomingMessage } from "node:http"

/** Why a request is answered without being served. */
export interface Malformed {
  readonly status: 400 | 405
  /** Which of our errors it is. */
  readonly code: "RequestMalformed" | "MethodNotAllowed"
  readonly message: string
  /** Nothing of such a request is read further, so its connection is closed. */
  readonly headers: Readonly<Record<string, string>>
}

/** What a 405 says may be used instead. */
const allowedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

/**
 * `TRACE` would send the credential back to the client, where the upstream or a proxy before it
 * echoes. `TRACK` is the same by another name, and no parser of ours gets past it; `CONNECT` has an
 * event of its own.
 */
const methodRefused: Malformed = {
  status: 405,
  code: "MethodNotAllowed",
  message: `this method is not allowed; use one of ${allowedMethods}`,
  headers: { allow: allowedMethods, connection: "close" }
}

const malformed = (message: string): Malformed => ({
  status: 400,
  code: "RequestMalformed",
  message,
  headers: { connection: "close" }
})

const hostTwice = malformed("the request has more than one Host header; send one")
const targetShape = malformed("the request's target is neither a path nor a URL of this gateway")
const hostDiffers = malformed("the request's URL and its Host header name different hosts")

/**
 * `name`, `name:port`, `[address]` or `[address]:port`; the first group or the second is the name.
 */
const authority = /^(?:\[([0-9a-f:.]+)\]|([^\s:@/?#\\[\]]*))(?::\d{0,5})?$/i

/** The name or address of an authority, in lower case; undefined where it is none. */
export const hostname = (text: string): string | undefined => {
  const found = authority.exec(text)
  if (found === null) return undefined
  return (found[1] ?? found[2] ?? "").toLowerCase()
}

/** Node keeps the first of several lines without a word. */
const hasTwoHosts = (raw: ReadonlyArray<string>): boolean => {
  let count = 0
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]
    if (name?.length === 4 && name.toLowerCase() === "host") count++
  }
  return count > 1
}

const absolute = /^https?:\/\/([^/?#]*)(.*)$/is

/**
 * Brings a target that is a whole URL to its path, as proxies' clients send it; the path is what
 * everything else reads.
 */
const toOriginForm = (request: IncomingMessage, target: string): Malformed | undefined => {
  const found = absolute.exec(target)
  const host = found?.[1]
  if (found === null || host === undefined || host === "") return targetShape
  if (host.toLowerCase() !== (request.headers.host ?? host).toLowerCase()) return hostDiffers
  const rest = found[2] ?? ""
  request.headers.host = host
  request.url = rest.startsWith("/") ? rest : `/${rest}`
  return undefined
}

/**
 * What is wrong with a request's form; undefined where nothing is. A target that is a whole URL
 * becomes its path in `request.url`.
 */
export const check = (request: IncomingMessage): Malformed | undefined => {
  if (request.method === "TRACE") return methodRefused
  if (hasTwoHosts(request.rawHeaders)) return hostTwice
  const { url = "/" } = request
  if (url.startsWith("/") || url === "*") return undefined
  return toOriginForm(request, url)
}

/** The parser's code for a request that takes too long to arrive. */
export const tooSlow = "ERR_HTTP_REQUEST_TIMEOUT"

/**
 * The status line of an answer to bytes that are no request for this server, by their beginning.
 */
export const statusLineFor = (code: string, packet: unknown): string => {
  if (code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large"
  if (code === tooSlow) return "408 Request Timeout"
  // The parser knows no such method.
  const isTrack = Buffer.isBuffer(packet) && packet.subarray(0, 6).toString("latin1") === "TRACK "
  if (isTrack) return `405 Method Not Allowed\r\nallow: ${allowedMethods}`
  return "400 Bad Request"
}

/** The answer to `CONNECT`, whole: no tunnel is opened, and the connection is closed. */
export const connectRefused =
  `HTTP/1.1 405 Method Not Allowed\r\nallow: ${allowedMethods}\r\ncontent-length: 0\r\n` +
  "connection: close\r\n\r\n"
