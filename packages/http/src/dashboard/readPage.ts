import { readFileSync } from "node:fs"

/**
 * The text of a file of the dashboard, which stands beside this module: in the sources, and in what
 * is built of them. The bundled command has another one of these, with the files in it
 * (scripts/bundle.mjs).
 */
export const readPage = (name: string): string =>
  readFileSync(new URL(`page/${name}`, import.meta.url), "utf8")
