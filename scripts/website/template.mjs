// The frame of every page: a head that lets nothing of another site in, navigation, search.
import { between, escape } from "./render.mjs"

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E" +
  "%3Ccircle cx='8' cy='8' r='7' fill='%230b57d0'/%3E%3C/svg%3E"

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'"
].join("; ")

const link = (from, page) => {
  const current = page.url === from ? ' aria-current="page"' : ""
  const title = page.file === "README.md" ? "What it is" : page.title
  return `<li><a href="${between(from, page.url)}"${current}>${escape(title)}</a></li>`
}

const menu = (from, groups) =>
  groups
    .map(({ pages, title }) => {
      const items = pages.map((page) => link(from, page)).join("\n")
      return `<h2>${escape(title)}</h2>\n<ul>\n${items}\n</ul>`
    })
    .join("\n")

/** A whole document. */
export const layout = ({ html, title, url }, groups) => {
  const home = between(url, "index.html")
  const top = between(url, ".") || "."
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escape(title === "clawdbot" ? title : `${title} · clawdbot`)}</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="${between(url, "site.css")}">
<script src="${between(url, "search.js")}" defer></script>
</head>
<body data-top="${top}">
<a class="skip" href="#content">Skip to the text</a>
<header>
<p class="name"><a class="home" href="${home}">clawdbot</a></p>
<search>
<label for="query">Search</label>
<input id="query" type="search" autocomplete="off" spellcheck="false" aria-controls="results">
</search>
</header>
<div id="results" class="card" hidden>
<p role="status"></p>
<ol></ol>
</div>
<div class="columns">
<nav aria-label="Pages">
${menu(url, groups)}
</nav>
<main id="content" class="card" tabindex="-1">
${html}
</main>
</div>
</body>
</html>
`
}

/** A file of the sources, to read. */
export const filePage = (file, text, groups) =>
  layout(
    {
      url: `files/${file}.html`,
      title: file,
      html: `<h1>${escape(file)}</h1>\n<pre tabindex="0"><code>${escape(text)}</code></pre>`
    },
    groups
  )
