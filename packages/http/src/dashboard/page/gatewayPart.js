// @ts-check
// What kind of gateway this is: practice mode, and the gateways it shares a store with.
import { byId } from "./dom.js"
import { gatewayWords } from "./gatewayWords.js"
import { ask, calmly } from "./page.js"
import * as Selection from "./selection.js"

/** How often a gateway with others is asked for them, in ms: each tells of itself every five s. */
const everyMs = 10_000

let timer = 0

export const load = calmly(async () => {
  clearTimeout(timer)
  // One that is away is asked for everything when it is back.
  if (document.body.dataset.away === "true") return
  const info = await ask("gateway")
  const words = gatewayWords(info)
  const place = byId("gateway")
  place.hidden = words.length === 0
  Selection.showText(place, words.join(" · "))
  if (info.fleet !== undefined) timer = setTimeout(load, everyMs)
})
