// @ts-check
// The part of the page about the provider's prompt cache: the last day, by cause.
import { view } from "./cacheView.js"
import { byId } from "./dom.js"
import { ask, calmly, now, soon } from "./page.js"

const dayMs = 24 * 3_600_000

/** Asks what the cache did, and shows it. */
export const load = calmly(async () => {
  const summary = await ask("cache", { since: String(Math.max(0, Math.round(now()) - dayMs)) })
  byId("cache").replaceChildren(...view(summary))
})

/** Sums change with every request; a few of them are shown at a time. */
export const loadSoon = soon(load, 2_000)
