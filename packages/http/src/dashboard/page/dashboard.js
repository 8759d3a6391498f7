// @ts-check
// The dashboard: listens for what changes on the gateway, and has its parts show it.

import * as BudgetsPart from "./budgetsPart.js"
import * as CachePart from "./cachePart.js"
import * as Details from "./details.js"
import { byId, h, select } from "./dom.js"
import * as Gateway from "./gateway.js"
import { SessionEnded } from "./gateway.js"
import * as GatewayPart from "./gatewayPart.js"
import { ask, calmly, messageOf, notice, now } from "./page.js"
import * as ProfilesPart from "./profilesPart.js"
import { tick } from "./profileViews.js"
import * as RequestsPart from "./requestsPart.js"
import * as Selection from "./selection.js"
import * as UsagePart from "./usagePart.js"
import { clockTime, left } from "./words.js"

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

const loadAll = async () => {
  await Promise.all([
    loadAgents().then(ProfilesPart.load),
    RequestsPart.load(),
    UsagePart.load(),
    CachePart.load(),
    GatewayPart.load(),
    BudgetsPart.load()
  ])
  delete document.body.dataset.loading
}

/** How long is waited before events are asked for again, in ms. */
const againMs = 2_000

/** Since when the gateway is away, in epoch ms. @type {number | undefined} */
let awaySince

/** Says over the whole page that the gateway is away, and how old what it shows is. */
const showAway = () => {
  const place = byId("away")
  place.hidden = awaySince === undefined
  document.body.dataset.away = String(awaySince !== undefined)
  if (awaySince === undefined) return
  Selection.showText(
    place,
    `The gateway has not answered since ${clockTime(awaySince)}: what you see is ` +
      `${left(Date.now() - awaySince)} old. It is asked again every ${againMs / 1_000} seconds.`
  )
}

/** @param {"live" | "reconnecting" | "ended"} state */
const connection = (state) => {
  const place = byId("connection")
  place.dataset.state = state
  place.textContent = state
  awaySince = state === "reconnecting" ? (awaySince ?? Date.now()) : undefined
  showAway()
}

/**
 * @param {string} name
 * @param {string} data
 */
const onEvent = (name, data) => {
  if (name === "health") ProfilesPart.loadSoon()
  if (name !== "request") return
  RequestsPart.add(JSON.parse(data))
  BudgetsPart.loadSoon()
  ProfilesPart.loadSoon()
  UsagePart.loadSoon()
  CachePart.loadSoon()
}

const onOpen = () => {
  connection("live")
  // Whatever happened while the page was not connected.
  loadAll()
}

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

byId("agent").addEventListener("change", () => {
  ProfilesPart.load()
  RequestsPart.show()
  UsagePart.load()
})
let endedAt = 0
setInterval(() => {
  showAway()
  // What a cooldown's end changes is the gateway's to say; it is asked at most every five seconds.
  if (tick(now()) && Date.now() - endedAt > 5_000) {
    endedAt = Date.now()
    ProfilesPart.load()
  }
}, 1_000)
for (const part of [Selection, Details, ProfilesPart, RequestsPart, UsagePart]) part.start()
listen()
