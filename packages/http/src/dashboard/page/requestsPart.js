// @ts-check
// The part of the page about requests: what comes in as it comes, filters, details and export.
import * as Details from "./details.js"
import { byId, h, select } from "./dom.js"
import { csv, fileName, save } from "./files.js"
import { ask, calmly, chosenAgent, now, value } from "./page.js"
import * as List from "./requestList.js"
import * as Requests from "./requests.js"
import * as Selection from "./selection.js"
import { slots } from "./slots.js"
import { tiles } from "./summary.js"
import { classWords, whole } from "./words.js"

/** @type {List.RequestRecord[]} */
let requests = []
/** What came while the list stands still. @type {List.RequestRecord[]} */
let waiting = []
let isPaused = false

const requestTable = slots("Time", Requests.columns, (key) =>
  Details.open(() => {
    const record = requests.find(({ id }) => String(id) === key)
    return record && { title: `Request ${key}`, body: Requests.details(record, location.origin) }
  })
)

const wantedRequests = () =>
  List.filtered(requests, {
    search: value("request-search"),
    status: value("request-status"),
    client: value("request-client"),
    model: value("request-model"),
    profile: value("request-profile"),
    failure: value("request-class"),
    agent: chosenAgent()
  })

/**
 * The choices of a filter are the values that were seen; the one that was made stays.
 * @param {string} id
 * @param {string[]} values
 * @param {(value: string) => string} [words]
 */
const offer = (id, values, words = (text) => text) => {
  const place = select(id)
  const chosen = place.value
  const found = List.choices(values)
  if (chosen !== "" && !found.some(([name]) => name === chosen)) found.push([chosen, 0])
  const options = [
    { value: "", text: "all" },
    ...found.map(([name, count]) => ({ value: name, text: `${words(name)} (${whole(count)})` }))
  ]
  const text = JSON.stringify(options)
  // A list that a person has opened stays as it is.
  if (place.dataset.options === text || place === document.activeElement) return
  place.dataset.options = text
  place.replaceChildren(...options.map((one) => h("option", { value: one.value }, one.text)))
  place.value = chosen
}

/** Shows those that match the filters. */
export const show = () => {
  const shown = wantedRequests()
  requestTable.show(shown.slice(0, List.maxShown).map(Requests.row))
  const empty = h(
    "p",
    { class: "empty" },
    requests.length === 0
      ? "No requests yet. Point a client at this gateway, with the client token as its API key."
      : "No request matches."
  )
  const place = byId("requests")
  const view = shown.length === 0 ? empty : requestTable.table
  if (place.firstChild !== view) place.replaceChildren(view)
  const more = waiting.length > 0 ? `, ${whole(waiting.length)} new while paused` : ""
  Selection.showText(
    byId("request-figures"),
    `${whole(shown.length)} of the last ${whole(requests.length)} requests` +
      `${shown.length > List.maxShown ? `, the newest ${List.maxShown} shown` : ""}${more}`
  )
}

const showFigures = () =>
  Selection.show(byId("request-summary"), ...tiles.ofRequests(List.figuresOf(requests, now())))

const showAll = () => {
  show()
  offer("request-client", requests.map(List.clientOf))
  offer(
    "request-model",
    requests.flatMap(({ model }) => model ?? [])
  )
  offer(
    "request-profile",
    requests.flatMap(({ attempts }) => [...new Set(attempts.map(({ profile }) => profile))])
  )
  offer(
    "request-class",
    requests.flatMap((record) => [...new Set(List.failuresOf(record))]),
    classWords
  )
  showFigures()
}

/** Asks for the last requests: what came while the page was not connected. */
export const load = calmly(async () => {
  const last = /** @type {List.RequestRecord[]} */ (await ask("requests", { limit: "200" }))
  // After a restart the gateway counts from the beginning.
  const isRestarted = (last[0]?.id ?? 0) < (requests[0]?.id ?? 0)
  if (isRestarted) waiting = []
  requests = List.merged(isRestarted ? [] : requests, last)
  showAll()
})

/** Requests come by the hundred: what they change is shown a few times a second. */
const showSoon = calmly(async () => {
  await new Promise((resolve) => setTimeout(resolve, 400))
  if (isPaused) return show()
  requests = List.merged(requests, waiting)
  waiting = []
  showAll()
})

const pause = () => {
  isPaused = !isPaused
  const button = byId("request-pause")
  button.setAttribute("aria-pressed", String(isPaused))
  button.textContent = isPaused ? "Continue" : "Pause"
  showSoon()
}

/** A request has ended. @param {List.RequestRecord} record */
export const add = (record) => {
  waiting = [record, ...waiting].slice(0, List.maxKept)
  showSoon()
}

/** To be called once. */
export const start = () => {
  byId("request-search").addEventListener("input", show)
  for (const id of ["status", "client", "model", "profile", "class"])
    byId(`request-${id}`).addEventListener("change", show)
  byId("request-pause").addEventListener("click", pause)
  byId("request-csv").addEventListener("click", () => {
    const rows = wantedRequests().map(Requests.exportedRow)
    save(fileName("requests", "csv", now()), "text/csv", csv(Requests.exported, rows))
  })
  byId("request-json").addEventListener("click", () => {
    const text = JSON.stringify(wantedRequests(), null, 2)
    save(fileName("requests", "json", now()), "application/json", text)
  })
  // How many there are a minute changes also while none come.
  setInterval(showFigures, 5_000)
}
