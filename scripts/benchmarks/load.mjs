// Load over raw keep-alive sockets. usage: node load.mjs PORT CONNECTIONS SECONDS|"N requests"
// json|stream|BYTES|prompt:BYTES
// TOKEN [HEADERS as JSON] → one JSON line. BYTES is about the size of a request's body; the answer
// is the same as for `json`. A header without a name is how many values "######" has in the others:
// one after the other, request by request. SIGTERM ends it early: it tells how it stands.
import { connect } from "node:net"
import { prompt } from "./prompt.mjs"

const [port, connections, kind, token] = [
  Number(process.argv[2]),
  Number(process.argv[3]),
  process.argv[5],
  process.argv[6]
]
const [, wanted] = /^(\d+) requests$/.exec(process.argv[4]) ?? []
const seconds = wanted === undefined ? Number(process.argv[4]) : Number.POSITIVE_INFINITY
let left = wanted === undefined ? Number.POSITIVE_INFINITY : Number(wanted)
const { "": values = "0", ...headers } = JSON.parse(process.argv[7] ?? "{}")
const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
// `prompt:BYTES` is a conversation with tools, rules and breakpoints, as agents send it.
const promptBytes = Number(/^prompt:(\d+)$/.exec(kind)?.[1])
const bytes = Number(kind)
const filler = bytes > 0 ? "lorem ipsum dolor sit amet ".repeat(Math.ceil(bytes / 27)) : "hi"
const plain = {
  model: "claude-opus-4-5",
  max_tokens: 100,
  messages: [{ role: "user", content: filler }],
  stream: kind === "stream" ? true : undefined
}
const body = Buffer.from(JSON.stringify(promptBytes > 0 ? prompt(promptBytes) : plain))
const request = Buffer.concat([
  Buffer.from(
    `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nx-api-key: ${token}\r\n` +
      "anthropic-version: 2023-06-01\r\ncontent-type: application/json\r\ncontent-length: " +
      `${body.length}\r\n${more.join("")}\r\n`
  ),
  body
])
const digits = request.indexOf("######")
let count = 0
const next = () => {
  if (digits < 0) return request
  request.write(String(count++ % Number(values)).padStart(6, "0"), digits)
  // The socket may keep what it was given.
  return Buffer.from(request)
}
const until = performance.now() + seconds * 1000
const latencies = []
const firsts = []
let failed = 0
/** What the first failure said. */
let failure
/** Answers that have begun and not ended. */
let open = 0

const worker = () =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.setNoDelay(true)
    let begun = 0
    let first = 0
    let buffered = Buffer.alloc(0)
    let bytesLeft = -1
    let chunked = false
    const send = () => {
      if (performance.now() >= until || left === 0) {
        socket.destroy()
        return resolve()
      }
      left -= 1
      begun = performance.now()
      first = 0
      bytesLeft = -1
      chunked = false
      buffered = Buffer.alloc(0)
      socket.write(next())
    }
    const done = () => {
      open -= 1
      latencies.push(performance.now() - begun)
      firsts.push(first - begun)
      send()
    }
    socket.on("connect", send)
    socket.on("error", (cause) => {
      failed += 1
      failure ??= cause.code
      resolve()
    })
    socket.on("close", resolve)
    socket.on("data", (data) => {
      if (bytesLeft < 0) {
        buffered = buffered.length === 0 ? data : Buffer.concat([buffered, data])
        const end = buffered.indexOf("\r\n\r\n")
        if (end < 0) return
        const head = buffered.subarray(0, end).toString("latin1").toLowerCase()
        if (!head.startsWith("http/1.1 200")) {
          failed += 1
          failure ??= String(buffered)
        }
        open += 1
        chunked = head.includes("transfer-encoding: chunked")
        bytesLeft = chunked ? 1 : Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0)
        data = buffered.subarray(end + 4)
        buffered = Buffer.alloc(0)
        if (data.length === 0 && (chunked || bytesLeft > 0)) return
      }
      if (first === 0) first = performance.now()
      if (chunked) {
        buffered = Buffer.concat([buffered.subarray(-8), data])
        if (buffered.subarray(-5).toString("latin1") === "0\r\n\r\n") done()
      } else {
        bytesLeft -= data.length
        if (bytesLeft <= 0) done()
      }
    })
  })

const at = (list, part) =>
  [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))] ??
  Number.NaN
const report = () =>
  console.log(
    JSON.stringify({
      requests: latencies.length,
      failed,
      failure,
      open,
      p50: at(latencies, 0.5),
      p99: at(latencies, 0.99),
      first50: at(firsts, 0.5)
    })
  )
process.on("SIGTERM", () => {
  report()
  process.exit()
})
await Promise.all(Array.from({ length: connections }, worker))
report()
