/** Bytes to a gateway and the answers that come back, read without any library. */
import { connect } from "node:net"

/** One answer as it is on the wire. `isWhole` says that its end came. */
export interface WireAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, ReadonlyArray<string>>
  readonly body: string
  readonly isWhole: boolean
}

/** What came over a connection. */
export interface WireAnswers {
  readonly interim: ReadonlyArray<number>
  readonly answers: ReadonlyArray<WireAnswer>
  /** Whether the gateway closed the connection. */
  readonly isClosed: boolean
}

interface Body {
  readonly body: string
  readonly end: number
  readonly isWhole: boolean
}

const readChunked = (text: string, start: number): Body => {
  let body = ""
  for (let at = start; ; ) {
    const line = text.indexOf("\r\n", at)
    const size = line < 0 ? Number.NaN : Number.parseInt(text.slice(at, line), 16)
    if (Number.isNaN(size)) return { body, end: text.length, isWhole: false }
    if (size === 0) {
      const end = text.indexOf("\r\n\r\n", line)
      return { body, end: end < 0 ? text.length : end + 4, isWhole: end >= 0 }
    }
    body += text.slice(line + 2, line + 2 + size)
    at = line + 2 + size + 2
  }
}

const headersOf = (lines: ReadonlyArray<string>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const headers = new Map<string, ReadonlyArray<string>>()
  for (const line of lines) {
    const colon = line.indexOf(":")
    const name = line.slice(0, colon).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  return headers
}

/** Reads answers; `methods` are those of the requests, in order. */
export const readAnswers = (
  text: string,
  methods: ReadonlyArray<string>,
  isClosed: boolean
): WireAnswers => {
  const interim: Array<number> = []
  const answers: Array<WireAnswer> = []
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\r\n\r\n", at)
    const [, code] = /^HTTP\/1\.1 (\d{3})/.exec(text.slice(at, at + 16)) ?? []
    if (end < 0 || code === undefined) break
    const status = Number(code)
    if (status < 200) {
      interim.push(status)
      at = end + 4
      continue
    }
    const headers = headersOf(text.slice(at, end).split("\r\n").slice(1))
    const start = end + 4
    const [length] = headers.get("content-length") ?? []
    const hasNone = methods[answers.length] === "HEAD" || status === 204 || status === 304
    let body: Body
    if (hasNone) body = { body: "", end: start, isWhole: true }
    else if (headers.get("transfer-encoding") !== undefined) body = readChunked(text, start)
    else if (length === undefined) {
      body = { body: text.slice(start), end: text.length, isWhole: isClosed }
    } else {
      const last = start + Number(length)
      body = { body: text.slice(start, last), end: last, isWhole: text.length >= last }
    }
    answers.push({ status, headers, body: body.body, isWhole: body.isWhole })
    at = body.end
  }
  return { interim, answers, isClosed }
}

/** How bytes are sent. */
export interface Sending {
  /** The rest, after an interim answer came. */
  readonly after100?: string
  /** Whether the sending side is closed behind them. */
  readonly isHalfClosed?: boolean
  /** So many answers are waited for. */
  readonly wanted: number
  /** How long nothing may come, in ms. */
  readonly quietMs: number
  readonly methods: ReadonlyArray<string>
}

/** Sends bytes (one for each character) and collects what comes. */
export const send = (port: number, bytes: string, options: Sending): Promise<WireAnswers> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    let text = ""
    let isRestSent = options.after100 === undefined
    let timer: NodeJS.Timeout | undefined
    const finish = (isClosed: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(readAnswers(text, options.methods, isClosed))
    }
    const wait = () => {
      clearTimeout(timer)
      // real time: nothing says that a peer has nothing more to say.
      timer = setTimeout(() => finish(false), options.quietMs)
    }
    socket.on("connect", () => {
      socket.write(bytes, "latin1")
      if (options.isHalfClosed === true) socket.end()
      wait()
    })
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1")
      if (!isRestSent && text.startsWith("HTTP/1.1 100")) {
        isRestSent = true
        socket.write(options.after100 ?? "", "latin1")
      }
      const { answers } = readAnswers(text, options.methods, false)
      if (answers.length >= options.wanted && answers.every(({ isWhole }) => isWhole)) {
        // real time: a moment more, for what must not come.
        clearTimeout(timer)
        timer = setTimeout(() => finish(false), 30)
      } else wait()
    })
    socket.on("error", () => finish(true))
    socket.on("close", () => finish(true))
  })
