/**
 * What the dashboard tells a person to do: the same commands as `models auth explain`, for the
 * agent that is chosen, and with room around them.
 */
import * as fs from "node:fs"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { browser, executable } from "../chromium.ts"
import { home, run } from "../clawdbot.ts"
import { gateway, writeState } from "../gateway/running.ts"

interface Rejected {
  readonly profile: string
  readonly cure?: string
}

it.scopedLive(
  "the cure on the page is the command's, and a new credential is for the chosen agent",
  (context) =>
    Effect.gen(function* () {
      if (executable === undefined) return context.skip("needs Chromium at /usr/bin/chromium")
      const folder = yield* home
      writeState(folder, "http://127.0.0.1:1", ["sk-of-main", "sk-ké", "sk-disabled"])
      const file = `${folder}/.clawdbot/clawdbot.json`
      const text = fs.readFileSync(file, "utf8")
      const agents = "agents: { list: [{ id: 'main', default: true }, { id: 'research' }] }"
      fs.writeFileSync(file, text.replace("{", `{ ${agents},`))
      yield* run(folder, ["models", "auth", "disable", "anthropic:k2"])
      const explained = yield* run(folder, ["models", "auth", "explain", "--json"])
      const { rejected }: { readonly rejected: ReadonlyArray<Rejected> } = JSON.parse(
        explained.stdout
      )
      assert.deepStrictEqual(rejected.map(({ profile }) => profile).toSorted(), [
        "anthropic:k1",
        "anthropic:k2"
      ])
      yield* gateway(folder)
      const { url } = JSON.parse((yield* run(folder, ["dashboard", "--json"])).stdout)
      const launched = yield* browser(executable)
      const page = yield* Effect.promise(() => launched.newPage())
      yield* Effect.promise(async () => {
        await page.goto(String(url))
        await page.waitForSelector("[data-profile]")
      })
      for (const { cure = "no cure", profile } of rejected) {
        const row = page.locator(`[data-profile="${profile}"]`)
        assert.include(yield* Effect.promise(() => row.innerText()), `fix: ${cure}`)
        const details = yield* Effect.promise(async () => {
          await row.locator("button").click()
          const text = await page.locator("#details-body").innerText()
          await page.keyboard.press("Escape")
          return text
        })
        assert.include(details, cure)
      }

      const shown = yield* Effect.promise(async () => {
        await page.selectOption("#agent", "research")
        await page.waitForSelector("#profile-list .empty")
        const room: ReadonlyArray<number> = await page.evaluate(`(() => {
          const empty = document.querySelector("#profile-list .empty")
          const card = document.querySelector("#profile-list").getBoundingClientRect()
          const text = empty.getBoundingClientRect()
          const above = text.top - card.top + parseFloat(getComputedStyle(empty).paddingTop)
          return [text.left - card.left, card.right - text.right, above]
        })()`)
        const texts = [page.locator("#next"), page.locator("#profile-list")]
        return { room, texts: await Promise.all(texts.map((part) => part.innerText())) }
      })
      for (const part of shown.texts) assert.include(part, "clawdbot onboard --agent research")
      for (const pixels of shown.room) assert.isAtLeast(pixels, 12)
    }),
  60_000
)
