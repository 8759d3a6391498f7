/**
 * The control plane's contract as a page people read, made from its OpenAPI document. No script,
 * nothing from elsewhere.
 */
import { textIf } from "@clawdbot/domain/Text/textIf"
import type { OpenAPISpec, OpenAPISpecOperation } from "@effect/platform/OpenApi"

const escaped = (text: string): string =>
  text.replace(
    /[&<>"]/g,
    (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign
  )

const style = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font:14px/1.4 ui-monospace,monospace}pre{overflow:auto;padding:.75rem;border:1px solid #8886;border-radius:6px}
article{border-top:1px solid #8886;padding:.5rem 0}table{border-collapse:collapse}td{padding:.1rem 1rem .1rem 0;vertical-align:top}`

const operation = (path: string, method: string, spec: OpenAPISpecOperation): string => {
  const parameters = spec.parameters
    .map(
      (one) =>
        `<tr><td><code>${escaped(one.name)}</code></td><td>${one.required ? "required" : "optional"}</td></tr>`
    )
    .join("")
  const responses = Object.entries(spec.responses)
    .map(
      ([status, answer]) =>
        `<tr><td><code>${status}</code></td><td>${escaped(answer.description)}</td></tr>`
    )
    .join("")
  const name = `${method.toUpperCase()} ${path}`
  return `<article><h2><code>${escaped(name)}</code></h2><p>${escaped(spec.description ?? "")}</p>
${textIf(parameters !== "", `<h3>Query</h3><table>${parameters}</table>`)}<h3>Responses</h3><table>${responses}</table></article>`
}

/** The page, whole. */
export const docsPage = (spec: OpenAPISpec): string => {
  const operations = Object.entries(spec.paths).flatMap(([path, item]) =>
    [["get", item.get] as const, ["post", item.post] as const].flatMap(([method, one]) =>
      one === undefined ? [] : [operation(path, method, one)]
    )
  )
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(spec.info.title)}</title><style>${style}</style></head>
<body><h1>${escaped(spec.info.title)}</h1><p>${escaped(spec.info.description ?? "")} For programs: <a href="openapi.json">openapi.json</a>.</p>
${operations.join("\n")}</body></html>`
}
