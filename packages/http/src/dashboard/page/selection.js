// @ts-check
// What a person has marked stays as it is: what would be drawn in its place waits until nothing of
// it is marked any more.

/** The last thing to be drawn in each place. @type {Map<Element, () => void>} */
const waiting = new Map()

/** Whether text within an element is marked. @param {Element} element */
export const isMarked = (element) => {
  const marked = getSelection()
  return marked !== null && !marked.isCollapsed && marked.getRangeAt(0).intersectsNode(element)
}

/**
 * Draws in a place, at once or when nothing in it is marked any more.
 * @param {Element} place
 * @param {() => void} draw
 */
export const unlessMarked = (place, draw) => {
  waiting.delete(place)
  if (isMarked(place)) waiting.set(place, draw)
  else draw()
}

/**
 * Shows these in a place, once nothing in it is marked.
 * @param {Element} place
 * @param {(Node | string)[]} children
 */
export const show = (place, ...children) =>
  unlessMarked(place, () => place.replaceChildren(...children))

/**
 * Shows a text in a place, once nothing in it is marked.
 * @param {Element} place
 * @param {string} text
 */
export const showText = (place, text) =>
  unlessMarked(place, () => {
    if (place.textContent !== text) place.textContent = text
  })

/** To be called once. */
export const start = () => {
  document.addEventListener("selectionchange", () => {
    for (const [place, draw] of [...waiting]) unlessMarked(place, draw)
  })
  // Who chooses something wants to see it; with a mouse the press itself ends what was marked.
  document.addEventListener(
    "change",
    ({ target }) => {
      if (target instanceof HTMLSelectElement) getSelection()?.removeAllRanges()
    },
    { capture: true }
  )
}
