// @ts-check
// The details of one profile or one request, over the page; the keyboard's Escape closes them.
import { byId } from "./dom.js"
import { printable } from "./printable.js"
import * as Selection from "./selection.js"

/** @type {(() => { title: string, body: Node[] } | undefined) | undefined} */
let current

const dialog = () => /** @type {HTMLDialogElement} */ (byId("details"))

const draw = () => {
  const shown = current?.()
  if (shown === undefined) return
  byId("details-title").textContent = printable(shown.title)
  byId("details-body").replaceChildren(...shown.body)
}

/**
 * Opens them. What they show is asked for again whenever the page has something new.
 * @param {() => { title: string, body: Node[] } | undefined} view
 */
export const open = (view) => {
  current = view
  draw()
  if (!dialog().open) dialog().showModal()
}

/** Shows what is known after a person's own action, with the focus where it was. */
export const redraw = () => {
  if (!dialog().open) return
  const isWithin = byId("details-body").contains(document.activeElement)
  draw()
  if (isWithin || document.activeElement === document.body) byId("details-close").focus()
}

/** Shows what is known now, once nothing in it is marked. */
export const refresh = () => {
  if (!dialog().open) return
  if (dialog().contains(document.activeElement) && document.activeElement?.id !== "details-close")
    return
  Selection.unlessMarked(dialog(), draw)
}

/** To be called once. */
export const start = () => {
  byId("details-close").addEventListener("click", () => dialog().close())
  dialog().addEventListener("close", () => {
    current = undefined
  })
}
