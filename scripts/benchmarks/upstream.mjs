// The provider of the benchmarks: answers at once with fixed bytes over raw sockets, so that it
// costs as little as possible. usage: node upstream.mjs → prints its port. Over TLS where BENCH_TLS
// names the files of a key and a certificate, as JSON.
import { readFileSync } from "node:fs"
import { createServer } from "node:net"
import { createServer as createTlsServer } from "node:tls"

const json = Buffer.from(
  JSON.stringify({
    id: "msg_bench",
    type: "message",
    role: "assistant",
    model: "claude-opus-4-5",
    content: [{ type: "text", text: "x".repeat(700) }],
    stop_reason: "end_turn",
    usage: {
      input_tokens: 10,
      output_tokens: 200,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0
    }
  })
)
const answer = Buffer.concat([
  Buffer.from(
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nrequest-id: req_bench\r\n" +
      `content-length: ${json.length}\r\n\r\n`
  ),
  json
])
const event = (type, data) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
const events = [
  event("message_start", {
    message: {
      id: "msg_bench",
      type: "message",
      role: "assistant",
      content: [],
      usage: { input_tokens: 10, output_tokens: 1 }
    }
  }),
  event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
  ...Array.from({ length: 36 }, (_, index) =>
    event("content_block_delta", {
      index: 0,
      delta: { type: "text_delta", text: `word ${index} ` }
    })
  ),
  event("content_block_stop", { index: 0 }),
  event("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 36 } }),
  event("message_stop", {})
]
const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const head =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_bench\r\n" +
  "transfer-encoding: chunked\r\n\r\n"
const parts = Array.from({ length: 8 }, (_, index) =>
  Buffer.from(
    events
      .slice(index * 5, index * 5 + 5)
      .map(chunk)
      .join("") + (events.length > 40 && index === 7 ? events.slice(40).map(chunk).join("") : "")
  )
)
const last = Buffer.from("0\r\n\r\n")

const gapMs = Number(process.env.BENCH_GAP_MS ?? 0)
const stream = (socket) => {
  socket.write(head)
  let index = 0
  const next = () => {
    if (socket.destroyed) return
    if (index === parts.length) return void socket.write(last)
    socket.write(parts[index++])
    if (gapMs > 0) setTimeout(next, gapMs)
    else setImmediate(next)
  }
  next()
}

const serve = (socket) => {
  socket.setNoDelay(true)
  socket.on("error", () => socket.destroy())
  let text = Buffer.alloc(0)
  let left = 0
  let streaming = false
  socket.on("data", (data) => {
    for (;;) {
      if (left > 0) {
        const used = Math.min(left, data.length)
        if (!streaming && data.subarray(0, used).includes('"stream":true')) streaming = true
        left -= used
        data = data.subarray(used)
        if (left > 0) return
        if (streaming) stream(socket)
        else socket.write(answer)
        streaming = false
      }
      if (data.length === 0) return
      text = text.length === 0 ? data : Buffer.concat([text, data])
      const end = text.indexOf("\r\n\r\n")
      if (end < 0) return
      const headers = text.subarray(0, end).toString("latin1").toLowerCase()
      const length = /content-length: (\d+)/.exec(headers)
      const chunked = headers.includes("transfer-encoding: chunked")
      data = text.subarray(end + 4)
      text = Buffer.alloc(0)
      if (chunked) throw new Error("the benchmark's provider wants a content-length")
      left = length === null ? 0 : Number(length[1])
      if (left === 0) socket.write(answer)
      if (left === 0 && data.length === 0) return
    }
  })
}

const tls = process.env.BENCH_TLS === undefined ? undefined : JSON.parse(process.env.BENCH_TLS)
const server =
  tls === undefined
    ? createServer(serve)
    : createTlsServer({ key: readFileSync(tls.key), cert: readFileSync(tls.certificate) }, serve)
server.listen(0, "127.0.0.1", () => {
  console.log(server.address().port)
})
