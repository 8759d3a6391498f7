/**
 * The dashboard of the bundled command in a real browser: what it shows is what the commands say,
 * by keyboard, on a phone, by day and night.
 */
import * as fs from "node:fs"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { browser, executable } from "../chromium.ts"
import { home, run } from "../clawdbot.ts"
import { gateway, writeState } from "../gateway/running.ts"
import { leastContrast } from "../leastContrast.ts"
import { takePicture } from "./takePicture.ts"
import { world } from "./world.ts"

/** A page with everything it complains about, asks for elsewhere, or is sent. */
const open = (launched: Browser, options: BrowserContextOptions) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() =>
        launched.newContext({ reducedMotion: "reduce", timezoneId: "UTC", ...options })
      ),
      (context) => Effect.promise(() => context.close())
    ).pipe(
      Effect.flatMap((context) =>
        Effect.map(
          Effect.promise(() => context.newPage()),
          (page) => ({ context, page })
        )
      )
    ),
    ({ context, page }) => {
      const complaints: Array<string> = []
      const asked: Array<string> = []
      const sizes = new Map<string, number>()
      page.on("console", (message) => void complaints.push(`${message.type()}: ${message.text()}`))
      page.on("pageerror", (error) => void complaints.push(error.message))
      page.on("request", (request) => void asked.push(request.url()))
      page.on("response", async (response) => {
        if (/\/clawdbot\/(|[\w.]+\.(css|js))$/.test(response.url())) {
          sizes.set(response.url(), (await response.body().catch(() => Buffer.alloc(0))).length)
        }
      })
      return { context, page, complaints, asked, sizes }
    }
  )

const link = (folder: string) =>
  Effect.map(run(folder, ["dashboard", "--json"]), ({ stderr, stdout }) => {
    assert.strictEqual(stderr, "")
    const { url } = JSON.parse(stdout)
    return String(url)
  })

const enter = (page: Page, url: string) =>
  Effect.promise(async () => {
    await page.goto(url)
    await page.waitForURL("**/clawdbot/")
    await page.waitForSelector("#connection[data-state=live]")
    await page.waitForSelector("[data-profile]")
    await page.waitForSelector("#usage [data-group]")
  })

/** Waits until something is so. */
const eventually = (what: string, isSo: () => Promise<boolean>) =>
  Effect.promise(isSo).pipe(
    Effect.repeat({ until: (found) => found, schedule: Schedule.spaced("100 millis") }),
    Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => new Error(`never: ${what}`) })
  )

const scrollsSideways = (page: Page) =>
  Effect.promise(() =>
    page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
  )

/** Figures of tables that take more than one line: such a one is read as another number. */
const brokenNumbers = (page: Page): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(() =>
    page.evaluate(`(() => {
      const cells = [...document.querySelectorAll("td.number")]
      if (cells.length === 0) return ["no figures"]
      const lines = (cell) => {
        const range = document.createRange()
        range.selectNodeContents(cell)
        return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size
      }
      return cells.filter((cell) => lines(cell) > 1).map((cell) => cell.textContent)
    })()`)
  )

interface Card {
  readonly profile: string
  readonly state: string
  readonly until: number
  readonly text: string
}

const cards = (page: Page): Effect.Effect<ReadonlyArray<Card>> =>
  Effect.promise(() =>
    page.evaluate(`[...document.querySelectorAll("[data-profile]")].map((card) => ({
      profile: card.dataset.profile,
      state: card.dataset.state,
      until: Number(card.dataset.until),
      text: card.textContent
    }))`)
  )

/** The limits in the details of a profile, which are opened and closed. */
const limitsOf = (
  page: Page,
  profile: string
): Effect.Effect<ReadonlyArray<readonly [string, number]>> =>
  Effect.promise(async () => {
    await page.locator(`[data-profile="${profile}"] button`).click()
    const limits: ReadonlyArray<readonly [string, number]> = await page.evaluate(
      `[...document.querySelectorAll("#details [data-scope]")].map((one) => [one.dataset.scope, Number(one.dataset.utilization)])`
    )
    await page.keyboard.press("Escape")
    return limits
  })

interface Auth {
  readonly explanation: {
    readonly chosen?: string
    readonly candidates: ReadonlyArray<{
      readonly profile: string
      readonly state: string
      readonly obstacles: ReadonlyArray<{ readonly until: number }>
    }>
  }
  readonly windows: ReadonlyArray<{
    readonly profileId: string
    readonly scope: string
    readonly class: string
    readonly utilization?: number
  }>
  readonly providers: ReadonlyArray<{
    readonly profiles: { readonly labels: ReadonlyArray<string> }
  }>
}

/** How much of the page moved by itself since it was loaded, as browsers count it. */
const layoutShift = (page: Page): Effect.Effect<number> =>
  Effect.promise(() =>
    page.evaluate(`new Promise((resolve) => {
      let sum = 0
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value
      }).observe({ type: "layout-shift", buffered: true })
      setTimeout(() => resolve(sum), 500)
    })`)
  )

/**
 * Messages with a breakpoint of the prompt cache, of a client whose budget of the day is nearly
 * spent by them.
 */
const sendAsClient = (folder: string, url: string) =>
  Effect.gen(function* () {
    const added = yield* run(folder, ["gateway", "token", "add", "laptop", "--usd", "0.05/day"])
    const token = /cbt_[\w-]+/.exec(added.stdout)?.[0] ?? "no token"
    const text = (words: string) => ({ type: "text", text: words })
    const body = JSON.stringify({
      model: "claude-opus-4-5",
      max_tokens: 8,
      system: [{ ...text("Keep to the rules."), cache_control: { type: "ephemeral" } }],
      messages: [{ role: "user", content: [text("hi")] }]
    })
    const headers = { "x-api-key": token, "anthropic-version": "2023-06-01" }
    const isAnswered = async (): Promise<boolean> => {
      const answer = await fetch(`${url}/v1/messages`, { method: "POST", headers, body })
      await answer.text()
      return answer.status === 200
    }
    // The gateway takes the new token within a second.
    for (let number = 0; number < 3; number++)
      yield* eventually("the client is answered", isAnswered)
  })

const exportedBy = (page: Page, button: string) =>
  Effect.promise(async () => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)])
    return fs.readFileSync(await download.path(), "utf8")
  })

describe("the dashboard in a browser", () => {
  it.scopedLive(
    "stays still under traffic, finds requests, and says when the gateway is away",
    (context) =>
      Effect.gen(function* () {
        if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
        const { folder, send, stop } = yield* world
        const launched = yield* browser(executable)
        const { complaints, page } = yield* open(launched, {
          viewport: { width: 1440, height: 1000 },
          timezoneId: "America/Los_Angeles"
        })
        yield* enter(page, yield* link(folder))
        for (let round = 0; round < 12; round++) {
          const models = ["claude-opus-4-5", "claude-haiku-4-5", "claude-sonnet-4-5"]
          yield* Effect.forEach(models, (model) => send(model, round % 2 === 0), {
            concurrency: 3
          })
        }
        yield* eventually("all requests are there", async () =>
          (await page.locator("#request-figures").innerText()).startsWith("36 of the last 36")
        )
        assert.isBelow(yield* layoutShift(page), 0.1)

        // Days are the viewer's: the bars of a day are named by the day that it is there.
        const dayThere = new Intl.DateTimeFormat("en-GB", {
          day: "numeric",
          month: "short",
          timeZone: "America/Los_Angeles"
        })
        const byHour = yield* run(folder, ["usage", "--json", "--by", "hour"])
        const hours: ReadonlyArray<{ readonly group: { readonly hour: string } }> = JSON.parse(
          byHour.stdout
        ).rows
        const moments = hours.map(({ group }) => Date.parse(group.hour))
        const days = moments.map((at) => dayThere.format(at))
        const titles = yield* Effect.promise(() =>
          page.locator("#usage rect title").allTextContents()
        )
        const shown = new Set(titles.map((title) => title.split(": ")[0]))
        assert.includeMembers(days, [...shown])
        // What was just sent may not be in the figures yet.
        const settled = moments.filter((at) => at < Date.now() - 3_600_000)
        assert.include([...shown], dayThere.format(settled.at(-1)))

        // A search and a filter leave what matches; the files have the same.
        yield* Effect.promise(async () => {
          await page.fill("#request-search", "sonnet")
          await page.selectOption("#request-status", "2")
        })
        const rows = page.locator("[data-request]")
        assert.strictEqual(yield* Effect.promise(() => rows.count()), 12)
        const records: ReadonlyArray<{ readonly model: string }> = JSON.parse(
          yield* exportedBy(page, "#request-json")
        )
        assert.deepStrictEqual(
          [...new Set(records.map(({ model }) => model))],
          ["claude-sonnet-4-5"]
        )
        const lines = (yield* exportedBy(page, "#request-csv")).trim().split("\r\n")
        assert.strictEqual(lines.length, records.length + 1)
        assert.match(lines[0] ?? "", /^id,startedAt,/)

        // While it is paused the list stands still, and says how much is new.
        yield* Effect.promise(() => page.click("#request-pause"))
        yield* send("claude-sonnet-4-5")
        yield* eventually("the new one is counted", async () =>
          (await page.locator("#request-figures").innerText()).includes("1 new while paused")
        )
        assert.strictEqual(yield* Effect.promise(() => rows.count()), 12)
        yield* Effect.promise(() => page.click("#request-pause"))
        yield* eventually("it is shown", async () => (await rows.count()) === 13)

        // The details of a request have the command that sends it again, without a secret.
        yield* Effect.promise(() => rows.first().locator("button").press("Enter"))
        const details = yield* Effect.promise(() => page.locator("#details-body").innerText())
        assert.include(details, "/v1/messages' \\")
        assert.include(details, "$CLAWDBOT_GATEWAY_TOKEN")
        yield* Effect.promise(() => page.keyboard.press("Escape"))
        assert.deepStrictEqual(complaints, [])

        yield* stop
        yield* eventually("it is said that the gateway is away", async () =>
          (await page.locator("#away").innerText()).includes("has not answered since")
        )
      }),
    120_000
  )

  it.scopedLive(
    "shows hundreds of profiles, and finds one",
    (context) =>
      Effect.gen(function* () {
        if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
        const folder = yield* home
        const keys = Array.from({ length: 500 }, (_, index) => `sk-many-${index}-${"x".repeat(20)}`)
        const credentials = Object.fromEntries(keys.map((key) => [key, () => Script.ok()]))
        const upstream = yield* make({ credentials })
        writeState(folder, upstream.url, keys)
        yield* gateway(folder)
        const launched = yield* browser(executable)
        for (const width of [1440, 360]) {
          const { complaints, page } = yield* open(launched, { viewport: { width, height: 900 } })
          const url = yield* link(folder)
          yield* Effect.promise(async () => {
            await page.goto(url)
            await page.waitForSelector("[data-profile]")
          })
          const rows = page.locator("[data-profile]")
          assert.strictEqual(yield* Effect.promise(() => rows.count()), 500)
          assert.isFalse(yield* scrollsSideways(page))
          assert.isBelow(yield* layoutShift(page), 0.1)
          const figure = page.locator('[data-figure="Ready"] .figure')
          assert.strictEqual(yield* Effect.promise(() => figure.innerText()), "500")
          yield* Effect.promise(async () => {
            await page.selectOption("#profile-sort", "name")
            await page.fill("#profile-search", "K49")
          })
          assert.deepStrictEqual(
            yield* Effect.promise(() =>
              rows.evaluateAll((found) => found.map((one) => one.getAttribute("data-profile")))
            ),
            ["49", ...Array.from({ length: 10 }, (_, index) => `49${index}`)].map(
              (number) => `anthropic:k${number}`
            )
          )
          assert.strictEqual(
            yield* Effect.promise(() => page.locator("#profile-count").innerText()),
            "11 of 500"
          )
          assert.deepStrictEqual(complaints, [])
        }
      }),
    120_000
  )

  it.scopedLive(
    "shows what the commands say, as it happens",
    (context) =>
      Effect.gen(function* () {
        if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
        const { folder, send, text, url } = yield* world
        // The first key answers twice, then it is limited; the second one takes over.
        for (const model of ["claude-opus-4-5", "claude-haiku-4-5", "claude-opus-4-5"])
          yield* send(model, true)
        const launched = yield* browser(executable)
        const {
          asked,
          complaints,
          context: entered,
          page,
          sizes
        } = yield* open(launched, {
          viewport: { width: 1440, height: 1000 },
          colorScheme: "light"
        })
        const once = yield* link(folder)
        yield* enter(page, once)

        // Every value of a profile is that of `models status --json`.
        const { auth }: { readonly auth: Auth } = JSON.parse(
          (yield* run(folder, ["models", "status", "--json"])).stdout
        )
        const shown = yield* cards(page)
        assert.deepStrictEqual(
          shown.map(({ profile, state, until }) => [profile, state, until]),
          auth.explanation.candidates.map(({ obstacles, profile, state }) => [
            profile,
            profile === auth.explanation.chosen ? "next" : state,
            Math.max(0, ...obstacles.map((one) => one.until))
          ])
        )
        assert.strictEqual(shown.length, 3)
        assert.strictEqual(
          yield* Effect.promise(() => page.locator("#next strong").innerText()),
          auth.explanation.chosen
        )
        for (const { profile, text: said } of shown) {
          assert.deepStrictEqual(
            yield* limitsOf(page, profile),
            auth.windows
              .filter(
                (one) =>
                  one.profileId === profile &&
                  one.class === "usage" &&
                  one.utilization !== undefined
              )
              .map((one) => [one.scope, one.utilization ?? 0])
          )
          const label = auth.providers
            .flatMap((one) => one.profiles.labels)
            .find((one) => one.startsWith(`${profile}=`))
          assert.include(said, label?.slice(profile.length + 1).replace(/ \[.*$/, "") ?? "no label")
        }
        const resting = page.locator("[data-state=cooling] .state time").first()
        const before = yield* Effect.promise(() => resting.innerText())
        yield* eventually("the countdown goes on", () =>
          resting.innerText().then((after) => after !== before)
        )

        // Every attempt of a request is there.
        const rows = page.locator("[data-request]")
        assert.strictEqual(yield* Effect.promise(() => rows.count()), 3)
        const first = yield* Effect.promise(async () => {
          await rows.first().locator("button").click()
          const attempts = await page.locator("#details [data-attempt]").allInnerTexts()
          await page.keyboard.press("Escape")
          return attempts
        })
        assert.deepStrictEqual(
          first.map((line) => line.trim().replace(/ in .*$/s, "")),
          ["anthropic:k0 refused (rate limit 429)", "anthropic:k1 answered"]
        )

        // A request shows up without being asked for, and so does what it used.
        yield* send("claude-haiku-4-5")
        yield* Effect.promise(() => page.waitForSelector('[data-request="3"]', { timeout: 10_000 }))
        const figures = () =>
          page.evaluate(`Object.fromEntries([...document.querySelectorAll("#usage [data-group]")].map((row) =>
            [row.dataset.group, Object.fromEntries([...row.querySelectorAll("[data-key]")].map((cell) => [cell.dataset.key, Number(cell.dataset.value)]))]))`)
        const told = Effect.map(
          run(folder, ["usage", "--json", "--by", "profile"]),
          ({ stdout }) => {
            const {
              rows: all
            }: {
              readonly rows: ReadonlyArray<{
                readonly group: { readonly profile: string }
                readonly requests: number
                readonly input: number
                readonly output: number
                readonly cacheRead: number
              }>
            } = JSON.parse(stdout)
            return Object.fromEntries(
              all.map(({ cacheRead, group, input, output, requests }) => [
                group.profile,
                { requests, input, cacheRead, output }
              ])
            )
          }
        )
        // The ledger is written now and then; both read the same one.
        let [page1, command]: [
          Record<string, Record<string, number>>,
          Record<string, Record<string, number>>
        ] = [{}, {}]
        for (let tries = 0; tries < 40; tries++) {
          command = yield* told
          page1 = (yield* Effect.promise(figures)) as Record<string, Record<string, number>>
          if (
            Object.entries(command).every(([name, row]) =>
              Object.entries(row).every(([key, value]) => page1[name]?.[key] === value)
            )
          )
            break
          yield* Effect.sleep("500 millis")
        }
        for (const [name, row] of Object.entries(command)) assert.include(page1[name], row, name)
        assert.strictEqual(Object.keys(page1).length, Object.keys(command).length + 1)

        // A link is used up, and a stranger is told what to do.
        const stranger = yield* open(launched, {})
        yield* Effect.promise(() => stranger.page.goto(once))
        assert.include(
          yield* Effect.promise(() => stranger.page.innerText("body")),
          "clawdbot dashboard"
        )
        const cookies = yield* Effect.promise(() => entered.cookies())
        assert.deepStrictEqual(
          cookies.map(({ httpOnly, path, sameSite }) => [httpOnly, path, sameSite]),
          [[true, "/clawdbot", "Strict"]]
        )

        // Small, on its own, and without a complaint.
        const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
        assert.isAbove(bytes, 10_000)
        assert.isBelow(bytes, 100_000)
        assert.deepStrictEqual(
          asked.filter((one) => !one.startsWith(`${url}/clawdbot/`) && !one.startsWith("data:")),
          []
        )
        assert.deepStrictEqual(complaints, [])
        assert.notMatch(
          `${yield* Effect.promise(() => page.content())}${text()}`,
          /sk-dash-(one|two|three)/
        )
      }),
    120_000
  )

  it.scopedLive(
    "is for keyboards, phones, day and night",
    (context) =>
      Effect.gen(function* () {
        if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
        const { folder, send, url } = yield* world
        for (const model of [
          "claude-opus-4-5",
          "claude-haiku-4-5",
          "claude-opus-4-5",
          "claude-haiku-4-5"
        ])
          yield* send(model, true)
        yield* sendAsClient(folder, url)
        const launched = yield* browser(executable)
        for (const width of [1440, 360]) {
          for (const colorScheme of ["light", "dark"] as const) {
            const { complaints, page } = yield* open(launched, {
              viewport: { width, height: 900 },
              colorScheme
            })
            yield* enter(page, yield* link(folder))
            yield* Effect.promise(async () => {
              await page.waitForSelector("#budgets:not([hidden])")
              await page.waitForSelector('#cache [data-cause="hit"]')
            })
            assert.isFalse(yield* scrollsSideways(page), `${width} ${colorScheme}`)
            assert.deepStrictEqual(yield* brokenNumbers(page), [], `${width}`)
            const least = yield* Effect.promise(() => leastContrast(page))
            assert.isAtLeast(least.ratio, 4.5, `${colorScheme}: ${least.text}`)
            yield* Effect.promise(() => takePicture(page, `${width}-${colorScheme}`, true))
            assert.deepStrictEqual(complaints, [])
          }
        }

        const { page } = yield* open(launched, { viewport: { width: 1440, height: 900 } })
        yield* enter(page, yield* link(folder))
        const focused = () =>
          page.evaluate(`(() => {
            const at = document.activeElement
            return [at.id || at.textContent, getComputedStyle(at).outlineStyle !== "none"]
          })()`)
        const stops: Array<unknown> = []
        for (let presses = 0; presses < 6; presses++) {
          yield* Effect.promise(() => page.keyboard.press("Tab"))
          stops.push(yield* Effect.promise(focused))
        }
        // Which of the two goes first depends on whether a cooldown is over by now.
        const profiles = stops.splice(4)
        assert.sameDeepMembers(profiles, [
          ["anthropic:k1", true],
          ["anthropic:k2", true]
        ])
        assert.deepStrictEqual(stops, [
          ["Skip to the profiles", true],
          ["profile-search", true],
          ["profile-state", true],
          ["profile-sort", true]
        ])
        yield* Effect.promise(async () => {
          await page.locator("#by").focus()
          await page.keyboard.press("ArrowDown")
          await page.waitForSelector('#usage [data-group="claude-opus-4-5"]')
          await page.locator(".skip").focus()
          await page.keyboard.press("Enter")
        })
        assert.strictEqual(
          yield* Effect.promise(() => page.evaluate("document.activeElement.id")),
          "profiles"
        )
        // Everything has a name for those who do not see it.
        const tree = yield* Effect.promise(() => page.locator("body").ariaSnapshot())
        for (const part of [
          'heading "Profiles"',
          "combobox",
          "status",
          'img "Tokens over time',
          "meter",
          "table"
        ])
          assert.include(tree, part)
      }),
    120_000
  )
})
