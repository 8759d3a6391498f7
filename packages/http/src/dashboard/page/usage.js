// @ts-check
// Tokens and cache hits over time, drawn here; the same figures as a table.
import { h, s } from "./dom.js"
import { buckets, byGroup, prompt, tokens } from "./usageReport.js"
import { bucketName, compact, dollars, percent, whole } from "./words.js"

/** @typedef {import("./usageReport.js").Row} Row */
/** @typedef {import("./usageReport.js").Report} Report */
/** @typedef {import("./usageReport.js").Span} Span */

/** So many groups have a colour of their own; the rest share the last one. */
const colours = 5

/**
 * A round number that is at least as large.
 * @param {number} amount
 */
const ceiling = (amount) => {
  const unit = 10 ** Math.floor(Math.log10(Math.max(amount, 1)))
  return [1, 2, 4, 5, 8, 10].map((step) => step * unit).find((step) => step >= amount) ?? amount
}

/**
 * The groups by size, each with its colour.
 * @param {Row[]} rows
 * @param {string} by
 */
const ranked = (rows, by) =>
  [...rows]
    .sort((one, other) => tokens(other) - tokens(one))
    .map((row, index) => ({ name: row.group[by] ?? "", colour: Math.min(index, colours) + 1 }))

/**
 * @typedef {{ width: number, height: number, left: number, bottom: number, isDay: boolean, starts:
 * number[] }} Frame
 */

/**
 * The lines and words around a drawing.
 * @param {Frame} frame
 * @param {number} top
 * @param {(value: number) => string} name
 */
const axes = ({ bottom, height, isDay, left, starts, width }, top, name) => {
  const count = starts.length
  const inner = height - bottom - 8
  const every = Math.max(1, Math.ceil(count / Math.max(2, Math.floor((width - left) / 90))))
  const slot = (width - left) / count
  return [
    ...[0, 0.5, 1].flatMap((part) => {
      const y = 8 + inner * (1 - part)
      return [
        s("line", { class: "grid", x1: left, x2: width, y1: y, y2: y }),
        s("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, name(top * part))
      ]
    }),
    ...Array.from({ length: Math.ceil(count / every) }, (_, index) =>
      s(
        "text",
        {
          x: left + slot * (index * every + 0.5),
          y: height - 4,
          "text-anchor": index === 0 && slot < 60 ? "start" : "middle"
        },
        bucketName(starts[index * every] ?? 0, isDay)
      )
    )
  ]
}

/**
 * @param {Report} report by time, agent and group
 * @param {string} by
 * @param {Span} span
 * @param {number} width px
 */
export const view = (report, by, { isDay, starts }, width) => {
  if (report.rows.length === 0) return [h("p", { class: "empty" }, "No usage in this period.")]
  const total = { ...report, rows: byGroup(report, by) }
  const groups = ranked(total.rows, by)
  const inTime = buckets(report.rows, starts)
  const frame = { width, height: 190, left: 52, bottom: 22, isDay, starts }
  const slot = (width - frame.left) / starts.length
  const inner = frame.height - frame.bottom - 8
  const most = ceiling(
    Math.max(...inTime.map((rows) => rows.reduce((amount, row) => amount + tokens(row), 0)))
  )
  const bars = inTime.flatMap((rows, index) => {
    let below = 0
    return groups.flatMap(({ colour, name }) => {
      const amount = rows
        .filter((row) => row.group[by] === name)
        .reduce((all, row) => all + tokens(row), 0)
      if (amount === 0) return []
      const height = (amount / most) * inner
      const y = 8 + inner - ((below + amount) / most) * inner
      below += amount
      return [
        s(
          "rect",
          {
            class: `fill${colour}`,
            x: frame.left + slot * index + slot * 0.1,
            y,
            width: slot * 0.8,
            height
          },
          s(
            "title",
            {},
            `${bucketName(starts[index] ?? 0, isDay)}: ${name} ${whole(amount)} tokens`
          )
        )
      ]
    })
  })
  const hits = inTime.flatMap((rows, index) => {
    const all = rows.reduce((amount, row) => amount + prompt(row), 0)
    const read = rows.reduce((amount, row) => amount + row.cacheRead, 0)
    if (all === 0) return []
    return [{ x: frame.left + slot * (index + 0.5), share: read / all, index }]
  })
  const y = (/** @type {number} */ share) => 8 + inner * (1 - share)
  const hitText = total.total.cacheHit === null ? "unknown" : percent(total.total.cacheHit)
  return [
    h(
      "figure",
      {},
      h(
        "figcaption",
        {},
        `Tokens per ${isDay ? "day" : "hour"} (${compact(tokens(total.total))} total)`
      ),
      s(
        "svg",
        {
          viewBox: `0 0 ${width} ${frame.height}`,
          role: "img",
          "aria-label": `Tokens over time by ${by}; the table below has the figures`
        },
        ...axes(frame, most, compact),
        ...bars
      ),
      h(
        "ul",
        { class: "legend" },
        ...groups.map(({ colour, name }) =>
          h(
            "li",
            {},
            s(
              "svg",
              { viewBox: "0 0 8 8", "aria-hidden": "true" },
              s("rect", { width: 8, height: 8, class: `fill${colour}` })
            ),
            name || "default token"
          )
        )
      )
    ),
    h(
      "figure",
      {},
      h("figcaption", {}, `Prompt cache hit rate: ${hitText} overall`),
      s(
        "svg",
        {
          viewBox: `0 0 ${width} ${frame.height}`,
          role: "img",
          "aria-label": `Prompt cache hit rate over time: ${hitText} overall`
        },
        ...axes(frame, 1, percent),
        s("polyline", {
          class: "line",
          points: hits.map(({ share, x }) => `${x},${y(share)}`).join(" ")
        }),
        ...hits.map(({ index, share, x }) =>
          s(
            "circle",
            { class: "dot", cx: x, cy: y(share), r: 3 },
            s("title", {}, `${bucketName(starts[index] ?? 0, isDay)}: ${percent(share)}`)
          )
        )
      )
    ),
    figures(total, by)
  ]
}

/** In USD: of API keys, and what answers to subscriptions would have cost with one. */
const costColumns = /** @type {const} */ ([
  ["Billed", "billedUsd"],
  ["At list price", "listUsd"]
])

/**
 * @param {Report} report
 * @param {string} by
 */
const figures = ({ rows, total }, by) => {
  const columns = /** @type {const} */ ([
    ["Requests", "requests"],
    ["No usage reported", "unmeasured"],
    ["Input", "input"],
    ["Cache read", "cacheRead"],
    ["Cache write", "cacheWrite"],
    ["Output", "output"]
  ])
  /** @param {Row} row @param {string} key */
  const value = (row, key) => {
    if (key === "cacheWrite") return row.cacheWrite5m + row.cacheWrite1h + row.cacheWriteOther
    return Number(/** @type {Record<string, unknown>} */ (row)[key])
  }
  /** @param {string} name @param {Row} row */
  const line = (name, row) =>
    h(
      "tr",
      { "data-group": name },
      h("th", { scope: "row" }, name),
      ...columns.map(([label, key]) =>
        h(
          "td",
          { class: "number", "data-label": label, "data-key": key, "data-value": value(row, key) },
          whole(value(row, key))
        )
      ),
      h(
        "td",
        { class: "number", "data-label": "Cache hit rate" },
        row.cacheHit === null ? "–" : percent(row.cacheHit)
      ),
      ...costColumns.map(([label, key]) =>
        h("td", { class: "number", "data-label": label, "data-cost": key }, dollars(row[key]))
      ),
      h("td", { class: "number", "data-label": "Price unknown" }, whole(row.unpriced))
    )
  return h(
    "table",
    {},
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, by[0]?.toUpperCase() + by.slice(1)),
        ...columns.map(([label]) => h("th", { scope: "col", class: "number" }, label)),
        h("th", { scope: "col", class: "number" }, "Cache hit rate"),
        ...costColumns.map(([label]) => h("th", { scope: "col", class: "number" }, label)),
        h("th", { scope: "col", class: "number" }, "Price unknown")
      )
    ),
    h(
      "tbody",
      {},
      ...rows.map((row) => line(row.group[by] || "default token", row)),
      line("total", total)
    )
  )
}
