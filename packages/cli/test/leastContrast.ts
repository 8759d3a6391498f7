/** Whether texts of a page can be read, in a real browser. */
import type { Page } from "playwright-core"

/**
 * The least contrast of any text on the page to what is behind it (WCAG 2). Plain text of a script:
 * it runs in the browser.
 */
const script = `(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number)
  const channel = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor)
      if (colour.length < 4 || colour[3] > 0) return colour
    }
    return [255, 255, 255]
  }
  let least = { ratio: 99, text: "" }
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "")
    if (!own || element.closest("script,noscript,[hidden]") !== null) continue
    const style = getComputedStyle(element)
    const [one, other] = [light(parse(element instanceof SVGElement ? style.fill : style.color)), light(behind(element))].sort((a, b) => b - a)
    const ratio = (one + 0.05) / (other + 0.05)
    if (ratio < least.ratio) least = { ratio, text: element.textContent.slice(0, 40) }
  }
  return least
})()`

/** The text with the least contrast, and its ratio; 4.5 is what readers need. */
export const leastContrast = async (
  page: Page
): Promise<{ readonly ratio: number; readonly text: string }> => page.evaluate(script)
