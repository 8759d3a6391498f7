/** The dashboard of the built package, moved to where there are no sources beside it. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import { fileURLToPath } from "node:url"
import { pageTypes } from "@clawdbot/http/dashboard/pageFiles"
import { assert, it } from "@effect/vitest"
import { transformSync } from "esbuild"

const at = (file: string) => fileURLToPath(new URL(`../../../http/${file}`, import.meta.url))
/** What the build puts beside the compiled modules. */
const built = at("dist/dashboard/page")
const sources = at("src/dashboard/page")

it("carries every file of its page", () => {
  const folder = fs.mkdtempSync(`${os.tmpdir()}/clawdbot-dashboard-`)
  try {
    fs.cpSync(built, `${folder}/page`, { recursive: true })
    fs.writeFileSync(`${folder}/package.json`, `{"type":"module"}`)
    const { code } = transformSync(fs.readFileSync(at("src/dashboard/readPage.ts"), "utf8"), {
      loader: "ts"
    })
    fs.writeFileSync(`${folder}/readPage.js`, code)
    // Two modules come from the domain and are compiled when they are asked for.
    const names = Object.keys(pageTypes).filter((name) => fs.existsSync(`${sources}/${name}`))
    assert.isAbove(names.length, 5)
    const script =
      `import("${folder}/readPage.js").then(({ readPage }) => ` +
      `process.stdout.write(JSON.stringify(${JSON.stringify(names)}.map(readPage))))`
    const texts = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })
    assert.deepStrictEqual(
      JSON.parse(texts),
      names.map((name) => fs.readFileSync(`${sources}/${name}`, "utf8"))
    )
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
})
