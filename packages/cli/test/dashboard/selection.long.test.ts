/**
 * Text that a person has marked on the dashboard stays marked while requests come by the dozen, in
 * every part of the page that is drawn anew; what came meanwhile is shown once nothing is marked.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Page } from "playwright-core"
import { browser, executable } from "../chromium.ts"
import { run } from "../clawdbot.ts"
import { world } from "./world.ts"

const eventually = (what: string, isSo: () => Promise<boolean>) =>
  Effect.promise(isSo).pipe(
    Effect.repeat({ until: (found) => found, schedule: Schedule.spaced("100 millis") }),
    Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => new Error(`never: ${what}`) })
  )

const marked = (page: Page): Promise<string> => page.evaluate("getSelection().toString()")

/** Marks all the text of an element, as a triple click or a drag does. */
const mark = (page: Page, selector: string): Promise<string> =>
  page.evaluate(`(() => {
    const range = document.createRange()
    range.selectNodeContents(document.querySelector(${JSON.stringify(selector)}))
    getSelection().removeAllRanges()
    getSelection().addRange(range)
    return getSelection().toString()
  })()`)

/** From one element to another one, as a drag over both does. */
const markBetween = (page: Page, from: string, to: string): Promise<string> =>
  page.evaluate(`(() => {
    const [from, to] = ${JSON.stringify([from, to])}.map((one) => document.querySelector(one))
    getSelection().setBaseAndExtent(from, 0, to, to.childNodes.length)
    return getSelection().toString()
  })()`)

const unmark = (page: Page): Promise<void> => page.evaluate("getSelection().removeAllRanges()")

/** All that is drawn anew with requests or by itself, and what is read there of their number. */
const places: ReadonlyArray<readonly [selector: string, changes: string]> = [
  ["#requests tbody tr td:nth-child(5)", "[data-request]"],
  ["#request-figures", "#request-figures"],
  ["#next p", "#next"],
  ["#request-summary", "#request-summary"],
  ["#profile-list tbody tr:first-child td:nth-child(3)", "#profile-list tbody"],
  ["#usage table", "#usage table"]
]

describe("what is marked on the page", () => {
  it.scopedLive(
    "stays marked while requests come, and gives way when it is marked no more",
    (context) =>
      Effect.gen(function* () {
        if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
        const { folder, send } = yield* world
        const models = ["claude-opus-4-5", "claude-haiku-4-5", "claude-opus-4-5"]
        for (const model of models) yield* send(model, true)
        const { url } = JSON.parse((yield* run(folder, ["dashboard", "--json"])).stdout)
        const launched = yield* browser(executable)
        const page = yield* Effect.promise(() => launched.newPage())
        yield* Effect.promise(async () => {
          await page.goto(String(url))
          await page.waitForSelector("#connection[data-state=live]")
          await page.waitForSelector("[data-request]")
          await page.waitForSelector("#usage [data-group]")
        })
        const textOf = (selector: string) => () => page.locator(selector).first().innerText()
        for (const [selector] of places) {
          const before = yield* Effect.promise(() => mark(page, selector))
          assert.notStrictEqual(before.trim(), "", selector)
          // A part that nothing is marked in says when the requests have come.
          const seen = selector === "#request-figures" ? "#request-summary" : "#request-figures"
          const old = yield* Effect.promise(textOf(seen))
          for (let count = 0; count < 4; count++) yield* send("claude-haiku-4-5")
          yield* eventually(`${selector}: the rest of the page goes on`, async () =>
            textOf(seen)().then((text) => text !== old)
          )
          // Until all parts have been asked for anew: usage takes two seconds.
          yield* Effect.promise(() => page.waitForTimeout(3_000))
          assert.strictEqual(yield* Effect.promise(() => marked(page)), before, selector)
          const stale = yield* Effect.promise(textOf("#requests"))
          yield* Effect.promise(() => unmark(page))
          if (!selector.startsWith("#requests ")) continue
          yield* eventually("the list goes on without another request", async () =>
            textOf("#requests")().then((text) => text !== stale)
          )
        }

        // Over several parts at once, with the beginning in one that is never drawn anew.
        const whole = yield* Effect.promise(() => markBetween(page, "#next-title", "#usage"))
        yield* send("claude-haiku-4-5")
        yield* Effect.promise(() => page.waitForTimeout(3_000))
        assert.strictEqual(yield* Effect.promise(() => marked(page)), whole)

        // Who chooses something by keyboard sees it.
        yield* Effect.promise(() => page.locator("#request-status").focus())
        yield* Effect.promise(() => markBetween(page, "#requests", "#requests"))
        yield* Effect.promise(() => page.keyboard.type("5xx"))
        yield* eventually("the filter is seen", async () =>
          textOf("#requests")().then((text) => text.includes("No request matches."))
        )
      }),
    240_000
  )
})
