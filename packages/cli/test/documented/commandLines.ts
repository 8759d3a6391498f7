/** The command lines that the pages show. */
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../../../", import.meta.url))

/** Every page for users, from the project's folder. */
export const pages: ReadonlyArray<string> = [
  "README.md",
  "CONTRIBUTING.md",
  ...fs
    .readdirSync(`${root}/docs`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
]

/** The text of a page. */
export const textOf = (page: string): string => fs.readFileSync(`${root}/${page}`, "utf8")

/** The lines of a page's `bash` blocks, without comments. */
export const shellLines = (page: string): ReadonlyArray<string> =>
  [...textOf(page).matchAll(/^```bash\n(.*?)^```/gms)].flatMap(([, block = ""]) =>
    block
      .split("\n")
      .map((line) => line.replace(/(^|\s+)#\s.*$/, "").trim())
      .filter((line) => line !== "")
  )

const inlineCode = (page: string): ReadonlyArray<string> =>
  [
    ...textOf(page)
      .replace(/^```.*?^```/gms, "")
      .matchAll(/`([^`\n]+)`/g)
  ].map(([, code = ""]) => code)

/** A command's words as a shell takes them, up to where the command ends. */
const words = (text: string): ReadonlyArray<string> =>
  [...(/^[^|;&)<>]*/.exec(text)?.[0] ?? "").matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? ""
  )

/** Every command line of `clawdbot` on a page, in blocks and in sentences, as arguments. */
export const commandLines = (page: string): ReadonlyArray<ReadonlyArray<string>> =>
  [...shellLines(page), ...inlineCode(page)]
    .flatMap((text) =>
      [...text.matchAll(/(?:^|[\s(])clawdbot ((?!&&).*)$/g)].map(([, rest = ""]) => words(rest))
    )
    // What stands for anything is no command line; `--version` is answered before any is read.
    .filter(
      (argv) =>
        argv.length > 0 && !argv.includes("…") && !["COMMAND", "--version"].includes(argv[0] ?? "")
    )
