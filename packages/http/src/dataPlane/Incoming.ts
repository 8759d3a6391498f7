/** A request to the data plane with its client. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Client } from "@clawdbot/domain/Client/ClientTokens"
import type { ClientTurns } from "../FairScheduler.ts"

/** One request as it came. */
export interface Incoming {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The client whose own token it carries; undefined for the gateway's token. */
  readonly client: Client | undefined
  /** The client's share of the gateway's time. */
  readonly turns: ClientTurns
}

/** A header with something in it, without blanks around it; of several the first. */
export const headerOf = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name]
  const text = typeof value === "string" ? value : value?.[0]
  if (text === undefined || text.trim() === "") return undefined
  return text.trim()
}
