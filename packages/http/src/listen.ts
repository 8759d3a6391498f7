/** Listening on a port, and why that cannot be done. */
import type { Server } from "node:http"
import { taggedError } from "@clawdbot/domain/Document/taggedError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { findHolder } from "./findHolder.ts"

/** The port is taken. `holder` says by what, as far as it can be told. */
export class PortInUse extends taggedError<PortInUse>()("PortInUse", () => ({
  host: Schema.String,
  port: Schema.Number,
  holder: Schema.Literal("another clawdbot gateway", "another program"),
  /** The holder's process, where it runs on the same state folder. */
  pid: Schema.optional(Schema.Number)
})) {
  override get message() {
    const process = this.pid === undefined ? "" : ` (pid ${this.pid})`
    return `port ${this.port} on ${this.host} is in use by ${this.holder}${process}`
  }
}

/** The address cannot be listened on. */
export class CannotListen extends taggedError<CannotListen>()("CannotListen", () => ({
  host: Schema.String,
  port: Schema.Number,
  code: Schema.String
})) {
  override get message() {
    return `cannot listen on ${this.host}:${this.port} (${this.code})`
  }
}

/** The code of an error of Node's. */
export const codeOf = (error: Error): string => {
  if ("code" in error && typeof error.code === "string") return error.code
  return error.name
}

/**
 * So many connections may wait to be accepted, as far as the system lets them (`somaxconn`). Node's
 * own 511 are fewer than the clients that come back at once after a start: those that do not fit
 * are reset, or try again a second later.
 */
const maxWaiting = 4_096

/** Listens, and gives the port: with 0, the one that was free. */
export const listen = (
  server: Server,
  host: string,
  port: number
): Effect.Effect<number, PortInUse | CannotListen> =>
  Effect.async<number, { readonly code: string }>((resume) => {
    const onError = (error: Error) => resume(Effect.fail({ code: codeOf(error) }))
    server.once("error", onError)
    server.listen({ port, host, backlog: maxWaiting }, () => {
      server.off("error", onError)
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
    })
  }).pipe(
    Effect.catchAll(({ code }): Effect.Effect<never, PortInUse | CannotListen> => {
      if (code === "EADDRINUSE")
        return Effect.flatMap(findHolder(host, port), (holder) =>
          Effect.fail(new PortInUse({ host, port, holder }))
        )
      return Effect.fail(new CannotListen({ host, port, code }))
    })
  )

/** An address to connect to, for one to listen on. */
const reachable: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }

/** The address clients of this machine use. */
export const urlOf = (host: string, port: number): string =>
  `http://${reachable[host] ?? (host.includes(":") ? `[${host}]` : host)}:${port}`
