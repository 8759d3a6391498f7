// @ts-check
// The part of the page about usage: its span of time, its groups, and export.
import { byId, select } from "./dom.js"
import { csv, fileName, save } from "./files.js"
import { ask, calmly, chosenAgent, now, soon, value } from "./page.js"
import * as Selection from "./selection.js"
import * as Usage from "./usage.js"
import * as Report from "./usageReport.js"

/** @type {(() => void) | undefined} */
let draw
/** @type {Report.Report | undefined} */
let usage

/** Asks for the usage of the chosen span, and shows it. */
export const load = calmly(async () => {
  const by = select("by").value
  const span = Report.spanOf(value("span"), value("span-from"), value("span-to"), now())
  if (span === undefined) return
  const report = /** @type {Report.Report} */ (
    await ask("usage", {
      since: String(span.since),
      until: String(span.until),
      by: [...new Set([span.unit, "agent", by])].join(",")
    })
  )
  const agent = by === "agent" ? "" : chosenAgent()
  usage = Report.ofAgent(report, agent)
  const all = usage
  draw = () => {
    const place = byId("usage")
    Selection.show(place, ...Usage.view(all, by, span, Math.max(280, place.clientWidth - 32)))
  }
  draw()
})

/** Usage is written now and then: there is no point in asking for it after every request. */
export const loadSoon = soon(load, 2_000)

/** To be called once. */
export const start = () => {
  byId("span").addEventListener("change", () => {
    byId("span-custom").hidden = value("span") !== "custom"
    load()
  })
  for (const id of ["span-from", "span-to", "by"]) byId(id).addEventListener("change", load)
  byId("usage-csv").addEventListener("click", () => {
    if (usage === undefined) return
    const { columns, rows } = Report.exported(usage)
    save(fileName("usage", "csv", now()), "text/csv", csv(columns, rows))
  })
  byId("usage-json").addEventListener("click", () => {
    const text = JSON.stringify(usage?.rows ?? [], null, 2)
    save(fileName("usage", "json", now()), "application/json", text)
  })
  new ResizeObserver(() => draw?.()).observe(document.documentElement)
}
