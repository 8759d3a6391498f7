// Markdown to HTML, with the anchors and links that the same text has in a repository.
import path from "node:path"
import { Marked } from "marked"
import { anchorOf } from "./anchorOf.mjs"

/** Text as HTML. */
export const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`)

/** Where a file of the project is on the site. */
export const outputOf = (file, isPage) => {
  if (/\.(png|svg|jpg)$/.test(file)) return file
  if (!isPage(file)) return `files/${file}.html`
  const { dir, name } = path.posix.parse(file)
  return path.posix.join(dir, `${name === "README" ? "index" : name}.html`)
}

/** A link from one file of the site to another, relative, so that a site works in any folder. */
export const between = (from, to) => path.posix.relative(path.posix.dirname(from), to)

const isOutside = (href) => /^[a-z]+:/i.test(href)

/** What a reader of a list of results sees: blocks apart, what is in a line as it stands there. */
const plain = (tokens, separator) =>
  tokens
    .map((token) => {
      if (token.type === "space" || token.type === "html") return ""
      if (token.type === "table")
        return [token.header, ...token.rows]
          .map((cells) => cells.map(({ tokens: inner }) => plain(inner, "")).join(" "))
          .join(" ")
      if (token.items !== undefined)
        return token.items.map((item) => plain(item.tokens, " ")).join(" ")
      if (token.type === "blockquote") return plain(token.tokens, " ")
      if (token.tokens !== undefined) return plain(token.tokens, "")
      return token.text ?? ""
    })
    .join(separator)

/** The sections of a page, each with the heading that a link leads to. */
const sectionsOf = (tokens, url, title) => {
  const sections = [{ url, title, heading: title, parts: [] }]
  for (const token of tokens) {
    if (token.type === "heading") {
      const heading = plain(token.tokens, "").replace(/\s+/g, " ").trim()
      if (token.depth === 1) continue
      sections.push({ url: `${url}#${anchorOf(heading)}`, title, heading, parts: [] })
    } else sections.at(-1).parts.push(plain([token], " "))
  }
  return sections.map(({ parts, ...section }) => ({
    ...section,
    text: parts.join(" ").replace(/\s+/g, " ").trim()
  }))
}

/**
 * A page: its title, its HTML, the files that it links to, and its sections. A link to a file that
 * there is not is an error.
 */
export const render = (file, markdown, { isPage, tracked }) => {
  const url = outputOf(file, isPage)
  const links = []
  const target = (href) => {
    if (isOutside(href) || href.startsWith("#")) return href
    const [name, anchor] = href.split("#")
    const linked = path.posix.normalize(path.posix.join(path.posix.dirname(file), name))
    const found = [linked, path.posix.join(linked, "README.md")].find((name) => tracked.has(name))
    if (found === undefined) throw new Error(`${file}: there is no ${href} to link to`)
    links.push(found)
    return `${between(url, outputOf(found, isPage))}${anchor === undefined ? "" : `#${anchor}`}`
  }
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ depth, tokens }) {
        const content = this.parser.parseInline(tokens)
        const id = anchorOf(plain(tokens, ""))
        if (depth === 1) return `<h1 id="${id}">${content}</h1>\n`
        return `<h${depth} id="${id}"><a href="#${id}">${content}</a></h${depth}>\n`
      },
      link({ href, tokens }) {
        return `<a href="${escape(target(href))}">${this.parser.parseInline(tokens)}</a>`
      },
      image({ href, text }) {
        return `<img src="${escape(target(href))}" alt="${escape(text)}" loading="lazy">`
      },
      // Pages are text: whatever looks like HTML in them is shown, comments are not.
      html: ({ text }) => (text.trim().startsWith("<!--") ? "" : escape(text)),
      code: ({ text }) => `<pre tabindex="0"><code>${escape(text)}\n</code></pre>\n`
    }
  })
  const tokens = marked.lexer(markdown)
  const title = plain(
    tokens.find(({ depth, type }) => type === "heading" && depth === 1).tokens,
    ""
  )
  const html = marked
    .parser(tokens)
    // Wide tables scroll by themselves, with the keyboard too.
    .replaceAll(
      "<table>",
      '<div class="wide" tabindex="0" role="region" aria-label="Table"><table>'
    )
    .replaceAll("</table>", "</table></div>")
  return { url, title: title.trim(), html, links, sections: sectionsOf(tokens, url, title.trim()) }
}
