// @ts-check
// The part of the page about profiles: the next credential, the summary of all, and their table.
import * as Actions from "./actions.js"
import * as Details from "./details.js"
import { byId, h } from "./dom.js"
import { agentQuery, ask, calmly, notice, now, soon, value } from "./page.js"
import { printable } from "./printable.js"
import * as Profiles from "./profiles.js"
import * as Views from "./profileViews.js"
import * as Selection from "./selection.js"
import { slots } from "./slots.js"
import { tiles } from "./summary.js"
import { whole } from "./words.js"

/** @type {Profiles.Profile[]} */
let profiles = []
/** Whose they are. */
let agent = ""

const profileTable = slots("Profile", Views.columns, (key) =>
  Details.open(() => {
    const profile = profiles.find((one) => one.profile === key)
    return (
      profile && {
        title: key,
        body: [...Views.details(profile, now()), ...Actions.buttons(profile, profiles)]
      }
    )
  })
)

const showProfiles = () => {
  const wanted = {
    search: value("profile-search"),
    state: value("profile-state"),
    sort: value("profile-sort")
  }
  const shown = Profiles.select(profiles, wanted)
  const of = shown.length === profiles.length ? "" : `${whole(shown.length)} of `
  Selection.showText(byId("profile-count"), `${of}${whole(profiles.length)}`)
  profileTable.show(shown.map((profile) => Views.row(profile, now())))
  const empty = h(
    "p",
    { class: "empty" },
    "No profiles yet. Add one: ",
    h("code", {}, `clawdbot onboard --agent ${agent}`)
  )
  const place = byId("profile-list")
  const view = profiles.length === 0 ? empty : profileTable.table
  if (place.firstChild !== view) place.replaceChildren(view)
}

/** Asks for the status, and shows it. */
export const load = calmly(async () => {
  if (Actions.isUnknown()) await Actions.load()
  const status = /** @type {Profiles.Status} */ (await ask("status", agentQuery()))
  profiles = Profiles.profilesOf(status)
  agent = status.explanation.agent
  Selection.show(byId("next"), ...Views.next(status, now()))
  showProfiles()
  Selection.show(byId("profile-summary"), ...tiles.ofProfiles(Profiles.counts(profiles)))
  Details.refresh()
  const chosen = status.explanation.chosen
  document.title =
    chosen === undefined ? "clawdbot: no credential available" : `clawdbot: ${printable(chosen)}`
  notice(undefined)
})

/** The order changes with every request; of hundreds a second it is asked for now and then. */
export const loadSoon = soon(load, 500)

/** To be called once. */
export const start = () => {
  Actions.start(() => {
    load().then(Details.redraw)
  })
  byId("profile-search").addEventListener("input", showProfiles)
  byId("profile-state").addEventListener("change", showProfiles)
  byId("profile-sort").addEventListener("change", showProfiles)
}
