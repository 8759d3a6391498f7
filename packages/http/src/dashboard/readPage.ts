import { readFileSync } from "node:fs"

/**
 * The text of a file of the dashboard, from the sources. The bundled command has another one of
 * these, with the files in it (scripts/bundle.mjs).
 */
export const readPage = (name: string): string =>
  readFileSync(new URL(`../../src/dashboard/page/${name}`, import.meta.url), "utf8")
