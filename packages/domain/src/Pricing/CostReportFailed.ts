/** Why the provider's cost report could not be read. */

import * as Schema from "effect/Schema"
import { taggedError } from "../Document/taggedError.ts"

/** The provider's cost report could not be read; nothing else was asked or changed. */
export class CostReportFailed extends taggedError<CostReportFailed>()("CostReportFailed", () => ({
  reason: Schema.Literal("no admin key", "refused", "limited", "unreachable", "unreadable"),
  /** The status, the system's code, or the place in the answer; empty where there is none. */
  detail: Schema.String
})) {
  override get message() {
    const detail = this.detail === "" ? "" : ` (${this.detail})`
    switch (this.reason) {
      case "no admin key":
        return "the cost report needs an admin key of the organization"
      case "refused":
        return `the provider does not accept this admin key for the cost report${detail}`
      case "limited":
        return `the provider limits how often the cost report is read${detail}`
      case "unreachable":
        return `the provider does not answer with its cost report${detail}`
      case "unreadable":
        return `the provider's cost report has another form than it is documented to have${detail}`
    }
  }
}
