/**
 * The dashboard under load in a real browser: 5, 50 and 500 profiles, 200 requests a second. How
 * long each runs is `CLAWDBOT_SOAK_SECONDS`, and speed is held to its figures only then: without
 * it the machine may be busy, figures of speed are printed, and counts and states are held.
 */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { browser, executable } from "../chromium.ts"
import { home, run } from "../clawdbot.ts"
import { gateway, writeState } from "../gateway/running.ts"

const perSecond = 200
const soak = process.env.CLAWDBOT_SOAK_SECONDS
/** 10,000 requests fit into the 50 s of 500 profiles. */
const secondsOf = (count: number) => Number(soak ?? (count < 500 ? 30 : 50))
/** So large a heap would be no list of 2,000 requests any more, in bytes; some 5 MB are usual. */
const heapBound = 32 * 1_048_576
/** A connection that a busy machine lets go is made again; the browser writes that down. */
const isOfTheNetwork = (text: string) => text.startsWith("Failed to load resource: net::ERR_")

describe("the dashboard under load", () => {
  for (const count of [5, 50, 500]) {
    const seconds = secondsOf(count)
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
          page.on("console", (message) => {
            if (!isOfTheNetwork(message.text())) complaints.push(message.text())
          })
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
          let asked = 0
          /** A tenth of a second's requests at a time, as many as the machine does until then. */
          const send = (duration: number) =>
            Effect.promise(async () => {
              let sent = 0
              const began = performance.now()
              while (sent < duration * perSecond && performance.now() - began < duration * 1_000) {
                await Promise.all(Array.from({ length: perSecond / 10 }, one))
                sent += perSecond / 10
                const due = began + (sent / perSecond) * 1_000
                // real time: the rate of requests is what is promised.
                await new Promise((resolve) =>
                  setTimeout(resolve, Math.max(0, due - performance.now()))
                )
              }
              asked += sent
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
          // However the connection came and went, the page ends with the last request; the first
          // has the number 0.
          const last = `[data-request="${asked - 1}"]`
          yield* Effect.promise(() => page.waitForSelector(last, { timeout: 60_000 }))
          const [moved, text, there] = yield* Effect.promise(async () => [
            Number(await page.evaluate("moved")),
            await page.locator("body").innerText(),
            Number(await page.evaluate(`document.querySelectorAll("*").length`))
          ])
          const kept = yield* Effect.promise(async () => {
            await tools.send("HeapProfiler.collectGarbage")
            return (await tools.send("Memory.getDOMCounters")).nodes
          })
          const megabytes = heaps.map((bytes) => (bytes / 1_048_576).toFixed(1))
          console.log(
            `${count} profiles: first paint ${Number(firstPaint).toFixed(0)} ms, shift ` +
              `${Number(moved).toFixed(3)}, ${Math.min(...rates).toFixed(0)} requests/s, heap ` +
              `${megabytes.join(", ")} MB, ${there} elements, ${kept} nodes kept, ${asked} requests`
          )
          assert.isBelow(Number(moved), 0.1)
          assert.notMatch(String(text), /NaN|Infinity|undefined|Invalid Date/)
          assert.isAbove(Number(firstPaint), 0)
          assert.isBelow(Math.max(...heaps), heapBound, megabytes.join(", "))
          // Rows that were taken off the page are let go: texts and attributes count as nodes too.
          assert.isBelow(kept, 4 * Number(there) + 1_000)
          assert.deepStrictEqual(complaints, [])
          if (soak === undefined) return
          const before = Math.max(...heaps.slice(0, 2))
          assert.isBelow((heaps[3] ?? before) / before, 1.25, megabytes.join(", "))
          assert.isBelow(Number(firstPaint), 1_000)
        }),
      (2 * seconds + 180) * 1_000
    )
  }
})
