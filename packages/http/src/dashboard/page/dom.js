// @ts-check
// Making elements. Text is only ever put in as text, and made printable: names of profiles and
// models are other people's.
import { printable } from "./printable.js"

const svgNamespace = "http://www.w3.org/2000/svg"

/** Whether an attribute is read by a person. @param {string} name */
const isRead = (name) => name === "title" || name.startsWith("aria-")

/** @typedef {Node | string | undefined | false} Child */
/** @typedef {Record<string, string | number | undefined>} Attributes */

/**
 * @template {Element} E
 * @param {E} element
 * @param {Attributes} attributes
 * @param {Child[]} children
 * @returns {E}
 */
const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined)
      element.setAttribute(name, isRead(name) ? printable(String(value)) : String(value))
  }
  for (const child of children) {
    if (child !== undefined && child !== false)
      element.append(typeof child === "string" ? printable(child) : child)
  }
  return element
}

/**
 * An element of the page.
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {Child[]} children
 */
export const h = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children)

/**
 * An element of a drawing.
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {Child[]} children
 */
export const s = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(svgNamespace, tag), attributes, children)

/**
 * The element with an id, which the page has.
 * @param {string} id
 */
export const byId = (id) => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page lacks #${id}`)
  return found
}

/**
 * The choice of a select.
 * @param {string} id
 */
export const select = (id) => /** @type {HTMLSelectElement} */ (byId(id))
