// @ts-check
// The step from a link to the dashboard: its page key is kept in this tab, where no other port of
// the gateway's host can read it.
import { keepPageKey } from "./gateway.js"

const key = document.querySelector("meta[name=clawdbot-page]")?.getAttribute("content") ?? ""
if (key !== "") {
  keepPageKey(key)
  // The link is used up: it has no place in the history.
  location.replace("/clawdbot/")
}
