/**
 * The dashboard under load in a real browser: 5, 50 and 500 profiles, 200 requests a second. How
 * long it runs is `CLAWDBOT_SOAK_SECONDS`; without it, so long that 10,000 requests fit.
 */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { browser, executable } from "../chromium.ts"
import { home, run } from "../clawdbot.ts"
import { gateway, writeState } from "../gateway/running.ts"

const perSecond = 200
const seconds = Number(process.env.CLAWDBOT_SOAK_SECONDS ?? 50)

describe("the dashboard under load", () => {
  for (const count of [5, 50, 500]) {
    it.scopedLive(
      `stays still and small with ${count} profiles and ${perSecond} requests a second`,
      (context) =>
        Effect.gen(function* () {
          if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
          const file = executable
          const folder = yield* home
          const keys = Array.from({ length: count }, (_, at) => `sk-load-${at}-${"x".repeat(20)}`)
          const usage = { input_tokens: 900, cache_read_input_tokens: 2_400, output_tokens: 380 }
          const credentials = Object.fromEntries(
            keys.map((key) => [key, () => Script.ok({ usage })])
          )
          const upstream = yield* make({ credentials })
          writeState(folder, upstream.url, keys)
          const running = yield* gateway(folder)
          const { url } = JSON.parse((yield* run(folder, ["dashboard", "--json"])).stdout)
          const launched = yield* browser(file)
          const page = yield* Effect.promise(() => launched.newPage())
          const complaints: Array<string> = []
          page.on("console", (message) => void complaints.push(message.text()))
          page.on("pageerror", (error) => void complaints.push(error.message))
          const tools = yield* Effect.promise(() => page.context().newCDPSession(page))
          yield* Effect.promise(async () => {
            await page.goto(String(url))
            await page.waitForURL("**/clawdbot/")
            await page.waitForSelector("#connection[data-state=live]")
            await page.waitForSelector("[data-profile]")
          })
          const firstPaint = yield* Effect.promise(() =>
            page.evaluate(
              `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0`
            )
          )
          yield* Effect.promise(() =>
            page.evaluate(`void (() => {
              globalThis.moved = 0
              new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) if (!entry.hadRecentInput) moved += entry.value
              }).observe({ type: "layout-shift", buffered: true })
            })()`)
          )
          const heap = Effect.promise(async () => {
            await tools.send("HeapProfiler.collectGarbage")
            return (await tools.send("Runtime.getHeapUsage")).usedSize
          })
          const body = JSON.stringify({
            model: "claude-opus-4-5",
            max_tokens: 8,
            messages: [{ role: "user", content: "hi" }]
          })
          const headers = { "x-api-key": running.token, "anthropic-version": "2023-06-01" }
          const one = () =>
            fetch(`${running.url}/v1/messages`, { method: "POST", headers, body }).then((answer) =>
              answer.text()
            )
          /** A tenth of a second's requests, ten times a second, however the machine keeps up. */
          const send = (duration: number) =>
            Effect.promise(async () => {
              let sent = 0
              const began = performance.now()
              while (sent < duration * perSecond) {
                await Promise.all(Array.from({ length: perSecond / 10 }, one))
                sent += perSecond / 10
                const due = began + (sent / perSecond) * 1_000
                // real time: the rate of requests is what is promised.
                await new Promise((resolve) =>
                  setTimeout(resolve, Math.max(0, due - performance.now()))
                )
              }
              return (sent / (performance.now() - began)) * 1_000
            })
          // The page keeps 2,000 requests: before the first look at the heap its list is full.
          const warmUp = 2_500 / perSecond
          yield* send(warmUp)
          const heaps = [yield* heap]
          const rates: Array<number> = []
          for (let part = 0; part < 3; part++) {
            rates.push(yield* send((seconds - warmUp) / 3))
            heaps.push(yield* heap)
          }
          const [moved, text] = yield* Effect.promise(async () => [
            Number(await page.evaluate("moved")),
            await page.locator("body").innerText()
          ])
          const megabytes = heaps.map((bytes) => (bytes / 1_048_576).toFixed(1))
          console.log(
            `${count} profiles: first paint ${Number(firstPaint).toFixed(0)} ms, shift ` +
              `${Number(moved).toFixed(3)}, ${Math.min(...rates).toFixed(0)} requests/s, heap ` +
              `${megabytes.join(", ")} MB`
          )
          assert.isBelow(Number(moved), 0.1)
          assert.isBelow(Number(firstPaint), 1_000)
          assert.notMatch(String(text), /NaN|Infinity|undefined|Invalid Date/)
          const before = Math.max(...heaps.slice(0, 2))
          assert.isBelow((heaps[3] ?? before) / before, 1.25, megabytes.join(", "))
          assert.deepStrictEqual(complaints, [])
        }),
      (4 * seconds + 120) * 1_000
    )
  }
})
