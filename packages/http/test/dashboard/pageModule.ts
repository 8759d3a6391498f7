import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { isPageName, pageTypes } from "../../src/dashboard/pageFiles.ts"
import { textOf } from "../../src/dashboard/pages.ts"

/** A module of the dashboard, with those it imports, as a browser gets it. */
export const pageModule = async (name: string): Promise<unknown> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-page-"))
  try {
    fs.writeFileSync(path.join(folder, "package.json"), '{"type":"module"}')
    for (const file of Object.keys(pageTypes))
      if (isPageName(file) && file.endsWith(".js"))
        fs.writeFileSync(path.join(folder, file), textOf(file))
    return await import(/* @vite-ignore */ pathToFileURL(path.join(folder, name)).href)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}
