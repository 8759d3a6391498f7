import { taggedError } from "@clawdbot/domain/Document/taggedError"
import * as Schema from "effect/Schema"

/**
 * A proxy variable is set to something that cannot be used. Nothing is sent past the proxy instead:
 * whoever set it may not want that. The value is not told; it may hold a password.
 */
export class ProxyUnusable extends taggedError<ProxyUnusable>()("ProxyUnusable", () => ({
  variable: Schema.String,
  problem: Schema.String
})) {
  override get message() {
    return `the proxy in ${this.variable} cannot be used: ${this.problem}`
  }
}
