import * as Schema from "effect/Schema"
import { taggedError } from "../Document/taggedError.ts"

/** `--agent` names nobody: no entry of the config, and no folder with credentials. */
export class AgentUnknown extends taggedError<AgentUnknown>()("AgentUnknown", () => ({
  agent: Schema.String,
  /** The agent that was most likely meant. */
  nearest: Schema.optional(Schema.String)
})) {
  override get message() {
    return (
      `there is no agent "${this.agent}": the config does not list it, and it has no ` +
      "credentials"
    )
  }
}
