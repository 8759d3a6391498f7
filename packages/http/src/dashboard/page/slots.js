// @ts-check
// A table whose rows stay where they are while what they show changes: nothing on the page moves
// under a reader, the focus stays, and hundreds of rows cost no new elements.
import { h } from "./dom.js"
import * as Selection from "./selection.js"

/**
 * @typedef {{ key: string, name: string, attributes: Record<string, string>,
 * cells: (Node | string)[][] }} Row one row: `name` is on the button that opens its details, the
 * first cell stands below it; rows of one table have the same attributes
 */

/**
 * @param {string[]} columns their headings, without that of the button
 * @param {string} first the heading of the button's column
 * @param {(key: string) => void} onOpen
 */
export const slots = (first, columns, onOpen) => {
  const body = document.createElement("tbody")
  const table = h(
    "table",
    { class: "slots" },
    h(
      "thead",
      {},
      h("tr", {}, ...[first, ...columns].map((name) => h("th", { scope: "col" }, name)))
    ),
    body
  )
  /**
   * @type {{ row: HTMLElement, button: HTMLElement, below: HTMLElement, cells: HTMLElement[] }[]}
   */
  const made = []

  const make = () => {
    const button = h("button", { type: "button", class: "link" })
    const below = h("div", { class: "muted" })
    const cells = columns.map((label) => h("td", { "data-label": label }))
    const row = h("tr", {}, h("th", { scope: "row", "data-label": first }, button, below), ...cells)
    button.addEventListener("click", () => onOpen(row.dataset.key ?? ""))
    const slot = { row, button, below, cells }
    made.push(slot)
    body.append(row)
    return slot
  }

  /** @param {Row[]} rows */
  const draw = (rows) => {
    rows.forEach(({ attributes, cells: [below = [], ...cells], key, name }, index) => {
      const slot = made[index] ?? make()
      slot.row.dataset.key = key
      for (const [attribute, value] of Object.entries(attributes))
        if (slot.row.getAttribute(attribute) !== value) slot.row.setAttribute(attribute, value)
      if (slot.button.dataset.name !== name) {
        slot.button.dataset.name = name
        slot.button.replaceChildren(h("span", {}, name))
      }
      slot.below.replaceChildren(...below)
      slot.cells.forEach((cell, at) => void cell.replaceChildren(...(cells[at] ?? [])))
    })
    for (const { row } of made.splice(rows.length)) row.remove()
  }
  /**
   * Shows these rows, once nothing in the table is marked.
   * @param {Row[]} rows
   */
  const show = (rows) => Selection.unlessMarked(table, () => draw(rows))
  return { table, show }
}
