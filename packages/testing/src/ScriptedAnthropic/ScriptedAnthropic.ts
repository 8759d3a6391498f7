/**
 * An Anthropic to test against: a real server on loopback that follows a script for each
 * credential, and is as strict about credentials and headers as the real one (docs/provider.md
 * §1 and §5). It keeps every request it saw, byte for byte.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { Socket } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Answers from "./answers.ts"
import { credentialOf } from "./credentialOf.ts"
import { fieldsOf } from "./fieldsOf.ts"
import * as Played from "./Played.ts"
import { play } from "./play.ts"
import { ok, type Script } from "./Script.ts"
import { setBounded } from "./setBounded.ts"
import { type Found, Workspaces } from "./Workspaces.ts"

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly rawHeaders: ReadonlyArray<string>
  readonly body: Buffer
  /** The secret it was sent with; empty without one. */
  readonly credential: string
}

/** Which credentials there are, and what each gets. A credential that is not named gets 401. */
export interface ScriptedOptions {
  readonly credentials: Readonly<Record<string, Script>>
  /** Text of good answers. */
  readonly text?: string
  /**
   * So many of the newest requests, bills and things of each kind are remembered. Default: all of
   * them, for as long as a test runs.
   */
  readonly maxKept?: number
}

/** What one answer told of its tokens. */
export interface Bill {
  readonly credential: string
  readonly model: string
  readonly usage: Answers.RawUsage
}

/** A running server. */
export interface ScriptedAnthropic {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string
  readonly port: number
  /** Everything seen so far, in order of arrival. */
  readonly requests: ReadonlyArray<SeenRequest>
  /** What each answer has told of its tokens, in no order. */
  readonly bills: () => ReadonlyArray<Bill>
  /** How often a connection was opened. */
  readonly connections: () => number
  /** How often a client went away before its answer was whole. */
  readonly aborted: () => number
  /** Bytes written to all connections so far: how far a stream got past its reader. */
  readonly bytesWritten: () => number
}

const readBody = (request: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => resolve(Buffer.concat(chunks)))
    request.on("error", reject)
  })

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : port)
    })
  })

/** Starts the server; it ends with the scope. */
export const make = (
  options: ScriptedOptions
): Effect.Effect<ScriptedAnthropic, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { maxKept = Number.POSITIVE_INFINITY } = options
    const requests: Array<SeenRequest> = []
    const counts = new Map<string, number>()
    const bills = new Map<string, Bill>()
    const workspaces = new Workspaces(maxKept)
    const open = new Set<Socket>()
    let closedBytes = 0
    let connections = 0
    let aborted = 0
    let number = 0

    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const body = await readBody(request)
      const requestId = `req_${String(++number).padStart(6, "0")}`
      const url = new URL(request.url ?? "/", "http://loopback")
      const given = credentialOf(request.headers)
      requests.push({
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        body,
        credential: "secret" in given ? given.secret : ""
      })
      if (requests.length > maxKept) requests.shift()
      const refuse = (status: number, type: string, text: string, code?: string) => {
        response.writeHead(status, { "content-type": "application/json", "request-id": requestId })
        response.end(
          request.method === "HEAD" ? undefined : Answers.envelope(type, text, requestId, code)
        )
      }
      const give = ({ body: bytes, contentType }: Found) => {
        response.writeHead(200, {
          "content-type": contentType,
          "content-length": bytes.length,
          "request-id": requestId,
          "anthropic-organization-id": "org_scripted"
        })
        response.end(request.method === "HEAD" ? undefined : bytes)
      }
      const reply = (value: unknown) =>
        give({ contentType: "application/json", body: Buffer.from(JSON.stringify(value)) })
      if (!url.pathname.startsWith("/v1/")) return refuse(404, "not_found_error", "Not found")
      if ("refused" in given) return refuse(401, "authentication_error", given.refused)
      const script = options.credentials[given.secret]
      if (script === undefined) {
        return refuse(
          401,
          "authentication_error",
          request.headers["x-api-key"] === undefined ? "Invalid bearer token" : "invalid x-api-key"
        )
      }
      if (request.headers["anthropic-version"] === undefined) {
        return refuse(400, "invalid_request_error", "anthropic-version: header is required")
      }
      const fields = fieldsOf(body)
      const count = (counts.get(given.secret) ?? 0) + 1
      counts.set(given.secret, count)
      const step = script(count, { method: request.method ?? "", path: url.pathname, ...fields })
      const good = step._tag === "Ok"
      const asking = {
        ...fields,
        requestId,
        text: options.text ?? "Hello from the scripted Anthropic.",
        made: (id: string, refused: boolean) => workspaces.made(given.secret, body, id, refused)
      }
      const sending = {
        response,
        bill: (usage: Answers.RawUsage) =>
          setBounded(bills, maxKept, requestId, {
            credential: given.secret,
            model: fields.model,
            usage
          })
      }
      if (request.method === "POST" && url.pathname === "/v1/messages") {
        if (fields.model === "")
          return refuse(400, "invalid_request_error", "model: Field required")
        const refusal = workspaces.refusal(given.secret, body)
        if (refusal !== undefined)
          return refuse(refusal.status, refusal.type, refusal.message, refusal.code)
        return play(Played.play(step, asking), sending)
      }
      if (!good) return play(Played.play(step, asking), sending)
      if (request.method === "POST" && url.pathname === "/v1/messages/count_tokens")
        return reply({ input_tokens: body.length })
      const reads = request.method === "GET" || request.method === "HEAD"
      if (reads && url.pathname === "/v1/models") return reply(Answers.models())
      const one = /^\/v1\/models\/([^/]+)$/.exec(url.pathname)?.[1]
      const found = reads && one !== undefined ? Answers.model(decodeURIComponent(one)) : undefined
      if (found !== undefined) return reply(found)
      const kept = workspaces.answer({
        credential: given.secret,
        method: request.method ?? "",
        path: url.pathname,
        body
      })
      if (kept !== undefined && kept !== "missing") return give(kept)
      refuse(404, "not_found_error", "Not found")
    }

    const server = createServer((request, response) => {
      response.on("close", () => {
        if (!response.writableFinished) aborted += 1
      })
      answer(request, response).catch(() => response.destroy())
    })
    server.on("connection", (socket) => {
      connections += 1
      open.add(socket)
      socket.on("error", () => socket.destroy())
      socket.on("close", () => {
        open.delete(socket)
        closedBytes += socket.bytesWritten
      })
    })
    const port = yield* Effect.acquireRelease(
      Effect.promise(() => listen(server, 0)),
      () =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    return {
      url: `http://127.0.0.1:${port}`,
      port,
      requests,
      bills: () => [...bills.values()],
      connections: () => connections,
      aborted: () => aborted,
      bytesWritten: () => [...open].reduce((sum, socket) => sum + socket.bytesWritten, closedBytes)
    }
  })

/** One credential that always answers. */
export const answering = (secret: string): ScriptedOptions["credentials"] => ({
  [secret]: () => ok()
})
