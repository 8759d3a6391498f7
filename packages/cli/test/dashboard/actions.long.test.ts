/**
 * What the dashboard of the bundled command does, in a real browser and by keyboard: each action is
 * seen in the store afterwards, and a key that was added nowhere else.
 */
import * as fs from "node:fs"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Page } from "playwright-core"
import { browser, executable } from "../chromium.ts"
import { home, run } from "../clawdbot.ts"
import { gateway, writeState } from "../gateway/running.ts"
import * as Logins from "../oauth/logins.ts"
import { takePicture } from "./takePicture.ts"

const planted = "sk-ant-api03-typed-into-the-page-0123456789-ABCDEFGHIJKLMNOP"

/** Takes a picture of what a person sees at this moment. */
const picture = (page: Page, name: string) => Effect.promise(() => takePicture(page, name))

const eventually = (what: string, isSo: () => Promise<boolean>) =>
  Effect.promise(isSo).pipe(
    Effect.repeat({ until: (found) => found, schedule: Schedule.spaced("100 millis") }),
    Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => new Error(`never: ${what}`) })
  )

/** Opens the details of a profile, and presses one of its buttons; the question is there then. */
const choose = async (page: Page, profile: string, label: string) => {
  await page.locator(`[data-profile="${profile}"] button`).focus()
  await page.keyboard.press("Enter")
  await page.locator("#details").getByRole("button", { name: label, exact: true }).focus()
  await page.keyboard.press("Enter")
  await page.waitForSelector("#confirm[open]")
}

/** Confirms with the key that is under the finger; gives what the page says then. */
const confirm = async (page: Page) => {
  await page.evaluate(`document.getElementById("outcome-text").textContent = ""`)
  await page.keyboard.press("Enter")
  await page.waitForSelector("#outcome-text:not(:empty)")
  const text = await page.locator("#outcome-text").innerText()
  await page.keyboard.press("Escape")
  // The gateway carries out one action a second.
  await page.waitForTimeout(1_100)
  return text
}

const undo = async (page: Page) => {
  await page.evaluate(`document.getElementById("outcome-text").textContent = ""`)
  await page.locator("#outcome-undo").focus()
  await page.keyboard.press("Enter")
  await page.waitForSelector("#outcome-text:not(:empty)")
  await page.waitForTimeout(1_100)
}

it.scopedLive(
  "each action by keyboard is seen in the store, and an added key nowhere else",
  (context) =>
    Effect.gen(function* () {
      if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
      const file = executable
      const folder = yield* home
      const upstream = yield* make({
        credentials: {
          "sk-act-one": Script.inTurn(Script.rateLimited({ "retry-after": "900" }), Script.ok()),
          "sk-act-two": () => Script.ok(),
          [planted]: () => Script.ok()
        }
      })
      writeState(folder, upstream.url, ["sk-act-one", "sk-act-two"])
      const set = yield* run(folder, ["config", "set", "gateway.dashboard", "manage"])
      assert.include(set.stdout, "Updated")
      const running = yield* gateway(folder)
      const storePath = `${folder}/.clawdbot/agents/main/agent/auth-profiles.json`
      const stored = () => JSON.parse(fs.readFileSync(storePath, "utf8"))
      const status = Effect.map(run(folder, ["models", "status", "--json"]), ({ stdout }) =>
        JSON.parse(stdout)
      )
      yield* Effect.promise(async () => {
        const sent = await fetch(`${running.url}/v1/messages`, {
          method: "POST",
          headers: { "x-api-key": running.token, "anthropic-version": "2023-06-01" },
          body: JSON.stringify({
            model: "claude-opus-4-5",
            max_tokens: 8,
            messages: [{ role: "user", content: "hi" }]
          })
        })
        await sent.text()
      })
      const { url } = JSON.parse((yield* run(folder, ["dashboard", "--json"])).stdout)
      const launched = yield* browser(file)
      const page = yield* Effect.promise(() =>
        launched.newPage({ viewport: { width: 960, height: 540 }, reducedMotion: "reduce" })
      )
      const complaints: Array<string> = []
      const answers: Array<string> = []
      page.on("console", (message) => void complaints.push(message.text()))
      page.on("pageerror", (error) => void complaints.push(error.message))
      page.on("response", async (response) => {
        if (response.url().endsWith("/clawdbot/actions"))
          answers.push(await response.text().catch(() => ""))
      })
      yield* Effect.promise(async () => {
        await page.goto(String(url))
        await page.waitForSelector("[data-profile]")
        await page.waitForSelector("#add:not([hidden])")
      })

      // A cooldown is ended, once it was confirmed; Escape leaves everything as it is.
      const cooling = yield* Effect.promise(async () => {
        const row = page.locator("[data-state=cooling]").first()
        return (await row.getAttribute("data-profile")) ?? ""
      })
      yield* Effect.promise(async () => {
        await choose(page, cooling, "Clear cooldown")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
      })
      assert.isFalse(fs.existsSync(`${folder}/.clawdbot/audit.jsonl`))
      yield* Effect.promise(() => choose(page, cooling, "Clear cooldown"))
      yield* picture(page, "confirm")
      assert.include(yield* Effect.promise(() => confirm(page)), `Cleared: ${cooling}`)
      const { auth } = yield* status
      assert.deepStrictEqual(
        auth.explanation.candidates.map((one: { readonly state: string }) => one.state),
        ["ready", "ready"]
      )

      // Disabled, taken back, disabled, and enabled by its own button.
      yield* Effect.promise(() => choose(page, "anthropic:k1", "Disable"))
      assert.include(yield* Effect.promise(() => confirm(page)), "is disabled now")
      yield* Effect.promise(() => page.keyboard.press("Escape"))
      yield* picture(page, "done")
      assert.isTrue(stored().profiles["anthropic:k1"].disabled)
      yield* Effect.promise(() => undo(page))
      assert.isUndefined(stored().profiles["anthropic:k1"].disabled)
      yield* Effect.promise(() => choose(page, "anthropic:k1", "Disable"))
      yield* Effect.promise(() => confirm(page))
      yield* eventually("it is shown", async () =>
        page.locator('[data-profile="anthropic:k1"][data-state="rejected"]').isVisible()
      )
      yield* Effect.promise(() => choose(page, "anthropic:k1", "Enable"))
      yield* Effect.promise(() => confirm(page))
      assert.isUndefined(stored().profiles["anthropic:k1"].disabled)

      yield* Effect.promise(() => choose(page, "anthropic:k1", "Send a probe"))
      assert.include(yield* Effect.promise(() => confirm(page)), "anthropic:k1 works")

      // An order, which is taken back.
      yield* eventually("both are ready", async () => {
        const ready = await page.locator("[data-state=next], [data-state=ready]").count()
        return ready === 2
      })
      const last = yield* Effect.promise(() =>
        page.locator("[data-profile]").last().getAttribute("data-profile")
      )
      yield* Effect.promise(() => choose(page, last ?? "", "Move up"))
      yield* Effect.promise(() => confirm(page))
      assert.strictEqual(stored().order.anthropic[0], last)
      yield* Effect.promise(() => undo(page))
      assert.isUndefined(stored().order?.anthropic)

      // A key that is typed is never shown, and is in the store and nowhere else.
      yield* Effect.promise(async () => {
        await page.locator("#add").focus()
        await page.keyboard.press("Enter")
        await page.waitForSelector("#confirm[open]")
        await page.keyboard.type(planted)
      })
      yield* picture(page, "add")
      assert.strictEqual(
        yield* Effect.promise(() => page.locator("#confirm-secret").getAttribute("type")),
        "password"
      )
      assert.include(yield* Effect.promise(() => confirm(page)), "Saved anthropic:manual")
      assert.strictEqual(stored().profiles["anthropic:manual"].key, planted)
      assert.strictEqual(
        yield* Effect.promise(() => page.locator("#confirm-secret").inputValue()),
        ""
      )
      const audit = fs.readFileSync(`${folder}/.clawdbot/audit.jsonl`, "utf8")
      assert.deepStrictEqual(
        audit
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line).action),
        ["clear", "disable", "enable", "disable", "enable", "probe", "order", "order", "add"]
      )
      const html = yield* Effect.promise(() => page.content())
      const kept = yield* Effect.promise(() =>
        page.evaluate("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])")
      )
      for (const text of [audit, html, String(kept), running.text(), ...answers])
        assert.notInclude(text, planted.slice(13, 40))
      assert.deepStrictEqual(complaints, [])
    }),
  120_000
)

it.scopedLive(
  "a login is refreshed by keyboard, once",
  (context) =>
    Effect.gen(function* () {
      if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
      const file = executable
      const { endpoint, home, putProfiles } = yield* Logins.world
      const tokens = endpoint.families.signIn()
      const hour = 3_600_000
      yield* putProfiles({ "anthropic:me": Logins.record(tokens, Date.now() + hour) })
      const set = yield* run(home, ["config", "set", "gateway.dashboard", "manage"])
      assert.include(set.stdout, "Updated")
      yield* gateway(home)
      const { url } = JSON.parse((yield* run(home, ["dashboard", "--json"])).stdout)
      const launched = yield* browser(file)
      const page = yield* Effect.promise(() => launched.newPage())
      const text = yield* Effect.promise(async () => {
        await page.goto(String(url))
        await page.waitForSelector("[data-profile]")
        await page.waitForSelector("#add:not([hidden])")
        await choose(page, "anthropic:me", "Refresh login")
        return confirm(page)
      })
      assert.include(text, "anthropic:me")
      const { profiles } = yield* Logins.stored(home)
      const now = profiles["anthropic:me"]
      assert.notStrictEqual(now?.refresh, tokens.refresh)
      assert.notStrictEqual(now?.access, tokens.access)
      const { grants, reuses } = endpoint.families.counters()
      assert.deepStrictEqual({ grants, reuses }, { grants: 1, reuses: 0 })
    }),
  60_000
)
