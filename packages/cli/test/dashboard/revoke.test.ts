/**
 * Sessions of the dashboard over the life of a gateway: they outlive it, and one command ends them.
 */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home } from "../clawdbot.ts"
import { runWhole as run } from "../commandLine.ts"
import { gatewayHere, writeState } from "../gateway/running.ts"

/** What a browser has after it opened a link. */
const enter = (link: string) =>
  Effect.promise(async () => {
    const answer = await fetch(link)
    const text = await answer.text()
    return {
      status: answer.status,
      headers: {
        cookie: answer.headers.get("set-cookie")?.split(";", 1)[0] ?? "",
        "x-clawdbot-page": /name="clawdbot-page" content="([\w-]+)"/.exec(text)?.[1] ?? ""
      }
    }
  })

const link = (folder: string) =>
  Effect.map(run(folder, ["dashboard", "--json"]), ({ stdout }) => String(JSON.parse(stdout).url))

const statusWith = (url: string, headers: Record<string, string>) =>
  Effect.promise(async () => (await fetch(`${url}/clawdbot/status`, { headers })).status)

it.scopedLive(
  "a session outlives the gateway, and dashboard --revoke ends it at once, with or without a " +
    "gateway",
  () =>
    Effect.gen(function* () {
      const folder = yield* home
      const upstream = yield* make({ credentials: { first: () => Script.ok() } })
      writeState(folder, upstream.url, ["first"])
      assert.include((yield* run(folder, ["dashboard", "--revoke"])).stderr, "No dashboard session")

      const { headers, port } = yield* Effect.scoped(
        Effect.gen(function* () {
          const running = yield* gatewayHere(folder)
          const entered = yield* enter(yield* link(folder))
          assert.strictEqual(entered.status, 200)
          assert.strictEqual(yield* statusWith(running.url, entered.headers), 200)
          return { headers: entered.headers, port: new URL(running.url).port }
        })
      )
      const again = yield* gatewayHere(folder, { port })
      assert.strictEqual(yield* statusWith(again.url, headers), 200)
      const unused = yield* link(folder)
      const revoked = yield* run(folder, ["dashboard", "--revoke"])
      assert.deepStrictEqual([revoked.status, revoked.stdout], [0, ""])
      assert.include(revoked.stderr, "has ended")
      assert.strictEqual(yield* statusWith(again.url, headers), 401)
      assert.strictEqual((yield* enter(unused)).status, 403)
      // A new link opens it again, and ends with the next revocation.
      const entered = yield* enter(yield* link(folder))
      assert.strictEqual(yield* statusWith(again.url, entered.headers), 200)
      const machine = yield* run(folder, ["dashboard", "--revoke", "--json"])
      assert.deepStrictEqual(JSON.parse(machine.stdout), { revoked: true })
      assert.strictEqual(yield* statusWith(again.url, entered.headers), 401)
    }),
  60_000
)
