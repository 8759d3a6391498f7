// @ts-check
// The dashboard: asks the gateway, shows what it says, and listens for what changes.
import { byId, h, select } from "./dom.js"
import * as Gateway from "./gateway.js"
import { SessionEnded } from "./gateway.js"
import { printable } from "./printable.js"
import * as Profiles from "./profiles.js"
import * as Requests from "./requests.js"
import * as Usage from "./usage.js"

/** How far this machine's clock is behind the gateway's, in ms: countdowns are the gateway's. */
let behind = 0
const now = () => Date.now() + behind

/** @type {Profiles.Status | undefined} */
let status
/** @type {Requests.RequestRecord[]} */
let requests = []
/** @type {(() => void) | undefined} */
let drawUsage

/** @param {string | undefined} text */
const notice = (text) => {
  const place = byId("notice")
  place.hidden = text === undefined
  const shown = printable(text ?? "")
  if (place.textContent !== shown) place.textContent = shown
}

/** @param {unknown} error */
const messageOf = (error) => {
  if (error instanceof SessionEnded)
    return "Session ended. Run clawdbot dashboard on the gateway host for a new link."
  if (error instanceof Error) return error.message
  return String(error)
}

/**
 * @param {string} path
 * @param {Record<string, string>} [query]
 */
const ask = (path, query = {}) =>
  Gateway.ask(path, query, (date) => {
    // The header has whole seconds: only a difference that matters is believed.
    if (Math.abs(date - Date.now()) > 2_000) behind = date - Date.now()
  })

/**
 * One at a time; what is asked for meanwhile is done once more afterwards. An error is shown,
 * and the action is tried again with the next change.
 * @param {() => Promise<void>} action
 */
const calmly = (action) => {
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

/** @returns {Record<string, string>} */
const agentQuery = () => {
  const chosen = select("agent").value
  if (chosen === "") return {}
  return { agent: chosen }
}

const loadStatus = calmly(async () => {
  status = /** @type {Profiles.Status} */ (await ask("status", agentQuery()))
  const cards = Profiles.cards(status, now())
  byId("next").replaceChildren(...Profiles.next(status, now()))
  byId("profile-list").replaceChildren(
    ...(cards.length === 0
      ? [
          h(
            "li",
            { class: "card empty" },
            "No profiles yet. Add one: ",
            h("code", {}, "clawdbot onboard")
          )
        ]
      : cards)
  )
  const chosen = status.explanation.chosen
  document.title =
    chosen === undefined ? "clawdbot: no credential available" : `clawdbot: ${printable(chosen)}`
  notice(undefined)
})

/** @param {number} [newest] */
const showRequests = (newest) => byId("requests").replaceChildren(Requests.table(requests, newest))

const loadRequests = calmly(async () => {
  requests = await ask("requests", { limit: String(Requests.shown) })
  showRequests()
})

const loadUsage = calmly(async () => {
  const days = Number(select("span").value)
  const by = select("by").value
  const isDay = days > 1
  const until = now() + 1
  const span = {
    since: String(Math.round(until - days * 86_400_000)),
    until: String(Math.round(until))
  }
  const [overTime, total] = await Promise.all([
    ask("usage", { ...span, by: `${isDay ? "day" : "hour"},${by}` }),
    ask("usage", { ...span, by })
  ])
  drawUsage = () => {
    const place = byId("usage")
    place.replaceChildren(
      ...Usage.view(overTime, total, by, isDay, Math.max(280, place.clientWidth - 32))
    )
  }
  drawUsage()
})

const loadAgents = calmly(async () => {
  const { agents, defaultAgent } = await ask("agents")
  const all = agents.length === 0 ? [defaultAgent] : agents
  const chosen = select("agent").value || defaultAgent
  select("agent").replaceChildren(
    ...all.map((/** @type {string} */ id) => h("option", { value: id }, id))
  )
  select("agent").value = chosen
  byId("agent-choice").hidden = all.length < 2
})

const loadAll = () => {
  loadAgents().then(loadStatus)
  loadRequests()
  loadUsage()
}

/** @param {"live" | "reconnecting" | "ended"} state */
const connection = (state) => {
  const place = byId("connection")
  place.dataset.state = state
  place.textContent = state
}

/** Usage is written down now and then: there is no point in asking for it after every request. */
let usageIsDue = false
const loadUsageSoon = () => {
  if (usageIsDue) return
  usageIsDue = true
  setTimeout(() => {
    usageIsDue = false
    loadUsage()
  }, 2_000)
}

/**
 * @param {string} name
 * @param {string} data
 */
const onEvent = (name, data) => {
  if (name === "health") loadStatus()
  if (name !== "request") return
  const newest = requests[0]?.id
  const record = /** @type {Requests.RequestRecord} */ (JSON.parse(data))
  requests = [record, ...requests.filter(({ id }) => id !== record.id)].slice(0, Requests.shown)
  showRequests(newest)
  loadStatus()
  loadUsageSoon()
}

const onOpen = () => {
  connection("live")
  // Whatever happened while the page was not connected.
  loadAll()
}

/** How long is waited before events are asked for again, in ms. */
const againMs = 2_000

const listen = async () => {
  try {
    await Gateway.readEvents(onOpen, onEvent)
  } catch (error) {
    if (error instanceof SessionEnded) {
      connection("ended")
      notice(messageOf(error))
      return
    }
  }
  connection("reconnecting")
  setTimeout(listen, againMs)
}

select("agent").addEventListener("change", loadStatus)
select("span").addEventListener("change", loadUsage)
select("by").addEventListener("change", loadUsage)
new ResizeObserver(() => drawUsage?.()).observe(document.documentElement)
let endedAt = 0
setInterval(() => {
  // What a pause's end changes is the gateway's to say; it is asked at most every five seconds.
  if (Profiles.tick(now()) && Date.now() - endedAt > 5_000) {
    endedAt = Date.now()
    loadStatus()
  }
}, 1_000)
listen()
