/**
 * The dashboard by the rules of axe-core, in a real browser: by day and night, on a phone and a
 * wide screen, with everything open that opens. And the pages before it, and practice mode, which
 * it names.
 */
import { assert, it } from "@effect/vitest"
import axe from "axe-core"
import * as Effect from "effect/Effect"
import type { Page } from "playwright-core"
import { browser, executable } from "../chromium.ts"
import { home, run } from "../clawdbot.ts"
import { gateway } from "../gateway/running.ts"
import { leastContrast } from "../leastContrast.ts"
import { worldWith } from "./world.ts"

interface Violation {
  readonly id: string
  readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary: string }>
}

/** What axe-core finds wrong with a page as it is now. */
const violations = async (page: Page): Promise<ReadonlyArray<string>> => {
  const found: ReadonlyArray<Violation> = await page.evaluate(
    `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)`
  )
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ failureSummary, html }) => `${id}: ${html}: ${failureSummary}`)
  )
}

it.scopedLive(
  "axe-core finds nothing wrong with it, whatever is open",
  (context) =>
    Effect.gen(function* () {
      if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
      const file = executable
      const { folder, send, url } = yield* worldWith("manage")
      for (let number = 0; number < 6; number++) yield* send("claude-opus-4-5", number % 2 === 0)
      const launched = yield* browser(file)
      for (const colorScheme of ["light", "dark"] as const)
        for (const width of [360, 1440]) {
          const { url: link } = JSON.parse((yield* run(folder, ["dashboard", "--json"])).stdout)
          assert.isTrue(String(link).startsWith(url))
          const found = yield* Effect.promise(async () => {
            const view = await launched.newContext({
              colorScheme,
              viewport: { width, height: 900 },
              reducedMotion: "reduce"
            })
            const page = await view.newPage()
            await page.goto(String(link))
            await page.waitForSelector("#connection[data-state=live]")
            await page.waitForSelector("[data-profile]")
            await page.waitForSelector("#usage [data-group]")
            await page.waitForSelector("#cache [data-cause]")
            await page.evaluate(axe.source)
            const whole = await violations(page)
            await page.locator("[data-profile] button").first().click()
            await page.waitForSelector("#details[open]")
            const details = await violations(page)
            await page.keyboard.press("Escape")
            await page.locator("[data-request] button").first().click()
            await page.waitForSelector("#details[open]")
            const request = await violations(page)
            await page.keyboard.press("Escape")
            await page.locator("#add").click()
            await page.waitForSelector("#confirm[open]")
            const question = await violations(page)
            await view.close()
            return { whole, details, request, question }
          })
          assert.deepStrictEqual(
            found,
            { whole: [], details: [], request: [], question: [] },
            `${colorScheme}, ${width} px`
          )
        }
    }),
  120_000
)

it.scopedLive(
  "without a session a browser says so by day and by night, and axe-core finds nothing wrong",
  (context) =>
    Effect.gen(function* () {
      if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
      const file = executable
      const running = yield* gateway(yield* home, ["--practice"])
      const launched = yield* browser(file)
      for (const colorScheme of ["light", "dark"] as const) {
        const seen = yield* Effect.promise(async () => {
          const page = await launched.newPage({
            colorScheme,
            viewport: { width: 360, height: 800 }
          })
          const complaints: Array<string> = []
          page.on("console", (message) => void complaints.push(message.text()))
          const pages = []
          for (const path of ["/clawdbot/", "/clawdbot/enter?code=used"]) {
            await page.goto(`${running.url}${path}`)
            const ground: string = await page.evaluate(
              "getComputedStyle(document.body).backgroundColor"
            )
            const least = await leastContrast(page)
            await page.evaluate(axe.source)
            pages.push({ path, ground, least, found: await violations(page) })
          }
          await page.close()
          return { complaints, pages }
        })
        assert.notInclude(seen.complaints.join("\n"), "Content Security Policy")
        for (const { found, ground, least, path } of seen.pages) {
          const at = `${path}, ${colorScheme}`
          assert.deepStrictEqual(found, [], at)
          assert.isAtLeast(least.ratio, 4.5, `${at}: ${least.text}`)
          const isDark = /^rgb\((\d|[1-4]\d), /.test(ground)
          assert.strictEqual(isDark, colorScheme === "dark", `${at}: ${ground}`)
        }
      }
    }),
  120_000
)

it.scopedLive(
  "practice mode is named on the page",
  (context) =>
    Effect.gen(function* () {
      if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
      const file = executable
      const running = yield* gateway(yield* home, ["--practice"])
      const link = /http:\S+\/clawdbot\/enter\S*/.exec(running.text())?.[0] ?? ""
      const launched = yield* browser(file)
      const words = yield* Effect.promise(async () => {
        const page = await launched.newPage()
        await page.goto(link)
        await page.waitForSelector("#gateway:not([hidden])")
        return page.locator("#gateway").innerText()
      })
      assert.strictEqual(words, "Practice mode: a scripted provider answers")
    }),
  60_000
)
