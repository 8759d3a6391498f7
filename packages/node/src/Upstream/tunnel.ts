/**
 * A connection through a proxy, to be used as if it led to its target directly: `CONNECT` (RFC 9110
 * §9.3.6), SOCKS 5 (RFC 1928, 1929), SOCKS 4 and 4a.
 */

import { lookup } from "node:dns/promises"
import { request as httpRequest } from "node:http"
import { request as httpsRequest } from "node:https"
import { connect, isIP, type Socket } from "node:net"
import { defined, ifDefined } from "@clawdbot/domain/Document/defined"
import { listIf } from "@clawdbot/domain/Document/listIf"
import * as Redacted from "effect/Redacted"
import type { Proxy } from "./proxySettings.ts"

/** Where a tunnel leads. `hostname` without brackets. */
export interface TunnelTarget {
  readonly hostname: string
  readonly port: number
}

/** A proxy that did not do what it was asked for; `code` says what it answered. */
export class ProxyRefused extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = "ProxyRefused"
    this.code = code
  }
}

const authority = ({ hostname, port }: TunnelTarget): string =>
  `${isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`

const basic = (login: NonNullable<Proxy["login"]>): string =>
  Buffer.from(`${login.user}:${Redacted.value(login.password)}`).toString("base64")

const byConnect = (proxy: Proxy, target: TunnelTarget, signal: AbortSignal): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { host, login, port, scheme } = proxy
    const start = scheme === "https" ? httpsRequest : httpRequest
    const asking = start({
      host,
      port,
      method: "CONNECT",
      path: authority(target),
      agent: false,
      signal,
      headers: {
        host: authority(target),
        ...defined({
          "proxy-authorization": ifDefined(login, (login) => `Basic ${basic(login)}`)
        })
      }
    })
    const refused = (status: number | undefined) =>
      reject(
        new ProxyRefused(
          `PROXY_${status}`,
          status === 407
            ? "the proxy requires a user name and a password"
            : `the proxy answered CONNECT with ${status}`
        )
      )
    asking.once("error", reject)
    asking.once("response", (response) => {
      response.destroy()
      refused(response.statusCode)
    })
    asking.once("connect", (response, socket: Socket, head) => {
      const { statusCode = 0 } = response
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy()
        return refused(statusCode)
      }
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
    asking.end()
  })

const connected = (proxy: Proxy, signal: AbortSignal): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: proxy.host, port: proxy.port })
    const abort = () =>
      socket.destroy(new ProxyRefused("ETIMEDOUT", "the proxy did not respond in time"))
    signal.addEventListener("abort", abort, { once: true })
    socket.once("error", reject)
    socket.once("connect", () => resolve(socket))
    socket.once("close", () => signal.removeEventListener("abort", abort))
  })

/** Exactly so many bytes; whatever comes after them stays in the socket. */
const take = (socket: Socket, length: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const look = () => {
      const bytes: Buffer | null = socket.read(length)
      if (bytes === null) return
      stop()
      if (bytes.length === length) resolve(bytes)
      else closed()
    }
    const closed = () => {
      stop()
      reject(new ProxyRefused("ECONNRESET", "the proxy ended the connection"))
    }
    const failed = (cause: Error) => {
      stop()
      reject(cause)
    }
    const stop = () => {
      socket.off("readable", look)
      socket.off("end", closed)
      socket.off("close", closed)
      socket.off("error", failed)
    }
    socket.on("readable", look)
    socket.on("end", closed)
    socket.on("close", closed)
    socket.on("error", failed)
    look()
  })

const portBytes = (port: number): Buffer => Buffer.from([port >> 8, port & 0xff])

const ipv4Bytes = (address: string): Buffer => Buffer.from(address.split(".").map(Number))

/** An IPv6 address in its sixteen bytes. */
const ipv6Bytes = (address: string): Buffer => {
  // The URL parser writes it in one form, with an IPv4 tail as hexadecimal.
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = "", tail = ""] = text.split("::")
  const groups = (part: string) => {
    if (part === "") return []
    return part.split(":")
  }
  const [before, after] = [groups(head), text.includes("::") ? groups(tail) : []]
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0")
  return Buffer.concat(
    [...before, ...zeros, ...after].map((group) => portBytes(Number.parseInt(group, 16)))
  )
}

const counted = (text: string): Buffer => {
  const bytes = Buffer.from(text)
  if (bytes.length > 255)
    throw new ProxyRefused("EINVAL", "a host name, user name or password is too long for SOCKS")
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

const addressIn5 = (hostname: string): Buffer => {
  switch (isIP(hostname)) {
    case 4:
      return Buffer.concat([Buffer.from([1]), ipv4Bytes(hostname)])
    case 6:
      return Buffer.concat([Buffer.from([4]), ipv6Bytes(hostname)])
    default:
      return Buffer.concat([Buffer.from([3]), counted(hostname)])
  }
}

/** How long an address of a kind is; that of a name stands before it. */
const addressLengths: ReadonlyMap<number | undefined, number> = new Map([
  [1, 4],
  [4, 16]
])

const socks5 = async (socket: Socket, { login }: Proxy, target: TunnelTarget): Promise<void> => {
  socket.write(Buffer.from(login === undefined ? [5, 1, 0] : [5, 2, 0, 2]))
  const [version, method] = await take(socket, 2)
  if (version !== 5) throw new ProxyRefused("EPROTO", "the proxy does not speak SOCKS 5")
  if (method === 2 && login !== undefined) {
    socket.write(
      Buffer.concat([
        Buffer.from([1]),
        counted(login.user),
        counted(Redacted.value(login.password))
      ])
    )
    const [, status] = await take(socket, 2)
    if (status !== 0)
      throw new ProxyRefused("EACCES", "the proxy rejected the user name and password")
  } else if (method !== 0)
    throw new ProxyRefused("EACCES", "the proxy requires a user name and a password")
  socket.write(
    Buffer.concat([Buffer.from([5, 1, 0]), addressIn5(target.hostname), portBytes(target.port)])
  )
  const [, reply, , kind] = await take(socket, 4)
  if (reply !== 0) throw new ProxyRefused(`SOCKS_${reply}`, `the proxy answered with ${reply}`)
  // Where the proxy itself connects from: of no interest, but it stands before the first byte.
  const length = addressLengths.get(kind) ?? (await take(socket, 1))[0] ?? 0
  await take(socket, length + 2)
}

const socks4 = async (socket: Socket, { login }: Proxy, target: TunnelTarget): Promise<void> => {
  const isAddress = isIP(target.hostname) === 4
  const end = Buffer.from([0])
  socket.write(
    Buffer.concat([
      Buffer.from([4, 1]),
      portBytes(target.port),
      // This address, which is none, means that a name follows (4a).
      isAddress ? ipv4Bytes(target.hostname) : Buffer.from([0, 0, 0, 1]),
      Buffer.from(login?.user ?? ""),
      end,
      ...listIf(!isAddress, Buffer.from(target.hostname), end)
    ])
  )
  const [, reply] = await take(socket, 8)
  if (reply !== 90) throw new ProxyRefused(`SOCKS_${reply}`, `the proxy answered with ${reply}`)
}

/** With `socks4` and `socks5` the name is looked up here. */
const lookedUp = async (proxy: Proxy, target: TunnelTarget): Promise<TunnelTarget> => {
  if (isIP(target.hostname) !== 0) return target
  if (proxy.scheme === "socks4")
    return { ...target, hostname: (await lookup(target.hostname, 4)).address }
  if (proxy.scheme === "socks5")
    return { ...target, hostname: (await lookup(target.hostname)).address }
  return target
}

const bySocks = async (
  proxy: Proxy,
  target: TunnelTarget,
  signal: AbortSignal
): Promise<Socket> => {
  const socket = await connected(proxy, signal)
  try {
    if (proxy.scheme.startsWith("socks5")) await socks5(socket, proxy, target)
    else await socks4(socket, proxy, target)
    return socket
  } catch (cause) {
    socket.destroy()
    throw cause
  }
}

/**
 * A socket whose other end is the target, as far as the proxy says. Rejects with an error that has
 * a code; `signal` ends it at any time.
 */
export const openTunnel = async (
  proxy: Proxy,
  target: TunnelTarget,
  signal: AbortSignal
): Promise<Socket> => {
  const isHttp = proxy.scheme === "http" || proxy.scheme === "https"
  const socket = await (isHttp
    ? byConnect(proxy, target, signal)
    : bySocks(proxy, await lookedUp(proxy, target), signal))
  // Until whoever asked for it listens, an error would be nobody's, and end the process.
  socket.on("error", () => undefined)
  return socket
}
