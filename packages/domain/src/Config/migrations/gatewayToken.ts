/**
 * The gateway's token of older versions.
 *
 * before  { gateway: { token: "t" } }
 * after   { gateway: { auth: { token: "t", mode: "token" } } }
 *
 * Dropped where `gateway.auth.token` is there already; a mode that is set stays.
 */
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import { moveOrDrop, type Step } from "./Draft.ts"

/** `gateway.token` to `gateway.auth.token`. */
export const gatewayToken: Step = {
  name: "gatewayToken",
  run: (draft) => {
    const auth = draft.get(["gateway", "auth"])
    if (
      typeof draft.get(["gateway", "token"]) !== "string" ||
      (auth !== undefined && !JsonValue.isObject(auth))
    )
      return
    moveOrDrop(draft, ["gateway", "token"], ["gateway", "auth", "token"])
    if (!draft.has(["gateway", "auth", "mode"])) draft.set(["gateway", "auth", "mode"], "token")
  }
}
