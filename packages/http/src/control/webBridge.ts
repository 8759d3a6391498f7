/**
 * Between the server's requests and the web's: control requests are few and small, so convenience
 * wins over speed here.
 */

import type { IncomingMessage, ServerResponse } from "node:http"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { defined } from "@clawdbot/domain/Document/defined"

/** The largest body of a control request, in bytes. */
const maxBodyBytes = 64 * 1024

/** The body of a control request; undefined where it is too large. */
export const bodyOf = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Array<Buffer> = []
  let bytes = 0
  for await (const chunk of request) {
    const part: Buffer = Buffer.from(chunk)
    bytes += part.length
    if (bytes > maxBodyBytes) return undefined
    chunks.push(part)
  }
  return Buffer.concat(chunks)
}

/** Headers that would hand a token on to handlers that have no use for it. */
const kept = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    ["accept", "content-type"].flatMap((name) => {
      const value = request.headers[name]
      if (typeof value === "string") return [[name, value]]
      return []
    })
  )

/** Answers one request; what the handler answers is streamed, and a client that leaves ends it. */
export const bridge = async (
  request: IncomingMessage,
  response: ServerResponse,
  added: Readonly<Record<string, string>>,
  handle: (request: Request) => Promise<Response>
): Promise<void> => {
  const hasBody = request.method !== "GET" && request.method !== "HEAD"
  const body = hasBody ? await bodyOf(request) : Buffer.alloc(0)
  if (body === undefined) {
    response.writeHead(413, { connection: "close", ...added })
    return void response.end()
  }
  const left = new AbortController()
  response.on("close", () => left.abort())
  const answer = await handle(
    new Request(`http://gateway${request.url ?? "/"}`, {
      method: request.method ?? "GET",
      headers: kept(request),
      signal: left.signal,
      ...defined({ body: hasBody ? body : undefined })
    })
  )
  if (response.destroyed) return
  response.writeHead(answer.status, {
    ...Object.fromEntries(answer.headers),
    "cache-control": "no-store",
    ...added
  })
  if (answer.body === null || request.method === "HEAD") return void response.end()
  // A reader that left is no failure.
  await pipeline(Readable.fromWeb(answer.body), response).catch(() => undefined)
}
