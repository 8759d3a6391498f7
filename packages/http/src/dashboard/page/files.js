// @ts-check
// What the page saves as a file, made in the browser: nothing is asked for or sent.
import { iso } from "./words.js"

/**
 * A cell of a CSV file (RFC 4180). A text that a spreadsheet would run as a formula gets an
 * apostrophe before it: names of models and clients are other people's.
 * @param {unknown} value
 */
const cell = (value) => {
  if (value === undefined || value === null) return ""
  const text = String(value)
  const isFormula = typeof value === "string" && /^[=+\-@\t\r]/.test(text)
  const safe = isFormula ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/**
 * Rows as CSV, with a heading.
 * @param {string[]} columns
 * @param {unknown[][]} rows
 */
export const csv = (columns, rows) =>
  [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("")

/**
 * @param {string} name
 * @param {string} type
 * @param {string} text
 */
export const save = (name, type, text) => {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob([text], { type }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/**
 * The name of a file of now.
 * @param {string} kind
 * @param {string} ending
 * @param {number} now epoch ms
 */
export const fileName = (kind, ending, now) =>
  `clawdbot-${kind}-${iso(now).slice(0, 19).replaceAll(":", "")}.${ending}`
