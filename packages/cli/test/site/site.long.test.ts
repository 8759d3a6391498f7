/** The documentation site as readers meet it: in Chromium, from a server and from a disk. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { createServer } from "node:http"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { BrowserContext, Page } from "playwright-core"
import { browser, executable } from "../chromium.ts"
import { filesIn, home, toEnd } from "../clawdbot.ts"
import { leastContrast } from "../leastContrast.ts"
import { releaseTools } from "../releaseTools.ts"

const project = fileURLToPath(new URL("../../../../", import.meta.url))
const site = (out: string, ...args: ReadonlyArray<string>) =>
  toEnd(() => spawn(`${project}/scripts/site`, ["--out", out, ...args]))

let folder = ""
beforeAll(async () => {
  folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-site-")), "site")
  const built = await Effect.runPromise(site(folder))
  if (built.status !== 0) throw new Error(built.stderr)
}, 60_000)
afterAll(() => fs.rmSync(path.dirname(folder), { recursive: true, force: true }))

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".png": "image/png"
}

/** The site on a server that serves files and nothing else. */
const served = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly close: () => void }>((resume) => {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost")
      const file = path.join(folder, decodeURIComponent(pathname.replace(/\/$/, "/index.html")))
      if (!fs.existsSync(file)) return response.writeHead(404).end()
      response.writeHead(200, { "content-type": types[path.extname(file)] ?? "text/plain" })
      return response.end(fs.readFileSync(file))
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const close = () => {
        server.closeAllConnections()
        server.close()
      }
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

/** What a browser asked for and complained about. */
interface Watched {
  readonly tabs: BrowserContext
  readonly requests: Array<string>
  readonly complaints: Array<string>
}

const watching = (file: string) =>
  browser(file).pipe(
    Effect.flatMap((launched) => Effect.promise(() => launched.newContext())),
    Effect.map((tabs): Watched => {
      const found: Watched = { tabs, requests: [], complaints: [] }
      tabs.on("request", (request) => found.requests.push(request.url()))
      tabs.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) found.complaints.push(message.text())
      })
      return found
    })
  )

/** Runs in a browser, or says why it cannot. */
const inBrowser = (title: string, test: (watched: Watched, url: string) => Promise<void>) =>
  it.scopedLive(
    title,
    (context) =>
      Effect.gen(function* () {
        if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
        const { url } = yield* served
        const watched = yield* watching(executable)
        yield* Effect.promise(() => test(watched, url))
        assert.deepStrictEqual(watched.complaints, [])
      }),
    60_000
  )

/** Searches with the keyboard alone; gives the titles of what was found. */
const search = async (page: Page, word: string) => {
  await page.keyboard.press("/")
  await page.keyboard.type(word)
  await page.locator("#results li", { hasText: word }).first().waitFor()
  return page.locator("#results ol a").allTextContents()
}

describe("files", () => {
  it("has a page for every page of the project", () => {
    const names = filesIn(folder)
    for (const name of fs.readdirSync(`${project}/docs`).filter((name) => name.endsWith(".md")))
      assert.include(names, `docs/${name.replace(/\.md$/, ".html")}`)
    for (const name of ["index.html", "docs/decisions/index.html", "CONTRIBUTING.html"])
      assert.include(names, name)
  })

  it("every link inside the site leads to a file, and to a heading where it names one", () => {
    const pages = new Map(
      filesIn(folder)
        .filter((name) => name.endsWith(".html"))
        .map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")])
    )
    let links = 0
    for (const [name, html] of pages) {
      for (const [, href = ""] of html.matchAll(/ (?:href|src)="([^"]*)"/g)) {
        if (/^[a-z]+:/.test(href)) continue
        links++
        const [file = "", anchor] = href.split("#")
        const target = file === "" ? name : path.join(path.dirname(name), file)
        assert.isTrue(fs.existsSync(path.join(folder, target)), `${name}: ${href}`)
        if (anchor !== undefined)
          assert.include(pages.get(target) ?? "", `id="${anchor}"`, `${name}: ${href}`)
      }
    }
    assert.isAbove(links, 1_000)
  })

  it.scopedLive("no folder is emptied that holds something else", () =>
    Effect.gen(function* () {
      const other = yield* home
      fs.writeFileSync(`${other}/mine.txt`, "mine")
      const refused = yield* site(other)
      assert.strictEqual(refused.status, 1)
      assert.include(refused.stderr, "--out")
      assert.strictEqual(fs.readFileSync(`${other}/mine.txt`, "utf8"), "mine")
    })
  )
})

describe("in a browser", () => {
  inBrowser(
    "a search leads to a section, by keyboard; nothing leaves the site",
    async (seen, url) => {
      const page = await seen.tabs.newPage()
      const status = page.locator("#results [role=status]")
      await page.goto(`${url}/docs/gateway.html`)
      assert.isAbove((await search(page, "drainSeconds")).length, 1)
      assert.match((await status.textContent()) ?? "", /^\d+ sections found/)
      await page.keyboard.press("Tab")
      await page.keyboard.press("Enter")
      await page.waitForURL((to) => to.pathname + to.hash !== "/docs/gateway.html")
      assert.include(await page.locator("main").textContent(), "drainSeconds")
      await page.keyboard.press("/")
      await page.keyboard.type("zzyzx")
      await status.filter({ hasText: "Nothing found." }).waitFor()
      await page.keyboard.press("Escape")
      assert.isFalse(await page.locator("#results").isVisible())
      const outside = seen.requests.filter(
        (asked) => !asked.startsWith(url) && !/^data:/.test(asked)
      )
      assert.deepStrictEqual(outside, [])
    }
  )

  inBrowser("it works from a disk, without a server", async ({ tabs }) => {
    const page = await tabs.newPage()
    await page.goto(pathToFileURL(`${folder}/docs/decisions/index.html`).href)
    assert.isAbove((await search(page, "cooldown")).length, 3)
    await page.locator("nav a").first().click()
    assert.strictEqual(await page.locator("h1").first().textContent(), "clawdbot")
  })

  inBrowser("the keyboard reaches the text, also on a telephone", async ({ tabs }, url) => {
    const page = await tabs.newPage()
    await page.setViewportSize({ width: 380, height: 700 })
    await page.goto(`${url}/docs/configuration.html`)
    await page.keyboard.press("Tab")
    assert.strictEqual(await page.locator(":focus").getAttribute("class"), "skip")
    await page.keyboard.press("Enter")
    assert.strictEqual(await page.locator(":focus").getAttribute("id"), "content")
    const isWide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert.isFalse(await page.evaluate(isWide))
    // What is wider than the page scrolls by itself.
    const scrolling = page.locator(".wide, pre")
    assert.isAbove(await scrolling.count(), 5)
    assert.strictEqual(await page.locator(".wide:not([tabindex]), pre:not([tabindex])").count(), 0)
  })

  inBrowser("texts can be read in the dark and in the light", async ({ tabs }, url) => {
    const page = await tabs.newPage()
    await page.goto(`${url}/docs/failover.html`)
    const backgrounds: Array<unknown> = []
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme })
      await search(page, "cooldown")
      const { ratio, text } = await leastContrast(page)
      assert.isAtLeast(ratio, 4.5, `${colorScheme}: ${text}`)
      backgrounds.push(await page.evaluate("getComputedStyle(document.body).backgroundColor"))
      await page.keyboard.press("Escape")
    }
    assert.notStrictEqual(backgrounds[0], backgrounds[1])
  })
})

describe("the pages about the libraries", () => {
  it.scopedLive(
    "have every public module, under the name by which it is imported, and ask no other site",
    (context) =>
      Effect.gen(function* () {
        const why = yield* releaseTools
        if (why !== undefined) return context.skip(why)
        const out = `${yield* home}/site`
        const built = yield* site(out, "--api")
        assert.strictEqual(built.status, 0, built.stderr)
        const front = fs.readFileSync(`${out}/index.html`, "utf8")
        assert.include(front, `href="api/index.html"`)
        const modules = fs.readdirSync(`${out}/api/modules`)
        for (const name of [
          "_clawdbot_domain_Credentials.html",
          "_clawdbot_node_MachineCredentials.html",
          "_clawdbot_testing_TestCredentials.html"
        ])
          assert.include(modules, name)
        const pages = filesIn(`${out}/api`).filter((name) => name.endsWith(".html"))
        for (const name of pages) {
          const html = fs.readFileSync(`${out}/api/${name}`, "utf8")
          assert.notMatch(html, /<(?:script|img|link)[^>]*(?:src|href)="https?:/, name)
          for (const [, href = ""] of html.matchAll(/ href="([^"#:]+)(?:#[^"]*)?"/g))
            assert.isTrue(
              fs.existsSync(path.join(`${out}/api`, path.dirname(name), href)),
              `${name}: ${href}`
            )
        }
        assert.isAbove(pages.length, 20)
      }),
    240_000
  )
})
