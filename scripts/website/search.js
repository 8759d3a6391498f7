// Finds sections by words, in the page: nothing is asked of a server but the site's own index, when
// somebody begins to search.
const query = document.getElementById("query")
const results = document.getElementById("results")
const status = results.querySelector("[role=status]")
const list = results.querySelector("ol")
const maxResults = 20

/** The index, loaded once. A script and not a request, so that it works from a disk too. */
let loading
const load = () => {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script")
    script.src = `${document.body.dataset.top}/sections.js`
    script.addEventListener("load", () => resolve(globalThis.sections))
    script.addEventListener("error", () => reject(new Error("the index cannot be loaded")))
    document.head.append(script)
  })
  return loading
}

const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}_.-]+/gu) ?? []

/** How well a section fits; 0 where one of the words is nowhere in it. */
const score = (section, words) => {
  let sum = 0
  for (const word of words) {
    const weight =
      (section.heading.toLowerCase().includes(word) ? 8 : 0) +
      (section.title.toLowerCase().includes(word) ? 4 : 0) +
      Math.min(3, section.text.toLowerCase().split(word).length - 1)
    if (weight === 0) return 0
    sum += weight
  }
  return sum
}

/** The text around the first of the words. */
const excerpt = (text, words) => {
  const lower = text.toLowerCase()
  const at = Math.max(0, ...words.slice(0, 1).map((word) => lower.indexOf(word) - 60))
  return `${at > 0 ? "… " : ""}${text.slice(at, at + 180)}${text.length > at + 180 ? " …" : ""}`
}

const itemOf = (section, words) => {
  const item = document.createElement("li")
  const link = document.createElement("a")
  link.href = `${document.body.dataset.top}/${section.url}`
  link.textContent =
    section.heading === section.title ? section.title : `${section.title}: ${section.heading}`
  const text = document.createElement("p")
  text.textContent = excerpt(section.text, words)
  item.append(link, text)
  return item
}

const show = async () => {
  const words = wordsOf(query.value)
  results.hidden = words.length === 0
  if (words.length === 0) return
  const sections = await load()
  const found = sections
    .map((section) => ({ section, score: score(section, words) }))
    .filter((one) => one.score > 0)
    .sort((one, other) => other.score - one.score)
  const shown = found.slice(0, maxResults)
  list.replaceChildren(...shown.map(({ section }) => itemOf(section, words)))
  const count = found.length === 1 ? "1 section" : `${found.length} sections`
  status.textContent = found.length === 0 ? "Nothing found." : `${count} found.`
}

query.addEventListener("focus", load, { once: true })
query.addEventListener("input", show)
document.addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof HTMLInputElement
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
    event.preventDefault()
    query.focus()
  }
  if (event.key === "Escape") {
    query.value = ""
    results.hidden = true
  }
})
