// @ts-check
// What all parts of the page share: asking the gateway, its time, and what went wrong.
import { byId, select } from "./dom.js"
import * as Gateway from "./gateway.js"
import { SessionEnded } from "./gateway.js"
import { printable } from "./printable.js"
import * as Selection from "./selection.js"

/** How far this machine's clock is behind the gateway's, in ms: countdowns are the gateway's. */
let behind = 0
export const now = () => Date.now() + behind

/** The text or the choice of a field. @param {string} id */
export const value = (id) => /** @type {HTMLInputElement} */ (byId(id)).value

/** @param {string | undefined} text */
export const notice = (text) => {
  const place = byId("notice")
  place.hidden = text === undefined
  Selection.showText(place, printable(text ?? ""))
}

/** @param {unknown} error */
export const messageOf = (error) => {
  if (error instanceof SessionEnded)
    return "Session ended. Run clawdbot dashboard on the gateway host for a new link."
  if (error instanceof Error) return error.message
  return String(error)
}

/**
 * @param {string} path
 * @param {Record<string, string>} [query]
 */
export const ask = (path, query = {}) =>
  Gateway.ask(path, query, (date) => {
    // The header has whole seconds: only a difference that matters is believed.
    if (Math.abs(date - Date.now()) > 2_000) behind = date - Date.now()
  })

/**
 * One at a time; what is asked for meanwhile is done once more afterwards. An error is shown,
 * and the action is tried again with the next change.
 * @param {() => Promise<void>} action
 */
export const calmly = (action) => {
  let running = false
  let again = false
  const run = async () => {
    if (running) {
      again = true
      return
    }
    running = true
    try {
      await action()
    } catch (error) {
      if (byId("notice").hidden || error instanceof SessionEnded) notice(messageOf(error))
    } finally {
      running = false
      if (again) {
        again = false
        setTimeout(run, 250)
      }
    }
  }
  return run
}

/** The agent that was chosen, where there is a choice. */
export const chosenAgent = () => (byId("agent-choice").hidden ? "" : select("agent").value)

/** @returns {Record<string, string>} */
export const agentQuery = () => {
  const agent = select("agent").value
  if (agent === "") return {}
  return { agent }
}

/**
 * Does it once after a while, however often it is asked for.
 * @param {() => unknown} action
 * @param {number} afterMs
 */
export const soon = (action, afterMs) => {
  let isDue = false
  return () => {
    if (isDue) return
    isDue = true
    setTimeout(() => {
      isDue = false
      action()
    }, afterMs)
  }
}
