// @ts-check
// The clients that have used most of a budget, or were refused.
import { budgetWords } from "./budgetWords.js"
import { byId, h } from "./dom.js"
import { ask, calmly, soon } from "./page.js"

export const load = calmly(async () => {
  const words = budgetWords(await ask("budgets"))
  const place = byId("budgets")
  place.hidden = words.length === 0
  place.replaceChildren(...words.map((line) => h("li", {}, line)))
})

/** What requests spend changes with each of them: there is no point in asking that often. */
export const loadSoon = soon(load, 2_000)
